// SPDX-License-Identifier: MIT
#include "cli/files/ldif_records.h"

#include <algorithm>
#include <array>

#include "cli/set_path.h"
#include "core/text.h"

namespace scim::cli {
namespace {

constexpr std::string_view kEnterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:";
#define SCIM_ENTERPRISE "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:"

constexpr std::array kUserRows = {
    LdapRow{"uid", "userName", ""},
    LdapRow{"userprincipalname", "userName", ""},
    LdapRow{"samaccountname", "userName", ""},
    LdapRow{"entryuuid", "externalId", ""},
    LdapRow{"objectguid", "externalId", ""},
    LdapRow{"displayname", "displayName", ""},
    LdapRow{"cn", "displayName", ""},
    LdapRow{"givenname", "name.givenName", ""},
    LdapRow{"sn", "name.familyName", ""},
    LdapRow{"title", "title", ""},
    LdapRow{"employeetype", "userType", ""},
    LdapRow{"preferredlanguage", "preferredLanguage", ""},
    LdapRow{"labeleduri", "profileUrl", ""},
    LdapRow{"mail", "emails", "work"},
    LdapRow{"telephonenumber", "phoneNumbers", "work"},
    LdapRow{"mobile", "phoneNumbers", "mobile"},
    LdapRow{"homephone", "phoneNumbers", "home"},
    LdapRow{"facsimiletelephonenumber", "phoneNumbers", "fax"},
    LdapRow{"pager", "phoneNumbers", "pager"},
    LdapRow{"street", "addresses.streetAddress", "work"},
    LdapRow{"streetaddress", "addresses.streetAddress", "work"},
    LdapRow{"l", "addresses.locality", "work"},
    LdapRow{"st", "addresses.region", "work"},
    LdapRow{"postalcode", "addresses.postalCode", "work"},
    LdapRow{"c", "addresses.country", "work"},
    LdapRow{"employeenumber", SCIM_ENTERPRISE "employeeNumber", ""},
    LdapRow{"department", SCIM_ENTERPRISE "department", ""},
    LdapRow{"departmentnumber", SCIM_ENTERPRISE "department", ""},
    LdapRow{"o", SCIM_ENTERPRISE "organization", ""},
    LdapRow{"company", SCIM_ENTERPRISE "organization", ""},
    LdapRow{"division", SCIM_ENTERPRISE "division", ""},
};
constexpr std::array kGroupRows = {
    LdapRow{"displayname", "displayName", ""},
    LdapRow{"cn", "displayName", ""},
    LdapRow{"entryuuid", "externalId", ""},
    LdapRow{"objectguid", "externalId", ""},
};
#undef SCIM_ENTERPRISE

/// Whose values are distinguished names of members, and names of accounts.
constexpr std::array<std::string_view, 2> kMemberNames = {"member", "uniquemember"};
constexpr std::string_view kMemberUid = "memberuid";
constexpr std::string_view kManager = "manager";
/// What is looked at beside what has a path.
constexpr std::array<std::string_view, 4> kOthers = {kManager, "objectclass", "nsaccountlock", "useraccountcontrol"};
constexpr std::array<std::string_view, 4> kGroupClasses = {"groupofnames", "groupofuniquenames", "posixgroup", "group"};
constexpr long kAccountDisabled = 0x2;  ///< of userAccountControl

bool is_class(const LdifEntry& entry, std::span<const std::string_view> classes) {
  return std::any_of(entry.attributes.begin(), entry.attributes.end(), [&](const auto& each) {
    return each.first == "objectclass" && std::find(classes.begin(), classes.end(), ascii_lower(each.second)) != classes.end();
  });
}

std::string hex(std::string_view bytes, std::initializer_list<int> order) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const int at : order) {
    const auto byte = static_cast<unsigned char>(bytes[static_cast<std::size_t>(at)]);
    out += {kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return out;
}

/// The text of a GUID whose first three parts are little-endian.
std::string guid_text(std::string_view b) {
  return hex(b, {3, 2, 1, 0}) + '-' + hex(b, {5, 4}) + '-' + hex(b, {7, 6}) + '-' + hex(b, {8, 9}) + '-' + hex(b, {10, 11, 12, 13, 14, 15});
}

bool is_guid(std::string_view ldap, std::string_view value) {
  constexpr std::size_t kBytes = 16;
  return ldap == "objectguid" && value.size() == kBytes;
}

std::string value_text(const std::string& ldap, const std::string& value) {
  if (is_guid(ldap, value)) return guid_text(value);
  if (ldap == "labeleduri") return value.substr(0, value.find(' '));  // a label follows
  return value;
}

bool names_somebody(std::string_view ldap) { return ldap == kManager || std::find(kMemberNames.begin(), kMemberNames.end(), ldap) != kMemberNames.end(); }

bool has_row(std::span<const LdapRow> rows, std::string_view ldap) {
  return std::any_of(rows.begin(), rows.end(), [&](const LdapRow& row) { return row.ldap == ldap; });
}

/// nullopt: the directory does not say.
std::optional<bool> is_active(const LdifEntry& entry) {
  if (const std::string* const lock = entry.find("nsaccountlock")) return !equal_ignoring_case(*lock, "true");
  if (const std::string* const control = entry.find("useraccountcontrol")) return (std::strtol(control->c_str(), nullptr, 10) & kAccountDisabled) == 0;
  return std::nullopt;
}

/// A new element, or the one of that type that has no such part yet.
void add_to_list(const LdapRow& row, std::string_view value, Json& body) {
  const std::size_t dot = row.path.find('.');
  const std::string list(row.path.substr(0, dot));
  const std::string part(dot == std::string_view::npos ? "value" : row.path.substr(dot + 1));
  Json& elements = body[list];
  if (elements.is_null()) elements = Json::array();
  if (part != "value" && !elements.empty()) {
    if (!elements.back().contains(part)) elements.back()[part] = std::string(value);
    return;
  }
  Json element{{part, std::string(value)}, {"type", std::string(row.type)}};
  const bool is_first_mail = list == "emails" && elements.empty();
  if (is_first_mail) element["primary"] = true;
  elements.push_back(std::move(element));
}

/// Groups have no userName, but members that are called by theirs.
bool names_members_only(const LdapName& name, const ResourceType& type) { return equal_ignoring_case(name.path, "userName") && type.find("userName") == nullptr; }

/// What others call the entry: the value of the first attribute in the table that is `path`.
std::string name_of(const LdifEntry& entry, std::span<const LdapRow> rows, std::string_view path) {
  for (const LdapRow& row : rows) {
    const std::string* const value = row.path == path ? entry.find(row.ldap) : nullptr;
    if (value != nullptr) return *value;
  }
  return {};
}

}  // namespace

std::span<const LdapRow> ldap_user_rows() { return kUserRows; }

Result<void> LdifRecords::check_names(const std::vector<LdapName>& names, const ResourceType& type) {
  for (const LdapName& name : names) {
    if (names_members_only(name, type)) continue;
    const auto target = resolve_target(name.path, type);
    if (!target) return fail(target.error().kind, "--map " + name.ldap + '=' + name.path + ": " + target.error().detail);
  }
  return {};
}

Result<std::unique_ptr<RecordSource>> LdifRecords::read(std::istream& in, const ResourceType& type, const SourceOptions& options) {
  std::vector<LdapName> names = options.ldap_names;
  for (LdapName& name : names) name.ldap = ascii_lower(name.ldap);
  std::unique_ptr<LdifRecords> records(new LdifRecords(type, std::move(names)));
  LdifReader reader(in, options.most_bytes);
  while (true) {
    SCIM_ASSIGN(auto entry, reader.next());
    if (!entry) return std::unique_ptr<RecordSource>(std::move(records));
    records->add(*std::move(entry));
  }
}

void LdifRecords::add(LdifEntry entry) {
  const bool is_group = is_class(entry, kGroupClasses);
  // A name that --map chooses is the one that members have.
  const std::string_view key = is_group ? "displayName" : "userName";
  std::string name;
  for (const LdapName& chosen : names_) {
    const std::string* const value = equal_ignoring_case(chosen.path, key) ? entry.find(chosen.ldap) : nullptr;
    if (value != nullptr) name = *value;
  }
  if (name.empty()) name = name_of(entry, is_group ? std::span<const LdapRow>(kGroupRows) : kUserRows, key);
  constexpr std::array<std::string_view, 1> kMachines = {"computer"};
  // What is wrong with a photo, or an organisational unit, is of no interest.
  std::erase_if(entry.faults, [&](const LdifEntry::Fault& fault) { return !fault.name.empty() && !is_used(fault.name); });
  const bool is_other = name.empty() || is_class(entry, kMachines);  // an organisational unit, a printer
  if (is_other && entry.faults.empty()) return;
  if (!is_other && !entry.dn.empty() && is_utf8(name)) {
    const auto [first, is_new] = by_dn_.try_emplace(folded_dn(entry.dn), Named{entry.line, std::string(key), name});
    if (!is_new) entry.faults.push_back({"", {ErrorKind::invalid_value, "its dn is that of line " + std::to_string(first->second.line), "", {}}});
  }
  const bool wants_groups = type_.name == "Group";
  if (is_group == wants_groups) entries_.push_back(std::move(entry));
}

bool LdifRecords::is_used(std::string_view ldap) const {
  const bool is_chosen = std::any_of(names_.begin(), names_.end(), [&](const LdapName& name) { return name.ldap == ldap; });
  const bool is_known = has_row(kUserRows, ldap) || has_row(kGroupRows, ldap) || std::find(kOthers.begin(), kOthers.end(), ldap) != kOthers.end();
  return is_chosen || is_known || ldap == kMemberUid || names_somebody(ldap);
}

std::string LdifRecords::original_of(const LdifEntry& entry) const {
  return entry.original_with([&](const std::string& ldap, const std::string& value) -> std::optional<std::string> {
    const auto named = names_somebody(ldap) ? by_dn_.find(folded_dn(value)) : by_dn_.end();
    if (named == by_dn_.end()) return std::nullopt;
    return one_part_dn(named->second.attribute, named->second.name);
  });
}

Result<std::optional<SourceRecord>> LdifRecords::next() {
  if (at_ == entries_.size()) return std::nullopt;
  LdifEntry& entry = entries_[at_++];
  SourceRecord record;
  record.line = entry.line;
  record.json = body_of(entry).map([](const Json& body) { return to_text(body); });
  record.original = original_of(entry) + '\n';
  entry = {};
  return record;
}

Result<void> LdifRecords::set(std::string_view path, std::string_view value, Json& body) const {
  SCIM_ASSIGN(Target target, resolve_target(path, type_));
  Edit edit{Edit::Kind::set, std::string(path), std::move(target), {}};
  edit.value = value_of(edit.target, value);
  return apply_edit(edit, body);
}

Result<Json> LdifRecords::body_of(const LdifEntry& entry) const {
  if (!entry.faults.empty()) return fail(entry.faults.front().error);
  for (const auto& [ldap, value] : entry.attributes) {
    if (!is_utf8(value) && !is_guid(ldap, value) && is_used(ldap)) return fail(ErrorKind::invalid_syntax, ldap + " is not UTF-8");
  }
  Json body = Json::object();
  const std::span<const LdapRow> rows = type_.name == "Group" ? std::span<const LdapRow>(kGroupRows) : kUserRows;
  const auto set_once = [&](std::string_view path, const std::string& value) -> Result<void> {
    SCIM_ASSIGN(const Target target, resolve_target(path, type_));
    return target.read(body).is_null() ? set(path, value, body) : Result<void>();
  };
  for (const LdapName& name : names_) {
    for (const auto& [ldap, value] : entry.attributes) {
      if (ldap == name.ldap && !names_members_only(name, type_)) SCIM_TRY(set_once(name.path, value_text(ldap, value)));
    }
  }
  for (const LdapRow& row : rows) {
    for (const auto& [ldap, value] : entry.attributes) {
      if (ldap != row.ldap || value.empty()) continue;
      if (row.type.empty()) SCIM_TRY(set_once(row.path, value_text(ldap, value)));
      else add_to_list(row, value, body);
    }
  }
  if (type_.name == "Group") {
    SCIM_TRY(add_members(entry, body));
    return body;
  }
  if (const auto active = is_active(entry)) body["active"] = *active;
  if (const std::string* const manager = entry.find(kManager)) {
    // One that nobody can tell is nobody's userName, which is reported.
    const std::string reference = reference_to(*manager).value_or("userName=" + *manager);
    SCIM_TRY(set(std::string(kEnterprise) + "manager.value", reference, body));
  }
  return body;
}

Result<void> LdifRecords::add_members(const LdifEntry& entry, Json& body) const {
  Json members = Json::array();
  for (const auto& [ldap, value] : entry.attributes) {
    std::string reference;
    if (ldap == kMemberUid) reference = "userName=" + value;
    if (names_somebody(ldap) && ldap != kManager) {
      SCIM_ASSIGN(reference, reference_to(value));
    }
    if (!reference.empty()) members.push_back({{"value", reference}});
  }
  if (!members.empty()) body["members"] = std::move(members);
  return {};
}

Result<std::string> LdifRecords::reference_to(const std::string& dn) const {
  const auto known = by_dn_.find(folded_dn(dn));
  if (known != by_dn_.end()) return known->second.attribute + '=' + known->second.name;
  for (const std::string name : {"userName", "displayName"}) {  // as original_of() writes them
    if (const auto value = one_part_value(dn, ascii_lower(name))) return name + '=' + *value;
  }
  if (const auto uid = rdn_value(dn, "uid")) return "userName=" + *uid;
  return fail(ErrorKind::invalid_value, quote(dn) + " is not in this file, and its first part is no uid: who is meant cannot be told");
}

}  // namespace scim::cli
