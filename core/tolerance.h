// SPDX-License-Identifier: MIT
// Where we bend the RFC for a client: each place has a name, and a dialect says which of them are open.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/json.h"
#include "core/text.h"

namespace scim {

class Sight;
struct Attribute;

/// What is taken although the RFC has no such thing. What it leaves open is no tolerance: that is read in one way for
/// all. Names, meanings and dialects: tolerances(), and man/scimctl.toml.5.
enum class Tolerance {
  string_boolean,
  capitalised_op,
  missing_element_add,
  missing_element_replace,
  manager_string,
  element_string,
  role_json,
  dotted_key,
  urn_key,
  remove_with_value,
  unchanged_read_only,
  legacy_urn,
  unknown_schema,
  undeclared_extension,
  filter_after_brackets,
  trailing_slash,
  empty_parameter,
  parameter_case,
  attribute_brackets,
  unquoted_etag,
};
inline constexpr std::size_t kTolerances = static_cast<std::size_t>(Tolerance::unquoted_etag) + 1;
using ToleranceSet = std::bitset<kTolerances>;  ///< by Tolerance

/// What a client speaks.
enum class Dialect {
  any,    ///< nobody has said: all that no rule of the RFC forbids outright
  rfc,    ///< nothing but the RFC
  entra,  ///< Microsoft Entra ID and its SCIM Validator
  okta,
};
inline constexpr std::size_t kDialects = static_cast<std::size_t>(Dialect::okta) + 1;

struct ToleranceInfo {
  Tolerance tolerance;
  std::string_view name;  ///< as the admin sees it: "string-boolean"
  std::string_view help;
  std::bitset<kDialects> dialects;  ///< which have it, by Dialect
};
/// In the order of the enumerators.
std::span<const ToleranceInfo> tolerances();

std::string_view to_string(Tolerance tolerance);
std::string_view to_string(Dialect dialect);
std::optional<Tolerance> tolerance_of(std::string_view name);
std::optional<Dialect> dialect_of(std::string_view name);

/// What becomes of an attribute in a POST or PUT that no schema knows (ambiguities A-41). `note` is not for servers: it is ignored, and
/// Leniency knows its name.
enum class UnknownAttribute { ignore, reject, note };

/// Travels with one request: says what is taken from its client, and notes what it needed. Ask only where the request
/// fails without. Of the schema the client may name what its `sight` shows; it is borrowed, nullptr: everything.
class Leniency {
 public:
  explicit Leniency(Dialect dialect = Dialect::any, UnknownAttribute unknown = UnknownAttribute::ignore, const Sight* sight = nullptr)
      : dialect_(dialect), unknown_(unknown), sight_(sight) {}

  bool allows(Tolerance tolerance);
  const Sight& sight() const;
  bool sees(const Attribute& attribute) const;
  UnknownAttribute unknown() const { return unknown_; }
  const ToleranceSet& used() const { return used_; }
  void note_unknown(std::string name) { noted_.push_back(std::move(name)); }
  /// Attributes that were passed over, as written: `name.givenNmae`, `emails[1].vlaue`.
  const std::vector<std::string>& noted() const { return noted_; }

 private:
  Dialect dialect_;
  UnknownAttribute unknown_;
  const Sight* sight_;
  ToleranceSet used_;
  std::vector<std::string> noted_;
};

/// A boolean, or a string that stands for one (client-quirks E2, E11, N4); nullopt if it is neither.
std::optional<bool> boolean_of(const Json& value, Leniency& leniency);

/// How often a token's client needed a tolerance: requests, however often in each.
struct ToleranceUse {
  std::string token;  ///< Token::id
  Tolerance tolerance = Tolerance::string_boolean;
  std::int64_t count = 0;
  Instant last;
};

}  // namespace scim
