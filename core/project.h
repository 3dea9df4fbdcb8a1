// SPDX-License-Identifier: MIT
// Which attributes a response carries: `returned`, attributes=, excludedAttributes= (RFC 7644 3.9). The projection goes
// down to the store, so that what is not wanted is not read.
#pragma once

#include <string_view>
#include <vector>

#include "core/json.h"
#include "core/schema.h"

namespace scim {

using AttributeSet = std::vector<const Attribute*>;

/// Whether the elements of memberships are wanted.
enum class Members { skip, read };

class Projection {
 public:
  /// What a response carries when the client says nothing: returned always and default.
  static Projection defaults(const ResourceType& type);
  /// Everything that a change has to be planned on: all but memberships, and never what is never returned.
  static Projection for_planning(const ResourceType& type, Members members);
  /// RFC 7644 3.9: comma-separated names, at most one of the two; unknown names are ignored. "" is not given. `besides`:
  /// of those that are returned on request only, which come with what is returned by default.
  static Projection from_parameters(const ResourceType& type, std::string_view attributes,
                                    std::string_view excluded_attributes, const AttributeSet& besides = {});

  /// From now on none of `hidden`, attributes of any type, is wanted, whatever else says so; nor does anything tell whether
  /// it has a value.
  void hide(const ResourceType& type, const AttributeSet& hidden);
  bool hides_anything() const { return !hidden_.empty(); }
  bool hides(const Attribute& attribute) const { return hides_anything() && hidden_[static_cast<std::size_t>(attribute.index)]; }

  const std::vector<bool>& wanted() const { return wanted_; }  ///< by Attribute::index

  /// Of one type: whether both want the same.
  bool operator==(const Projection&) const = default;

  /// Whether `attribute`, or any part of it, is to be in the response.
  bool wants(const Attribute& attribute) const { return wanted_[static_cast<std::size_t>(attribute.index)]; }

 private:
  explicit Projection(const ResourceType& type) : wanted_(static_cast<std::size_t>(type.attribute_count)) {}
  std::vector<bool>::reference slot(const Attribute& attribute) { return wanted_[static_cast<std::size_t>(attribute.index)]; }
  bool wants_part_of(const Attribute& attribute) const;
  void want_whole(const Attribute& attribute);
  void want_named(const Attribute& attribute);
  void drop_named(const Attribute& attribute);
  void drop_whole(const Attribute& attribute);
  void hide_whole(const Attribute& attribute);
  void want_parents_of_parts(const ResourceType& type);
  /// What is returned whatever the client says; then parents are wanted exactly if some part of them is.
  void complete(const ResourceType& type);

  std::vector<bool> wanted_;  // by Attribute::index
  std::vector<bool> hidden_;  // the same; empty: nothing is
};

}  // namespace scim
