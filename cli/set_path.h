// SPDX-License-Identifier: MIT
// --set PATH=VALUE and --unset PATH: one attribute of a body or one operation of a PATCH. Paths are those of RFC 7644
// Figure 7; what VALUE means is decided by the type of the attribute.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/path.h"
#include "core/predicate.h"
#include "core/resource.h"

namespace scim::cli {

/// A path with its names resolved.
struct Target {
  const Attribute* attribute = nullptr;  ///< the list, or what is singular
  std::shared_ptr<const Filter> filter;  ///< what stood in brackets
  std::shared_ptr<const Predicate> selected;  ///< the same, bound to an element
  const Attribute* sub = nullptr;  ///< the part of each element

  const Attribute& leaf() const { return sub != nullptr ? *sub : *attribute; }
  bool is_whole_list() const;
  /// The value in `body`: a list of the parts that are there where the target is part of a list.
  Json read(const Json& body) const;
};

/// invalidPath with a hint, invalidFilter.
Result<Target> resolve_target(std::string_view path, const ResourceType& type);

/// What the text VALUE means there: text for text attributes, else JSON, else text.
Json value_of(const Target& target, std::string_view text);

struct Edit {
  enum class Kind {
    set,
    unset,
    add,     ///< elements of a list; those that are there already stay
    remove,  ///< elements of a membership, by their `value`
  };
  Kind kind = Kind::set;
  std::string path;  ///< as written
  Target target;
  Json value;
};

/// "PATH=VALUE": VALUE is text for text attributes, else JSON, else text. invalidPath, invalidFilter, invalidValue.
Result<Edit> parse_set(std::string_view text, const ResourceType& type);
Result<Edit> parse_unset(std::string_view path, const ResourceType& type);
/// `value` is text, a boolean, or elements of a list. invalidPath: the type has no such attribute.
Result<Edit> make_edit(Edit::Kind kind, std::string_view path, Json value, const ResourceType& type);

/// The edit made to the body of a POST or PUT. invalidFilter: no element matches, and the filter says more than
/// which values a new one has.
Result<void> apply_edit(const Edit& edit, Json& body);

/// The edit as operations of a PATCH, appended to `operations`. Works with servers that know RFC 7644 only.
void append_operations(const Edit& edit, Json& operations);

/// `body` with the names of its members in the case of the schema; what the type does not know stays as it is.
Json with_canonical_names(const Json& body, const ResourceType& type);

}  // namespace scim::cli
