// SPDX-License-Identifier: MIT
// What a search selects: the columns of its page, and what becomes of each attribute that is wanted.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/project.h"
#include "sql/compile.h"
#include "sql/condition.h"
#include "sql/keyed_sql.h"
#include "sql/membership.h"

namespace scim::sql {

/// The columns of a SELECT.
struct Columns {
  Sql list;
  int count = 0;
  int add(const Sql& expression) {
    if (count > 0) list << ", ";
    list << expression;
    return count++;
  }
  int add(const std::string& expression) { return add(Sql{expression, {}}); }
};

/// What a plan is made for.
enum class Purpose {
  show,       ///< an answer, all of it from the rows
  show_kept,  ///< an answer from renderings (rendering.h), and from the rows only what those leave open
  keep,       ///< a rendering
};

/// An attribute of the output that is wanted and mapped, and where its value comes from.
struct Node {
  enum class Kind {
    leaf,     ///< a column of the page's statement, or of the list's statement for a part of a list
    object,   ///< children
    list,     ///< a statement of its own; children are the parts
    members,  ///< Group.members
    groups,   ///< User.groups
    constant, ///< the same for all
    document, ///< a value or a list of the document
    element,  ///< a list whose first element is a column; children are the parts
    gap,      ///< nothing but its place, of a rendering that is to be kept
  };
  Kind kind = Kind::leaf;
  const Attribute* attribute = nullptr;
  std::string key;  ///< its name as a JSON text
  char gap = 0;     ///< the letter of its place in a rendering, 0: it is in no gap
  MemberPart member_part = MemberPart::other;  ///< of a part of members and groups
  Shown shown = Shown::text;
  int column = -1;
  const Json* constant = nullptr;
  std::vector<Node> children;
  // Kind::list, members and groups:
  std::size_t list = 0;  ///< which of the lists this is
  std::string columns;               ///< of the statement of a list or of the groups, behind kOwner
  int column_count = 0;
  std::string from_of_one;           ///< of a list: its rows for the key `?1`
  std::vector<KeyedSql> statements;  ///< of the keys of the page: one, for members one for each table
  /// The keys of members that have no id yet.
  struct WithoutId {
    const TypeMapping* member;
    KeyedSql statement;
  };
  std::vector<WithoutId> without_id;
  /// Kind::groups, where there is a short way: whether somebody is in a group that is in another one, and if nobody is, the
  /// groups.
  struct Shortcut {
    KeyedSql is_nested;
    std::string is_nested_of_one;  ///< the same of one key, `?1`, as an expression
    KeyedSql memberships;       ///< of several keys: each with the key of a group that it is in
    KeyedSql groups;            ///< the groups with these keys, as the rows of a list
    std::string direct_of_one;  ///< the groups of one key, `?1`, from FROM on
  };
  std::optional<Shortcut> shortcut;
  int first_key_column = -1;  ///< of the columns by which the document's part of an element is found; -1: it has none
};

/// In the place of Node::list, in RowPlan::together.
inline constexpr int kIsNested = -1;

/// Columns of the statements that read lists: the owner, and then those of memberships.
enum ListColumn : int { kOwner, kId, kDisplay, kIsDirect, kKey };

struct RowPlan {
  struct Extension {
    const Attribute* attribute;
    int column;  ///< whether it has data
  };
  /// A column that holds the key of another resource, and whether that has no id yet.
  struct ReferenceColumn {
    const TypeMapping* other;
    int key;
    int is_unseen;
  };

  Purpose purpose = Purpose::show;
  Columns columns;
  std::vector<int> needs;  ///< tables
  // Positions in `columns`, -1: not wanted or not there.
  int key = -1;
  int id = -1;
  int external_id = -1;
  int created = -1;
  int last_modified = -1;
  int version = -1;
  int document = -1;
  int rendering = -1;      ///< of Purpose::show_kept: `nodes` are those that are left open
  std::int64_t shape = 0;  ///< of Purpose::keep
  std::vector<ReferenceColumn> references;
  std::vector<Extension> extensions;
  std::vector<Node> nodes;
  std::size_t list_count = 0;
  /// Which lists have rows at all, by Node::list, for keys between two bounds (`?1` and `?2`): most users have few of the
  /// many lists that there are, and a page whose keys are near each other need not ask each table. Empty: not worth it.
  Sql probe;
  /// All lists of one key (`?1`) in one statement: Node::list, then the columns of the list's own statement behind kOwner.
  /// The row kIsNested has in its first column whether the groups are nested (Node::Shortcut). Empty: there is no such way.
  Sql together;
  /// The statement of the page of one id, whose parameters are those of `columns`, the ids, limit and offset; by the number
  /// of kept_ids(). "": not made yet.
  std::array<std::string, 3> by_id;
  /// The statement of a page of given keys; nullopt: not made yet.
  std::optional<KeyedSql> by_keys;
};

/// Whether the version is selected: where rows count no versions, it is a hash over all that they have, lists and members
/// included.
enum class EntityTag { if_shown, always };

/// Instead of Purpose::show_kept where renderings do not have what is wanted: Purpose::show.
RowPlan plan_rows(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag, Purpose purpose);

/// Plans that were made before, for one thread and one mapping.
class RowPlans {
 public:
  std::shared_ptr<RowPlan> plan(const TypeMapping& type, const Projection& projection, const CompileContext& context, EntityTag tag,
                                Purpose purpose);

 private:
  struct Entry {
    const TypeMapping* type;
    Projection projection;
    Visible visible;
    EntityTag tag;
    Purpose purpose;
    std::shared_ptr<RowPlan> plan;
  };
  std::list<Entry> entries_;  // last used first
};

}  // namespace scim::sql
