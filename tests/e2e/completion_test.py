# SPDX-License-Identifier: MIT
"""scimctl completion, in the shells themselves: bash and zsh on a terminal, fish by its own `complete -C`."""
import contextlib
import json
import os
import pathlib
import pty
import select
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

import harness

SCIMCTL = pathlib.Path(os.environ["SCIMCTL"]).resolve()
END = "<<ready>>"  # what a shell on a terminal shows when it waits for the next line
DEPARTMENT = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:dep"

# What is typed before Tab, and what stands there then; the same in bash and zsh.
TYPED = [
    ("scimctl deac", "scimctl deactivate "),
    ("scimctl tok", "scimctl token "),
    ("scimctl token cr", "scimctl token create "),
    ("scimctl get us", "scimctl get users "),
    ("scimctl list users --fil", "scimctl list users --filter "),
    ("scimctl list users -o ta", "scimctl list users -o table "),
    ("scimctl list users --output=cs", "scimctl list users --output=csv "),
    ("scimctl list users --columns userName,nickN", "scimctl list users --columns userName,nickName "),
    ("scimctl token create x --dialect en", "scimctl token create x --dialect entra "),
    ("scimctl token show ok", "scimctl token show okta "),
    ("scimctl get users userN", "scimctl get users userName="),
    ("scimctl get users userName=b", "scimctl get users userName=bob "),
    ("scimctl get users userName=bob userName=x", "scimctl get users userName=bob userName=x\\$y "),
    ("scimctl get users 'userName=x", "scimctl get users 'userName=x$y' "),
    ('scimctl get users "userName=x', 'scimctl get users "userName=x\\$y" '),
    ("scimctl get users userName=w", "scimctl get users userName=wow\\!x "),
    ("scimctl get users 'userName=w", "scimctl get users 'userName=wow!x' "),
    ("scimctl get users userName=ti", "scimctl get users userName=tick\\`s "),
    ('scimctl get users "userName=ti', 'scimctl get users "userName=tick\\`s" '),
    ("scimctl get users userName=new", "scimctl get users userName=new"),  # what cannot be typed on a line is not offered
    ("scimctl get users userName=al\\ ", "scimctl get users userName=al\\ an "),
    ("scimctl delete groups displayName=s", "scimctl delete groups displayName=Staff\\ Room "),
    ("scimctl patch group x --add-member userName=b", "scimctl patch group x --add-member userName=bob "),
    ("scimctl create user --set emails\\[type\\ eq\\ \\\"wo", "scimctl create user --set emails\\[type\\ eq\\ \\\"work\\\"\\].value="),
    ("scimctl create user --set " + DEPARTMENT, "scimctl create user --set " + DEPARTMENT + "artment="),
    ("scimctl create user -f peop", "scimctl create user -f people.json "),
    ("scimctl create user --file=peop", "scimctl create user --file=people.json "),
    ("scimctl help exit", "scimctl help exit-codes "),
    ("scimctl frob us", "scimctl frob us"),
]


class Terminal:
    """A shell on a pseudo terminal of one very long line."""

    def __init__(self, arguments, folder, environment):
        self.process, self.leader = None, None
        self.leader, follower = pty.openpty()
        subprocess.run(["stty", "columns", "1000", "rows", "50"], stdin=follower, check=True)
        self.process = subprocess.Popen(arguments, stdin=follower, stdout=follower, stderr=follower, cwd=folder, env=environment,
                                        start_new_session=True)
        os.close(follower)

    def type(self, keys, until):
        """What is shown up to `until`."""
        os.write(self.leader, keys.encode())
        shown, end = "", time.monotonic() + harness.PATIENCE
        while until not in shown:
            if time.monotonic() > end or not select.select([self.leader], [], [], harness.PATIENCE)[0]:
                raise AssertionError("%r: no %r in %r" % (keys, until, shown))
            shown += os.read(self.leader, 65536).decode(errors="replace")
        return shown

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.leader)


