// SPDX-License-Identifier: MIT
#include "sql/mapping_facts.h"

#include <algorithm>

#include "core/text.h"
#include "sql/links.h"
#include "sql/membership.h"
#include "sql/trigrams.h"

namespace scim::sql {
namespace {

/// Collects what one type names.
class UseCollector {
 public:
  explicit UseCollector(const TypeMapping& type) : type_(type) {}

  std::vector<Use> take() {
    for (std::size_t i = 0; i < type_.tables.size(); ++i) add_table(static_cast<int>(i));
    add_link();
    for (const auto& [attribute, column] : type_.columns) add(*attribute, column);
    for (const auto& [list, element] : type_.elements) add_mapped(map_place(type_, *list), *element.part, element.value);
    for (const auto& [list, table] : type_.lists) add_list(*list, table);
    for (const auto& [attribute, tables] : type_.members) add_members(*attribute, tables);
    if (!type_.superuser.empty()) add_plain(section() + " superuser", 0, type_.superuser);
    for (const auto& [table, owner] : type_.remove_also) add_name(section() + " remove_also", table, owner);
    return std::move(uses_);
  }

 private:
  std::string section() const { return section_place(type_); }
  void add_name(const std::string& place, const std::string& table, const std::string& column) {
    uses_.push_back({place, table, column});
  }
  void add_plain(const std::string& place, int table, const std::string& column) {
    if (table != type_.own_table) add_name(place, table_of(type_, table).name, column);
  }
  void add_mapped(const std::string& place, const Attribute& attribute, const Column& column) {
    const std::string& table = table_of(type_, column.table).name;
    uses_.push_back({place, table, column.name, &attribute, &column});
    if (!column.folded.empty()) add_name(place + " folded", table, column.folded);
    add_substring_index(place, column);
  }
  /// The table has a column of its own name.
  void add_substring_index(const std::string& place, const Column& column) {
    const std::string& index = column.substring_index;
    if (!index.empty()) add_name(place + " substring_index", index, index);
    const std::string& tail = column.substring_tail;
    if (!tail.empty()) add_name(place + " substring_tail", tail, std::string(kTailKey));
  }
  void add(const Attribute& attribute, const Column& column) { add_mapped(map_place(type_, attribute), attribute, column); }
  void add_defaults(const std::string& place, const std::string& table, const Defaults& defaults) {
    for (const DefaultValue& value : defaults) add_name(place + " defaults", table, value.column);
  }

  void add_table(int index) {
    const Table& table = table_of(type_, index);
    const bool is_link = index == type_.link.id.table;
    add_plain(section() + (index == 0 ? " key" : is_link ? " link owner" : " map owner"), index, table.owner);
    add_defaults(section(), table.name, table.defaults);
  }

  void add_link() {
    const Link& link = type_.link;
    const auto add_part = [&](const char* name, const Column& column) {
      if (!column.is_mapped() || column.table == type_.own_table) return;
      uses_.push_back({section() + " link " + name, table_of(type_, column.table).name, column.name, nullptr, &column});
    };
    add_part("id", link.id);
    add_part("externalId", link.external_id);
    add_part("created", link.created);
    add_part("lastModified", link.last_modified);
    add_part("version", link.version);
    add_part("deactivated", link.deactivated);
    add_part("claimed", link.claimed);
    add_part("document", link.document);
    for (const Link::Copy& copy : link.copies) {
      add_plain(section() + " link copies", link.id.table, copy.link_column);
      add_plain(section() + " link copies", 0, copy.own_column);
    }
  }

  void add_list(const Attribute& attribute, const ListTable& table) {
    const std::string place = map_place(type_, attribute);
    add_name(place + " owner", table.name, table.owner);
    if (table.key != kRowid) add_name(place + " key", table.name, table.key);
    for (const auto& [part, column] : table.columns) {
      const std::string part_place = place + ' ' + (part == &attribute ? std::string("value") : part->name);
      uses_.push_back({part_place, table.name, column.name, part, &column});
      if (!column.folded.empty()) add_name(part_place + " folded", table.name, column.folded);
      add_substring_index(part_place, column);
    }
    add_defaults(place, table.name, table.defaults);
  }

  void add_members(const Attribute& attribute, const std::vector<MemberTable>& tables) {
    const std::string place = map_place(type_, attribute);
    for (const MemberTable& table : tables) {
      add_name(place + " owner", table.name, table.owner);
      add_name(place + " value", table.name, table.value);
      add_defaults(place, table.name, table.defaults);
    }
  }

