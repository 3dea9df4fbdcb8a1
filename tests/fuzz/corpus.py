#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Inputs for the fuzzers, made of the case files, mappings and documents: FOLDER/TARGET/HASH, and FOLDER/words.dict for all.

usage: corpus.py FOLDER
"""
import ast
import base64
import hashlib
import json
import pathlib
import re
import shutil
import struct
import sys
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests/data"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"


def read(name):
    return json.loads((DATA / name).read_text())


FILTERS = read("scim/filters-cases.json")
PATCHES = read("scim/patch-cases.json")["cases"]
REQUESTS = read("scim/http-cases.json")["cases"]


def vector_requests():
    """The requests of recorded exchanges, wherever they stand in them."""
    def walk(part):
        if isinstance(part, dict):
            if "method" in part and "path" in part:
                yield part
            part = list(part.values())
        if isinstance(part, list):
            for each in part:
                yield from walk(each)
    return list(walk(read("vectors/client-vectors.json")["vectors"]))


ALL_REQUESTS = REQUESTS + vector_requests()


def body_of(request):
    if "body" in request:
        return json.dumps(request["body"])
    raw = request.get("raw", "")
    return raw["latin1"] if isinstance(raw, dict) else raw


def json_bodies():
    for request in ALL_REQUESTS:
        yield body_of(request)
    for resources in FILTERS["resources"].values():
        yield from map(json.dumps, resources)
    for case in PATCHES:
        yield json.dumps(case["resource"])


def filters():
    for case in FILTERS["parse"] + FILTERS["eval"] + read("filter_mistakes.json"):
        yield case["filter"]
    for case in PATCHES:
        for operation in case.get("ops", []):
            path = operation.get("path")
            if isinstance(path, str) and "[" in path:
                yield path


def patches():
    for case in PATCHES:
        for operation in case.get("ops", []):
            if isinstance(operation, dict) and isinstance(operation.get("path", ""), str):
                value = json.dumps(operation["value"]) if "value" in operation else ""
                yield "%s %s\n%s\n%s" % (operation.get("op", "add"), case["resourceType"], operation.get("path", ""), value)


def queries():
    for request in ALL_REQUESTS:
        path, question, query = str(request["path"]).partition("?")
        if question:
            yield query
    for text in filters():
        yield "filter=" + urllib.parse.quote(text)
    yield "sortBy=name.familyName&sortOrder=descending&startIndex=2&count=3"
    yield "cursor=&count=10&excludedAttributes=members,groups&attributes="


def fcgi_requests():
    for request in ALL_REQUESTS:
        lines = ["REQUEST_METHOD=" + request["method"], "REQUEST_URI=/scim/v2" + str(request["path"])]
        lines += ["HTTP_%s=%s" % (name.upper().replace("-", "_"), value)
                  for name, value in request.get("headers", {}).items() if isinstance(value, str) and name != "Authorization"]
        yield "\n".join(lines + ["", body_of(request)])
    for query in queries():
        yield "REQUEST_METHOD=GET\nREQUEST_URI=/scim/v2/Users?" + query
    yield "REQUEST_METHOD=HEAD\nSCRIPT_NAME=/scim/v2\nPATH_INFO=/Groups\nQUERY_STRING=count=1\nHTTPS=on\nSERVER_NAME=x\nSERVER_PORT=8443"
    yield "REQUEST_METHOD=POST\nREQUEST_URI=/scim/v2/Users\nCONTENT_TYPE=application/json\nCONTENT_LENGTH=2\n\n{}"


def record(kind, content, padding=0):
    return struct.pack(">BBHHBx", 1, kind, 1, len(content), padding) + content + bytes(padding)


def length(text):
    return struct.pack(">B", len(text)) if len(text) < 128 else struct.pack(">I", len(text) | 1 << 31)


def request_heads():
    """The same as FastCGI, in one record of parameters or in small ones."""
    begin, params = 1, 4
    for request in fcgi_requests():
        pairs = [line.encode("utf-8", "surrogateescape").split(b"=", 1) for line in request.split("\n\n")[0].split("\n")]
        text = b"".join(length(name) + length(value) + name + value for name, value in pairs)
        for most in (1000, 7):
            parts = [record(params, text[at:at + most], most % 3) for at in range(0, len(text), most)]
            whole = record(begin, b"\0\1\1\0\0\0\0\0") + b"".join(parts) + record(params, b"")
            yield whole.decode("utf-8", "surrogateescape")


def cursors():
    for position in ([], [1], ["ada", 1], [None, 2], [True, "x"], [[1], 2], {"a": 1}, 1.5, "x", [0, 0, 0], ["\u00e9" * 20, 9]):
        yield json.dumps(position)
    yield base64.urlsafe_b64encode(bytes(range(80))).decode()
    yield "AAAA"


def documents():
    return [ROOT / "README.md", *(ROOT / "man").glob("*.[157]")]


def configurations():
    for folder in (ROOT / "sql/presets", DATA / "mapping"):
        for path in folder.glob("*.toml"):
            yield path.read_text()
    for name in ("django", "laravel", "rails-devise", "django-scim2-server"):
        yield 'mapping = "%s"\n\n[user.map]\ntitle = "title"\n' % name
    for path in documents():
        blocks = re.findall(r"(?s)```toml\n(.*?)```", path.read_text()) + re.findall(r"(?s)\.Bd -literal.*?\n(.*?)\.Ed", path.read_text())
        yield from (block for block in blocks if " = " in block)


def texts_of_tests(pattern):
    """String literals of the e2e tests that look like it: files that they import."""
    for path in (ROOT / "tests/e2e").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(pattern, node.value):
                yield node.value


def csv_files():
    yield from texts_of_tests(r"\A(userName|displayName|externalId),?[\w.,:]*\n.")
    yield "userName,name.givenName,emails.value,active\r\nada,Ada,ada@x,true\r\n\"b,\"\"b\",\"two\nlines\",,no\r\n"
    yield "\ufeffdisplayName,members.value\nStaff,userName=ada\n"


def ldif_files():
    yield from texts_of_tests(r"(?mi)^dn::? ")
    yield "dn: uid=a\ncn:: ***\nsn: A\n\ndn: uid=b\nobjectClass: person\nmail: a@x\nmail;x-home: b@x\n"
    yield ("version: 1\n\ndn: uid=ada,dc=x\nobjectClass: inetOrgPerson\nuid: ada\ncn;lang-en: Ada\nsn:: w6RwZmVs\nmail: ada@x\n"
           "manager: uid=bob,dc=x\n\ndn: uid=bob,dc=x\nobjectClass: inetOrgPerson\nuid: bob\n\n"
           "dn: cn=staff,dc=x\nobjectClass: groupOfNames\ncn: staff\nmember: uid=ada,dc=x\nmember: uid=bob,\n dc=x\n")


TARGETS = {"csv": csv_files, "cursor": cursors, "fcgi_params": fcgi_requests, "filter": filters, "json_body": json_bodies, "ldif": ldif_files,
           "mapping": configurations, "patch_path": patches, "query_string": queries, "request_head": request_heads}


def words():
    names = {"schemas", "id", "externalId", "meta", "value", "Operations", "op", "path", "add", "remove", "replace", " eq ", " ne ", " co ", " sw ",
             " pr", " and ", " or ", "not (", "urn:", "null", "true", "filter=", "sortBy=", "attributes=", "count=", "startIndex=", "cursor=",
             "HTTP_IF_MATCH=", "REQUEST_METHOD=", "REQUEST_URI=/scim/v2/", "/Users", "/Groups", "/Widgets", "/Bulk", "/.search", "/Me", "bulkId:",
             "dn: ", "objectClass: ", "member: ", "uid: ", "cn:: ", "table = ", "column = ", "[user.map]", "[group]", "link = {", USER}
    for path in [*(ROOT / "core/schemas").glob("*.json"), DATA / "scim/Widget.json"]:
        names.update(re.findall(r'"name": "([^"]+)"', path.read_text()))
    return sorted(names)


def quoted(word):
    return '"%s"\n' % word.replace("\\", "\\\\").replace('"', '\\"')


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, texts in TARGETS.items():
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
        count = 0
        for text in texts():
            data = text.encode("utf-8", "surrogateescape")
            (folder / name / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
            count += 1
        print("%s: %d" % (name, count))
        assert count > 3, name + ": the files that its inputs come from have changed"
    (folder / "words.dict").write_text("".join(map(quoted, words())))


main()