class Completion(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.config = cls.folder / "scimctl.toml"
        cls.config.write_text("[database]\nurl = 'sqlite:%s/scim.db'\n" % cls.folder)
        (cls.folder / "people.json").write_text("{}")
        cls.environment = {**os.environ, "SCIMCTL_CONFIG": str(cls.config), "HOME": str(cls.folder), "TERM": "dumb", "LC_ALL": "C.UTF-8",
                           "PATH": "%s:%s" % (SCIMCTL.parent, os.environ["PATH"])}
        people = [{"userName": "ada", "displayName": "Ada Lovelace", "emails": [{"value": "ada@example.com"}]}, {"userName": "al an"},
                  {"userName": "bob"}, {"userName": "x$y"}, {"userName": "it's"}, {"userName": "wow!x"}, {"userName": "tick`s"}, {"userName": "new\nline"}]
        cls.scimctl("import", "users", "-", stdin="".join(json.dumps(one) + "\n" for one in people))
        cls.scimctl("create", "group", "--display-name", "Staff Room")
        cls.scimctl("token", "create", "okta")

    @classmethod
    def scimctl(cls, *arguments, stdin="", **more):
        done = subprocess.run([SCIMCTL, *arguments], input=stdin, capture_output=True, text=True, timeout=harness.PATIENCE,
                              cwd=cls.folder, env={**cls.environment, **more})
        assert done.returncode == 0, done
        return done.stdout

    def complete(self, *words, **more):
        """{candidate: description} after these words, the last of which has been begun."""
        return dict((line + "\t").split("\t")[:2] for line in self.scimctl("__complete", "fish", *words, **more).splitlines())

    def shell(self, name):
        path = shutil.which(name)
        self.assertIsNotNone(path, "%s is not installed: tests/run installs it" % name)
        return path

    def test_the_tree_is_what_is_offered(self):
        """Commands, their parts and options, as `help -o json` has them."""
        tree = json.loads(self.scimctl("help", "-o", "json"))
        everywhere = {option["names"][-1] for option in tree["options"]}

        def check(command, path):
            if command["commands"]:
                offered = self.complete(*path, "")
                self.assertEqual(list(offered), [sub["name"] for sub in command["commands"]])
                for sub in command["commands"]:
                    self.assertTrue(sub["help"].startswith(offered[sub["name"]].removesuffix(" ...")), sub["name"])
                for sub in command["commands"]:
                    check(sub, [*path, sub["name"]])
            else:
                own = {option["names"][-1] for option in command["options"]}
                self.assertEqual(self.complete(*path, "-").keys(), own | everywhere)
        check(tree, [])

    def test_words_values_and_names(self):
        self.assertEqual(self.complete("list", "users", "-o", "js").keys(), {"json", "jsonl"})
        self.assertEqual(self.complete("list", "").keys(), {"users", "groups"})
        self.assertEqual(self.complete("list", "users", "--attributes", "id,name.g"), {"id,name.givenName": "Given (first) name."})
        self.assertIn("userName", self.complete("list", "users", "--filter", ""))
        self.assertIn("members.value", self.complete("filter-test", "--groups", ""))
        self.assertEqual(self.complete("create", "user", "--set", "pass"), {}, "passwords do not belong on a command line")
        self.assertEqual(self.complete("get", "users", "userName=A"), {"userName=ada": "Ada Lovelace", "userName=al an": ""})
        self.assertEqual(self.complete("get", "users", "emails.value=ada@"), {}, "no index finds the first ones")
        self.assertEqual(self.complete("get", "groups", "DISPLAYNAME=s"), {"DISPLAYNAME=Staff Room": ""})
        self.assertEqual(self.complete("token", "create", ""), {}, "a new token has a new name")
        identifier = self.scimctl("get", "user", "userName=ada", "-o", "name").strip()
        self.assertEqual(self.complete("get", "users", identifier[:8]), {identifier: "Ada Lovelace"})
        self.assertEqual(self.complete("import", "users", ""), {":files": ""})

    def test_words_that_stand_in_no_table_of_values(self):
        self.assertEqual(self.complete("list", "users", "-oj").keys(), {"-ojson", "-ojsonl"})
        self.assertEqual(self.complete("raw", "p").keys(), {"PATCH", "POST", "PUT"})
        self.assertEqual(self.complete("apply", "--prune", "users,m").keys(), {"users,members"})
        self.assertIn("PA-23.no-target", self.complete("conformance", "--only", "PA-2"))
        profiles = self.folder / "profiles.toml"
        profiles.write_text("[profile.prod]\nurl = 'https://a'\n[profile.staging]\nurl = 'https://b'\n")
        self.assertEqual(self.complete("--config", str(profiles), "--profile", "").keys(), {"prod", "staging"})
        offered = self.scimctl("__complete", "fish", "help", "config").splitlines()
        self.assertEqual(len(offered), 1, offered)

    def test_of_an_application(self):
        """Its rows are offered once scimctl's own tables stand beside them; until then none are made for it."""
        with tempfile.TemporaryDirectory() as folder:
            config = pathlib.Path(folder) / "application.toml"
            config.write_text('[database]\nurl = "sqlite:%s/app.db"\n[user]\ntable = "people"\nkey = "id"\n'
                              '[user.map]\nuserName = "login"\n' % folder)
            with contextlib.closing(sqlite3.connect(config.with_name("app.db"))) as application, application:
                application.execute("CREATE TABLE people (id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE)")
                application.execute("INSERT INTO people (login) VALUES ('hedy'), ('bob')")
            before = config.with_name("app.db").read_bytes()
            words = ["--config", str(config), "get", "users", "userName=h"]
            self.assertEqual(self.complete(*words), {})
            self.assertEqual(config.with_name("app.db").read_bytes(), before)
            self.assertNotIn("members", self.complete("--config", str(config), "list", "users", "--columns", ""))
            self.scimctl("--config", str(config), "list", "users", "-o", "name")
            self.assertEqual(self.complete(*words), {"userName=hedy": ""})

    def test_it_makes_and_changes_nothing_and_says_nothing(self):
        before = (self.folder / "scim.db").read_bytes()
        self.complete("get", "users", "userName=")
        self.assertEqual((self.folder / "scim.db").read_bytes(), before)
        with tempfile.TemporaryDirectory() as folder:
            other = pathlib.Path(folder)
            (other / "bad.toml").write_text("no such key = [")
            (other / "empty.db").touch()
            (other / "text.db").write_text("this is no database, however long it may be" * 100)
            for arguments in (["--db", "%s/new.db" % folder], ["--db", "%s/empty.db" % folder], ["--db", "%s/text.db" % folder],
                              ["--config", "%s/bad.toml" % folder], ["--config", "%s/none.toml" % folder],
                              ["--db", "postgresql://127.0.0.1:1/none"], ["--db", "nonsense:"]):
                for words in (["get", "users", "userName="], ["token", "show", ""]):
                    listed = self.complete(*arguments, *words)
                    self.assertEqual([name for name in listed if not name.endswith("=")], [], arguments)
            self.assertEqual(sorted(path.name for path in other.iterdir()), ["bad.toml", "empty.db", "text.db"])
            self.assertEqual((other / "empty.db").stat().st_size, 0)
        for words in (["bash"], ["bash", "scimctl"], ["bash", "", ""], ["bash", "scimctl ", "x"], ["zsh"], ["fish", ""]):
            self.scimctl("__complete", *words)

    def test_bash_calls_the_function(self):
        """The function as bash calls it, without a terminal: COMP_LINE, COMP_POINT, and the word after the last = or :."""
        self.shell("bash")
        driver = """source <(scimctl completion bash); compopt() { :; }
            ask() { COMP_LINE=$1 COMP_POINT=${#1}; _scimctl scimctl "$2" ""; printf '%s\\n' "${COMPREPLY[@]}" --; }
            ask 'scimctl get users userName=b' b
            ask 'scimctl get users userName=' ''
            ask "scimctl get users 'userName=it" 'userName=it'
            ask 'scimctl create user --set """ + DEPARTMENT + """' dep
            ask 'scimctl list users -o=' ''
            ask 'é scimctl' scimctl
            COMP_LINE='scimctl list --nothing' COMP_POINT=10; _scimctl scimctl l ''; printf '%s\\n' "${COMPREPLY[@]}" --
        """
        done = subprocess.run(["bash", "--norc", "-c", driver], capture_output=True, text=True, timeout=harness.PATIENCE, cwd=self.folder,
                              env=self.environment)
        self.assertEqual(done.stderr, "")
        replies = [reply.splitlines() for reply in done.stdout.split("--\n")[:-1]]
        self.assertEqual(replies, [["bob"], ["ada", "al\\ an", "bob", "it\\'s", "tick\\`s", "wow\\!x", "x\\$y"], ["userName=it'\\''s"], ["department="], [], [],
                                   ["list", "link"]])

    def check_terminal(self, terminal, completed_by):
        """Types each line and Tab, and reads the line back when the shell has been asked to show it."""
        for typed, expected in TYPED:
            with self.subTest(typed=typed):
                self.assertEqual(completed_by(terminal, typed), expected)

    def test_bash_on_a_terminal(self):
        terminal = Terminal([self.shell("bash"), "--norc", "--noprofile", "-i"], self.folder, self.environment)
        self.addCleanup(terminal.close)
        # Ctrl-X Ctrl-Y writes the line as it is to a file, and takes it away.
        terminal.type("PS1=; source <(scimctl completion bash); bind 'set bell-style none'; bind 'set show-all-if-ambiguous off'; "
                      "show() { printf '%s' \"$READLINE_LINE\" > line; READLINE_LINE=; READLINE_POINT=0; echo '<<'ready'>>'; }; "
                      "bind -x '\"\\C-x\\C-y\": show'; echo '<<'ready'>>'\n", END)

        def completed(terminal, typed):
            terminal.type(typed + "\t\x18\x19", END)
            return (self.folder / "line").read_text()
        self.check_terminal(terminal, completed)
        # Inside double quotes too a terminal replaces ! by an old command.
        self.assertEqual(completed(terminal, 'scimctl get users "userName=w'), """scimctl get users "userName=wow"'!'"x" """)
        terminal.type("scimctl get users \"userName=w\t-o csv --columns userName > got 2>&1; echo '<<'ready'>>'\n", END)
        self.assertEqual((self.folder / "got").read_text(), "userName\nwow!x\n")

    def test_zsh_on_a_terminal(self):
        terminal = Terminal([self.shell("zsh"), "-f", "-i"], self.folder, self.environment)
        self.addCleanup(terminal.close)
        terminal.type("PS1=; unset zle_bracketed_paste; setopt no_beep no_auto_remove_slash; autoload -Uz compinit; compinit -D -u; "
                      "source <(scimctl completion zsh); "
                      "show() { print -rn -- \"$BUFFER\" > line; BUFFER=; zle -M '<<'ready'>>' }; zle -N show; "
                      "bindkey -e; bindkey '^X^Y' show; echo '<<'ready'>>'\n", END)

        def completed(terminal, typed):
            terminal.type(typed + "\t\x18\x19", END)
            return (self.folder / "line").read_text()
        self.check_terminal(terminal, completed)

    def test_what_is_installed_is_what_is_printed(self):
        for name in ("bash", "zsh", "fish"):
            self.assertEqual(self.scimctl("completion", name), (harness.ROOT / "cli/completion" / ("scimctl." + name)).read_text())

    def test_zsh_finds_the_installed_file(self):
        functions = self.folder / "site-functions"
        functions.mkdir()
        (functions / "_scimctl").write_text(self.scimctl("completion", "zsh"))
        done = subprocess.run([self.shell("zsh"), "-f", "-c", "fpath=(%s $fpath); autoload -Uz compinit; compinit -D -u; "
                               "print $_comps[scimctl]" % functions], capture_output=True, text=True, env=self.environment)
        self.assertEqual((done.stdout, done.stderr), ("_scimctl\n", ""))

    def test_fish(self):
        cases = {  # fish escapes by itself
            "scimctl token cr": ["token", "create"], "scimctl list users -o ta": ["table"], "scimctl list users --output=cs": ["--output=csv"],
            "scimctl get users userName=b": ["userName=bob"], "scimctl get users 'userName=x": ["userName=x$y"],
            "scimctl get users userName=al\\ ": ["userName=al an"], "scimctl token show ok": ["okta"],
            "scimctl create user -f peop": ["people.json"], "scimctl create user --file=peop": ["--file=people.json"],
            "scimctl create user --set 'emails[type eq \"wo": ['emails[type eq "work"].value='],
            "scimctl get users userName=ad": ["userName=ada"], "scimctl frob us": [], "./no-such/scimctl to": []}
        script = "scimctl completion fish | source; for line in $argv; complete -C $line; echo ==; end"
        done = subprocess.run([self.shell("fish"), "--no-config", "-c", script, *cases], text=True, capture_output=True, timeout=harness.PATIENCE, cwd=self.folder, env=self.environment)
        self.assertEqual(done.stderr, "")
        found = [[line.split("\t")[0] for line in part.splitlines()] for part in done.stdout.split("==\n")[:-1]]
        self.assertEqual(dict(zip(cases, found)), {**cases, "scimctl token cr": ["create"]})
        self.assertIn("userName=ada\tAda Lovelace\n", done.stdout)


unittest.main()