  const TypeMapping& type_;
  std::vector<Use> uses_;
};

/// What the link writes into each of its rows from the start.
void fill_link(const TypeMapping& type, int table, NewRow& row) {
  const Link& link = type.link;
  for (const Column* part : {&link.id, &link.created, &link.last_modified, &link.version}) {
    if (part->is_mapped() && part->table == table) row.filled.push_back(part->name);
  }
  const Column& external = link.external_id;
  if (external.is_mapped() && external.table == table && external.absent != Cell()) row.filled.push_back(external.name);
  if (table != link.id.table) return;
  for (const Link::Copy& copy : link.copies) row.filled.push_back(copy.link_column);
}

/// A new user is active unless it says otherwise, and userName is never missing.
bool is_always_given(const TypeMapping& type, const Attribute& attribute, const Column& column) {
  if (&column == active_column(type)) return true;
  for (const Attribute* at = &attribute; at != nullptr; at = at->parent) {
    if (!at->required) return false;
  }
  return true;
}

NewRow row_of_table(const TypeMapping& type, int index) {
  const Table& table = table_of(type, index);
  NewRow row{table.name, section_place(type), &table.defaults, {}, {}};
  const bool is_own = index == 0;
  if (!is_own) row.filled.push_back(table.owner);
  if (is_own && type.make_key != DefaultValue::Kind::constant) row.filled.push_back(type.key);
  fill_link(type, index, row);
  const auto add = [&](const Attribute& attribute, const Column& column, const std::string& place) {
    if (column.table != index || column.read_only) return;
    // A joined row may be made for one value alone, long after the resource.
    if (is_own && is_always_given(type, attribute, column)) row.filled.push_back(column.name);
    else row.mapped.push_back({place, table.name, column.name, &attribute, &column});
    if (is_own && is_always_given(type, attribute, column) && !column.folded.empty()) row.filled.push_back(column.folded);
    if (!is_own) row.place = place;
  };
  for (const auto& [attribute, column] : type.columns) add(*attribute, column, map_place(type, *attribute));
  for (const auto& [list, element] : type.elements) add(*element.part, element.value, map_place(type, *list));
  if (!is_own) row.absent = NewRow::Absent::in_whole_rows;
  const bool is_link = !is_own && index == type.link.id.table;
  if (is_link) row.place.clear();
  return row;
}

NewRow row_of_list(const TypeMapping& type, const Attribute& list, const ListTable& table) {
  NewRow row{table.name, map_place(type, list), &table.defaults, {table.owner}, {}};
  for (const auto& [part, column] : table.columns) {
    if (!column.read_only) row.mapped.push_back({row.place + ' ' + part->name, table.name, column.name, part, &column});
  }
  return row;
}

}  // namespace

const TableInfo* Live::table(const std::string& name) const {
  const auto at = tables.find(name);
  return at == tables.end() ? nullptr : &at->second;
}

const TableColumn* Live::column(const std::string& table_name, const std::string& name) const {
  const TableInfo* found = table(table_name);
  return found == nullptr ? nullptr : found->find(name);
}

DbResult<Live> load_live(Catalog& catalog, const Mapping& mapping, const StoreOptions& options) {
  Live live{mapping, options, {}, {}, {}};
  auto names = catalog.table_names();
  if (!names) return tl::unexpected<DbError>(names.error());
  live.names = *std::move(names);
  std::vector<std::string> wanted = {std::string(kTokenTable)};
  for (const auto& type : mapping.types) {
    for (const Table& table : type->tables) wanted.push_back(table.name);
    for (const Use& use : uses_of(*type)) wanted.push_back(use.table);
  }
  for (const std::string& name : wanted) {
    if (live.tables.contains(name)) continue;
    auto table = catalog.find_table(name);
    if (!table) return tl::unexpected<DbError>(table.error());
    if (*table) live.tables.emplace(name, **std::move(table));
  }
  auto keys = catalog.foreign_keys();
  if (!keys) return tl::unexpected<DbError>(keys.error());
  live.foreign_keys = *std::move(keys);
  return live;
}

std::vector<Use> uses_of(const TypeMapping& type) { return UseCollector(type).take(); }

std::vector<NewRow> new_rows(const TypeMapping& type) {
  std::vector<NewRow> rows;
  for (std::size_t i = 0; i < type.tables.size(); ++i) {
    if (static_cast<int>(i) != type.own_table) rows.push_back(row_of_table(type, static_cast<int>(i)));
  }
  for (const auto& [list, table] : type.lists) rows.push_back(row_of_list(type, *list, table));
  for (const auto& [attribute, tables] : type.members) {
    for (const MemberTable& table : tables) {
      rows.push_back({table.name, map_place(type, *attribute), &table.defaults, {table.owner, table.value}, {}});
    }
  }
  return rows;
}

bool has_default(const NewRow& row, std::string_view column) {
  return std::any_of(row.defaults->begin(), row.defaults->end(),
                     [&](const DefaultValue& value) { return equal_ignoring_case(value.column, column); });
}

std::vector<Join> joins_of(const TypeMapping& type, const Mapping& mapping) {
  std::vector<Join> joins;
  const std::string& own = type.tables.front().name;
  for (std::size_t i = 1; i < type.tables.size(); ++i) {
    if (static_cast<int>(i) == type.own_table) continue;
    joins.push_back({section_place(type), type.tables[i].name, type.tables[i].owner, own, type.key});
  }
  for (const auto& [list, table] : type.lists) {
    joins.push_back({map_place(type, *list) + " owner", table.name, table.owner, own, type.key});
  }
  for (const auto& [attribute, tables] : type.members) {
    for (const MemberTable& table : tables) {
      const TypeMapping& member = mapping.of(*table.member_type);
      joins.push_back({map_place(type, *attribute) + " owner", table.name, table.owner, own, type.key});
      joins.push_back({map_place(type, *attribute) + " value", table.name, table.value, member.tables.front().name,
                       member.key});
    }
  }
  for (const auto& [attribute, column] : type.columns) {
    if (column.refers == nullptr) continue;
    const TypeMapping& other = mapping.of(*column.refers);
    joins.push_back({map_place(type, *attribute), table_of(type, column.table).name, column.name,
                     other.tables.front().name, other.key});
  }
  return joins;
}

const Table& table_of(const TypeMapping& type, int index) { return type.tables[static_cast<std::size_t>(index)]; }

bool removes_rows(const TypeMapping& type, const StoreOptions& options) {
  return !type.link.deactivated.is_mapped() || type.delete_mode.value_or(options.user_delete) == DeleteMode::remove;
}

std::string map_place(const TypeMapping& type, const Attribute& attribute) {
  return '[' + type.section + ".map] " + attribute.path();
}

std::string section_place(const TypeMapping& type) { return '[' + type.section + ']'; }

}  // namespace scim::sql
