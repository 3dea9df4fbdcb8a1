// SPDX-License-Identifier: MIT
// The people and groups of an LDIF file as SCIM users and groups: inetOrgPerson (RFC 2798), groupOfNames, posixGroup, and
// what Active Directory calls them.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "cli/files/ldif.h"
#include "cli/files/record_source.h"
#include "core/json.h"

namespace scim::cli {

/// An attribute of LDAP and where its value goes.
struct LdapRow {
  std::string_view ldap;  ///< in lower case
  std::string_view path;  ///< of SCIM; of a list: its `value`, or the part of an address
  std::string_view type;  ///< of the element of a list, "" for what is no list
};
/// In the order in which they are preferred where several mean the same. man/scimctl.1 has the same table.
std::span<const LdapRow> ldap_user_rows();

class LdifRecords final : public RecordSource {
 public:
  /// Reads all of `in`. Entries of the other type, of organisational units and the like are passed over.
  static Result<std::unique_ptr<RecordSource>> read(std::istream& in, const ResourceType& type, const SourceOptions& options);

  /// Of --map. invalidPath: one is no attribute.
  static Result<void> check_names(const std::vector<LdapName>& names, const ResourceType& type);

  Result<std::optional<SourceRecord>> next() override;

 private:
  LdifRecords(const ResourceType& type, std::vector<LdapName> names) : type_(type), names_(std::move(names)) {}
  void add(LdifEntry entry);
  bool is_used(std::string_view ldap) const;
  Result<Json> body_of(const LdifEntry& entry) const;
  /// Its lines, in which those whom it refers to are called by their names: they may be in another file.
  std::string original_of(const LdifEntry& entry) const;
  Result<void> add_members(const LdifEntry& entry, Json& body) const;
  /// "userName=ada" or "displayName=Staff" for a distinguished name.
  Result<std::string> reference_to(const std::string& dn) const;
  Result<void> set(std::string_view path, std::string_view value, Json& body) const;

  const ResourceType& type_;
  std::vector<LdapName> names_;
  std::vector<LdifEntry> entries_;              ///< of the type
  struct Named {
    std::size_t line = 0;   ///< of its entry
    std::string attribute;  ///< userName or displayName
    std::string name;
  };
  std::map<std::string, Named> by_dn_;          ///< what a member is named by, by folded DN
  std::size_t at_ = 0;
};

}  // namespace scim::cli
