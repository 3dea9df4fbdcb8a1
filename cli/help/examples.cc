// SPDX-License-Identifier: MIT
#include "cli/help/examples.h"

namespace scim::cli {
namespace {

struct Example {
  std::string_view command;
  std::string_view line;
};

constexpr Example kExamples[] = {
    {"", "scimctl create user --user-name grace --set name.givenName=Grace"},
    {"", "scimctl list users --filter 'active eq true' -o table"},
    {"", "scimctl help ids"},
    {"list", "scimctl list users --filter 'userName sw \"a\"' -o table --columns userName,emails,active"},
    {"list", "scimctl list groups --all -o name"},
    {"list", "scimctl list users --count 10 --start-index 11 --attributes userName"},
    {"get", "scimctl get user userName=ada"},
    {"get", "scimctl get users userName=ada userName=bob -o csv --columns userName,groups.display"},
    {"create", "scimctl create user --user-name grace --set name.givenName=Grace --set 'emails[type eq \"work\"].value=grace@example.com'"},
    {"create", "scimctl create group --display-name Pilots --add-member userName=ada"},
    {"create", "echo '{\"userName\": \"grace\", \"title\": \"Admiral\"}' | scimctl create user -f -"},
    {"replace", "scimctl replace user userName=ada --user-name ada --display-name 'Ada Lovelace'"},
    {"replace", "scimctl get user userName=ada -o json | scimctl replace user -f - --dry-run"},
    {"patch", "scimctl patch user userName=ada --set title=Countess --unset nickName"},
    {"patch", "scimctl patch group displayName=Staff --add-member userName=bob --dry-run"},
    {"deactivate", "scimctl deactivate users userName=ada userName=bob"},
    {"activate", "scimctl activate user userName=ada"},
    {"delete", "scimctl delete user userName=ada --dry-run"},
    {"delete", "scimctl list users --filter 'active eq false' --all -o name | xargs -r scimctl delete users --yes"},
    {"import", "printf '%s\\n' '{\"userName\": \"grace\"}' '{\"userName\": \"alan\"}' | scimctl import users -"},
    {"import", "echo '{\"displayName\": \"Pilots\", \"members\": [{\"value\": \"userName=ada\"}]}' | scimctl import groups -"},
    {"import", "printf 'userName,emails.value\\ngrace,grace@example.com\\n' | scimctl import users - --dry-run"},
    {"export", "scimctl export users users.csv"},
    {"export", "scimctl export groups --filter 'displayName sw \"S\"'"},
    {"apply", "scimctl apply -f ada.json --dry-run"},
    {"apply", "scimctl apply -f people.jsonl --prune=users --max-delete 10 --yes"},
    {"diff", "scimctl diff -f people.jsonl"},
    {"edit", "EDITOR='sed -i s/Countess/Ada/' scimctl edit user userName=ada"},
    {"conformance", "scimctl conformance --only D"},
    {"conformance", "scimctl conformance --list -o table"},
    {"raw", "scimctl raw GET '/Users?count=1'"},
    {"raw", "scimctl raw GET /ServiceProviderConfig -i"},
    {"raw", "scimctl raw GET /Groups --url https://scim.example.com/v2 --as-curl"},
    {"replay", "scimctl patch user userName=ada --set title=Countess --trace changes.jsonl && scimctl replay changes.jsonl --undo"},
    {"patch-test", "scimctl patch-test users change.json ada.json --diff"},
    {"token create", "scimctl token create entra --dialect entra --expires 90d"},
    {"token create", "scimctl token create report --read-only -q > report.token"},
    {"token create", "scimctl token create phonebook --scope read --scope users --hide addresses -q > phonebook.token"},
    {"token update", "scimctl token update okta --dialect okta"},
    {"token rotate", "scimctl token rotate okta --overlap 7d"},
    {"token show", "scimctl token show okta -o table"},
    {"token dialects", "scimctl token dialects -o table --columns tolerance,entra,okta"},
    {"token list", "scimctl token list -o table --columns name,dialect,expires"},
    {"token revoke", "scimctl token revoke okta --yes"},
    {"filter-test", "scimctl filter-test 'emails[type eq \"work\" and value ew \"@example.com\"]'"},
    {"filter-test", "scimctl filter-test --groups 'members.value pr' -o json"},
    {"filter-test", "echo '[{\"userName\": \"ada\"}, {\"userName\": \"bob\"}]' | scimctl filter-test 'userName sw \"a\"' -f -"},
    {"link plan", "printf 'userName,externalId\\nada,00u1\\n' | scimctl link plan users - --match userName -o table"},
    {"link apply", "printf 'userName,externalId\\nada,00u1\\n' | scimctl link apply users - --match userName"},
    {"check", "scimctl check"},
    {"check", "scimctl check --strict -o json"},
    {"config", "scimctl config > scimctl.toml.new"},
    {"config", "scimctl config -o table --columns name,default"},
    {"db status", "scimctl db status"},
    {"db migrate", "scimctl db migrate --dry-run"},
    {"db copy", "scimctl db copy sqlite:/var/lib/scimctl/scim.db sqlite:copy.db --verify"},
    {"db verify", "scimctl db verify sqlite:/var/lib/scimctl/scim.db sqlite:/var/lib/scimctl/scim.db"},
    {"completion", "source <(scimctl completion bash)"},
    {"completion", "scimctl completion fish > scimctl.fish"},
    {"help", "scimctl help patch"},
    {"log list", "scimctl log list --since 2h -o table"},
    {"log show", "scimctl log show 0-1 -o table"},
    {"log verify", "scimctl log verify"},
    {"log export", "scimctl log export log.jsonl --since 7d"},
    {"log prune", "scimctl log prune --before 400d --yes"},
    {"history", "scimctl history user userName=ada -o table"},
    {"revert", "scimctl revert 0-2 --dry-run"},
    {"events", "scimctl events"},
    {"events", "scimctl events --reader sessions --from-start --exec 'grep -q ada || exit 0'"},
    {"hold list", "scimctl hold list -o table"},
    {"hold show", "scimctl hold show 3f0a9c51d2e7"},
    {"hold release", "scimctl hold release --all --yes"},
    {"hold reject", "scimctl hold reject 3f0a9c51d2e7 --yes"},
    {"help", "scimctl help token create"},
    {"help", "scimctl help exit-codes"},
};

/// "token" for "token create"; "" for what is no part of another.
std::string_view parent_of(std::string_view command) {
  const std::size_t space = command.find(' ');
  return space == std::string_view::npos ? "" : command.substr(0, space);
}

}  // namespace

std::vector<std::string_view> examples_of(std::string_view command) {
  std::vector<std::string_view> own;
  std::vector<std::string_view> of_parts;
  std::string_view last_part;
  for (const Example& example : kExamples) {
    if (example.command == command) own.push_back(example.line);
    const bool is_part = !command.empty() && parent_of(example.command) == command;
    if (is_part && example.command != last_part) of_parts.push_back(example.line);
    if (is_part) last_part = example.command;
  }
  return own.empty() ? of_parts : own;
}

}  // namespace scim::cli
