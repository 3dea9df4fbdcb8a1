// SPDX-License-Identifier: MIT
// Why a resource matches a filter, or why not: each node of the filter with its truth, and the values that decide it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/filter.h"
#include "core/predicate.h"

namespace scim {

/// A node of a filter on one line: "and", "userName sw \"a\"", "one of emails with".
std::string node_text(const Filter& filter);

/// A node of the filter, about one resource.
struct Why {
  std::string text;  ///< node_text(), or "element 2 of 3"
  bool holds = false;
  /// What was looked at, of a term: "emails.type". "": nothing by itself.
  std::string path;
  std::vector<Json> values;  ///< the first few
  std::size_t more = 0;      ///< values or elements that are left out
  /// Below brackets: the first element that satisfies them, else the first few, one each.
  std::vector<Why> children;
};

/// A filter that asks for its reasons: every node is bound by itself. Const: `type` outlives it.
class Reasons {
 public:
  /// Errors as those of bind().
  static Result<Reasons> of(const Filter& filter, const ResourceType& type);

  /// `body` as for match(), which is what `holds` of the root says.
  Why explain(const Json& body) const;

 private:
  struct Node {
    std::string text;
    Filter::Kind kind = Filter::Kind::present;
    Predicate predicate;                   ///< not of brackets
    const Attribute* attribute = nullptr;  ///< of a term: what it looks at; of brackets: what stands before them
    std::vector<Node> children;
  };

  explicit Reasons(const ResourceType& type) : type_(&type) {}
  Result<Node> make_node(const Filter& filter) const;
  static Result<Node> make_inner(const Filter& filter, const Attribute& owner);

  Why explain(const Node& node, const Json& body) const;
  Why explain_brackets(const Node& node, const Json& body) const;
  static Why explain_element(const Node& node, const Json& element);
  static std::vector<Why> explain_children(const Node& node, const Json& element);
  void note_values(const Attribute& attribute, const Json& body, Why& why) const;

  const ResourceType* type_;
  Node root_;
};

/// {"node": text, "holds": bool, "path", "values", "more", "children"}: members that say nothing are left out.
Json to_json(const Why& why);

}  // namespace scim
