// SPDX-License-Identifier: MIT
// How many values one request has for one attribute, members of a group above all, and how large values are.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>

#include "core/error.h"
#include "core/json.h"

namespace scim {

struct Attribute;

/// payloadTooLarge. RFC 7644 has no word for it but what 3.7.4 does with too many operations of a bulk request: the message is
/// larger than this server takes, while each value may be right.
Error too_many_values(std::string_view attribute, std::size_t most);

/// Of the body of a POST or PUT, before anything is done with it: a list of more values than `most`.
Result<void> check_value_counts(const Json& resource, std::size_t most);

/// As many bytes as the texts and names in it have, and one for each value: about what it takes as JSON.
std::size_t text_bytes(const Json& value);

/// Of the operations of a PATCH, together.
class ValueCounts {
 public:
  explicit ValueCounts(std::size_t most) : most_(most) {}
  /// false: those are too many.
  bool add(const Attribute& attribute, const Json& value);

 private:
  std::size_t most_;
  std::map<const Attribute*, std::size_t> counts_;
};

}  // namespace scim
