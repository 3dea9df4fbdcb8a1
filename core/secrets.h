// SPDX-License-Identifier: MIT
// What nobody may read, passwords above all: found in what is recorded, and taken out.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.h"
#include "core/json.h"
#include "core/registry.h"

namespace scim {

/// Stands where a secret stood.
inline constexpr std::string_view kRemoved = "(removed)";

/// The attributes that are written only, or never returned, of all types of a server; `password` always. And those that
/// no type has, by whose names clients mean a password: passwrd, newPassword, pwd, clientSecret.
class Secrets {
 public:
  Secrets() : names_{"password"} {}
  explicit Secrets(const Registry& registry);

  /// Replaces their values by kRemoved: in resources, in PATCH operations on them, with a path or without, whatever the case
  /// of the names, in Bulk, and in filters that compare them. Returns the texts that stood there.
  std::vector<std::string> remove_from(Json& body) const;
  /// The same for the parameters of a URL, tokens among them, whose texts come to `found`.
  std::string removed_from_query(std::string_view query, std::vector<std::string>& found) const;
  /// Those that a request has, as remove_from() and removed_from_query() find them.
  std::vector<std::string> sent_with(const Request& request) const;
  /// Whether a text that is no JSON names one: what in it is secret nobody can tell.
  bool are_named_in(std::string_view text) const;

 private:
  void append(const std::vector<Attribute>& attributes);
  bool sounds_secret(std::string_view name) const;
  bool covers(std::string_view path) const;
  bool is_named_by(std::string_view word) const;
  bool is_credential_name(std::string_view name) const;
  void append_compared(std::string_view filter, std::vector<std::string>& found) const;
  bool are_compared_in(std::string_view filter) const;
  void remove(Json& value, const std::string& parent, std::vector<std::string>& found) const;
  void remove_from_object(Json& object, const std::string& parent, std::vector<std::string>& found) const;

  std::vector<std::string> names_;  ///< in small letters: "password", "badge.pin"
  std::set<std::string, std::less<>> known_;  ///< all attributes, in small letters, without what they are a part of
};

/// What stands between quotes, single ones too, in a filter, or in what should have been JSON: as it stands there, and as it is meant.
void append_quoted(std::string_view text, std::vector<std::string>& found);

/// Which, as a part of other words, may mean nothing.
bool is_short_secret(const std::string& secret);
/// Puts kRemoved in their places, where they are encoded for URLs or JSON too; short ones are whole words.
void hide_secrets(std::string& text, std::vector<std::string> secrets);
/// In all texts of it.
void hide_secrets(Json& value, const std::vector<std::string>& secrets);

/// Takes out what Secrets have replaced: members, and operations that are nothing without them. Whether there was any.
bool drop_removed(Json& body);

}  // namespace scim
