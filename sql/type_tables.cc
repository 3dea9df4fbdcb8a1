// SPDX-License-Identifier: MIT
#include "sql/type_tables.h"

#include <limits>

#include "core/text.h"
#include "sql/dialect.h"
#include "sql/document.h"
#include "sql/links.h"
#include "sql/own_types.h"

namespace scim::sql {
namespace {

constexpr std::string_view kTypesTable = "scim_types";

/// Documents that are in memory at a time.
constexpr std::int64_t kPortion = 1000;

Error told(const std::string& doing, const DbError& error) {
  Error out = to_error(error);
  if (error.kind != DbErrorKind::busy) out.detail = doing + ": " + error.detail;
  return out;
}

/// The first column of the first row, nullopt if there is no row or it is NULL.
Result<std::optional<std::string>> first_text(Db& db, const Sql& sql) {
  const auto cursor = db.query(sql);
  if (!cursor) return fail(told("reading the database failed", cursor.error()));
  const auto row = (*cursor)->next();
  if (!row) return fail(told("reading the database failed", row.error()));
  if (!*row || (*cursor)->is_null(0)) return std::nullopt;
  return std::string((*cursor)->text(0));
}

/// What the tables follow, by the path of each attribute: its "type" ("string", "complex[]", with the "parts" of a list),
/// where it lies in the document ("path"), and if it has one its "column", the "key" beside it that is compared, and which
/// of them is "unique".
using Definition = Json;

std::string type_word(const Attribute& attribute, const Column* column) {
  if (column != nullptr && column->codec == Codec::password) return "password";  // a hash, never to be shown
  return std::string(to_string(attribute.type)) + (attribute.multi_valued ? "[]" : "");
}

void describe(const TypeMapping& type, const Attribute& attribute, Definition& definition) {
  const auto column = type.columns.find(&attribute);
  const bool has_column = column != type.columns.end();
  const bool is_group = attribute.type == Type::complex && !attribute.multi_valued;
  if (attribute.mutability == Mutability::read_only) return;
  Json entry = {{"type", type_word(attribute, has_column ? &column->second : nullptr)}, {"path", document_path(attribute)}};
  if (attribute.type == Type::complex && attribute.multi_valued) {
    for (const Attribute& sub : attribute.sub_attributes) entry["parts"][sub.name] = type_word(sub, nullptr);
  }
  if (has_column) {
    entry["column"] = column->second.name;
    if (!column->second.folded.empty()) entry["key"] = column->second.folded;
    if (attribute.uniqueness != Uniqueness::none) entry["unique"] = entry.value("key", column->second.name);
    if (attribute.collation == Collation::username) entry["fold"] = "username";
  }
  definition[attribute.path()] = std::move(entry);
  if (!is_group) return;
  for (const Attribute& sub : attribute.sub_attributes) describe(type, sub, definition);
}

Definition definition_of(const OwnType& own) {
  Definition definition = Json::object();
  for (const Attribute* attribute : own.attributes) describe(*own.type, *attribute, definition);
  return definition;
}

/// What is recorded of an attribute in whatever letters' case; null if nothing is.
Json recorded_entry(const Definition& recorded, const std::string& path) {
  for (const auto& [name, entry] : recorded.items()) {
    if (equal_ignoring_case(name, path)) return entry;
  }
  return nullptr;
}

bool has_everything(const Definition& recorded, const Definition& wanted) {
  for (const auto& [path, entry] : wanted.items()) {
    const auto known = recorded.find(path);
    if (known == recorded.end() || *known != entry) return false;
  }
  return true;
}

/// Whether values of the one are values of the other.
bool is_same_type(const Json& before, const Json& after) {
  if (before["type"] != after["type"] || before["path"] != after["path"]) return false;
  if (!before.contains("parts")) return true;
  for (const auto& [name, type] : before["parts"].items()) {
    if (after["parts"].value(name, type) != type) return false;
  }
  return true;
}

/// "" if it is not there.
std::string text_of(const Json& entry, const char* member) { return entry.is_null() ? std::string() : entry.value(member, std::string()); }

std::string_view declared(const Json& entry, const ColumnTypes& types) {
  const std::string type = text_of(entry, "type");
  if (type == "integer") return types.integer;
  if (type == "boolean") return types.boolean;
  return type == "decimal" ? types.decimal : types.text;
}

/// The members that `path`, $."a"."b", leads through.
std::vector<std::string> members_of(const std::string& path) {
  constexpr std::string_view kStart = "$.\"";
  constexpr std::string_view kNext = "\".\"";
  std::vector<std::string> members;
  for (std::size_t at = kStart.size(); at < path.size();) {
    const std::size_t end = std::min(path.find(kNext, at), path.size() - 1);
    members.push_back(path.substr(at, end - at));
    at = end + kNext.size();
  }
  return members;
}

/// nullptr: there is none, or it is null.
const Json* find_value(const Json& document, const std::vector<std::string>& members) {
  const Json* at = &document;
  for (const std::string& member : members) {
    const auto found = at->find(member);
    if (found == at->end()) return nullptr;
    at = &*found;
  }
  return at->is_null() ? nullptr : at;
}

/// The objects around it stay.
void erase_value(Json& document, const std::vector<std::string>& members) {
  Json* at = &document;
  for (std::size_t i = 0; i + 1 < members.size(); ++i) at = &at->at(members[i]);
  at->erase(members.back());
}

void set_value(Json& document, const std::vector<std::string>& members, Json value) {
  Json* at = &document;
  for (const std::string& member : members) {
    if (!at->is_object()) *at = Json::object();
    at = &(*at)[member];
  }
  *at = std::move(value);
}

Cell cell_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return std::int64_t{value.get<bool>() ? 1 : 0};
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  return to_text(value);
}

Json json_of(const Cell& cell, const std::string& type) {
  struct Writer {
    bool is_boolean;
    Json operator()(std::monostate) const { return nullptr; }
    Json operator()(std::int64_t value) const { return is_boolean ? Json(value != 0) : Json(value); }
    Json operator()(double value) const { return value; }
    Json operator()(const std::string& value) const { return value; }
  };
  return std::visit(Writer{type == "boolean"}, cell);
}

/// Follows one definition, in the caller's transaction for writing.
class Updater {
 public:
  Updater(Db& db, const OwnType& own)
      : db_(db), type_(*own.type), table_(identifier(type_.tables.front().name)), key_(identifier(type_.key)),
        document_(identifier(type_.link.document.name)) {}

  Result<Definition> run(Definition recorded, const Definition& wanted) {
    if (recorded.is_null()) SCIM_TRY(make_table());
    if (recorded.is_null()) recorded = Json::object();
    for (const auto& [path, entry] : wanted.items()) {
      const Json before = recorded_entry(recorded, path);
      if (before == entry) continue;
      SCIM_TRY(follow(path, before, entry));
      if (!before.is_null() && !recorded.contains(path)) erase(recorded, path);
      recorded[path] = entry;
    }
    return recorded;
  }

 private:
  /// Under whatever letters' case.
  static void erase(Definition& recorded, const std::string& path) {
    const Definition before = recorded;
    for (const auto& [name, entry] : before.items()) {
      if (equal_ignoring_case(name, path)) recorded.erase(name);
    }
  }

  Result<void> make_table() {
    const std::string name = own_table_of(*type_.type);
    if (type_.tables.front().name != name) return {};  // users and groups are there
    SCIM_ASSIGN(const auto exists, first_text(db_, {std::string(db_.dialect().find_table), {name}}));
    if (exists) {
      return fail(ErrorKind::invalid_value, "resource type " + quote(type_.type->name) + ": the database has a table " + quote(name) +
                                                " that scimctl has not made: rename one of them");
    }
    const ColumnTypes& types = db_.dialect().types;
    const std::string text(types.text);
    const std::string integer(types.integer);
    SCIM_TRY(execute("CREATE TABLE " + table_ + " (key " + std::string(types.key) + ", id " + text + " NOT NULL, external_id " + text +
                     ", created " + integer + " NOT NULL, last_modified " + integer + " NOT NULL, version " + integer +
                     " NOT NULL DEFAULT 1, document TEXT)" + std::string(db_.dialect().table_end)));
    SCIM_TRY(execute("CREATE UNIQUE INDEX " + identifier(name + "_id") + " ON " + table_ + " (id)"));
    return execute("CREATE INDEX " + identifier(name + "_external_id") + " ON " + table_ + " (external_id)");
  }

  Result<void> follow(const std::string& path, const Json& before, const Json& after) {
    if (!before.is_null() && !is_same_type(before, after)) SCIM_TRY(refuse_values(path, before, after));
    const bool had_column = before.contains("column");
    const bool has_column = after.contains("column");
    if (had_column && before != after) SCIM_TRY(execute("DROP INDEX IF EXISTS " + index_of(before)));
    if (had_column && !has_column) return move_to_document(before);
    if (!has_column) return {};
    if (!had_column) SCIM_TRY(move_to_column(after));
    SCIM_TRY(follow_key(before, after));
    return make_unique(path, after);
  }

  /// A key that is compared comes, goes, or is made in another way.
  Result<void> follow_key(const Json& before, const Json& after) {
    const std::string had = text_of(before, "key");
    const std::string has = text_of(after, "key");
    if (!had.empty() && has.empty()) return execute("ALTER TABLE " + table_ + " DROP COLUMN " + identifier(had));
    if (has.empty()) return {};
    if (had.empty()) SCIM_TRY(execute("ALTER TABLE " + table_ + " ADD COLUMN " + identifier(has) + ' ' + std::string(db_.dialect().types.text)));
    const std::string function(after.contains("fold") ? db_.dialect().username : db_.dialect().fold);
    return execute("UPDATE " + table_ + " SET " + identifier(has) + " = " + function + '(' + column_name(after) + ')');
  }

  Result<void> move_to_column(const Json& entry) {
    const std::vector<std::string> path = members_of(text_of(entry, "path"));
    const std::string type(declared(entry, db_.dialect().types));
    SCIM_TRY(execute("ALTER TABLE " + table_ + " ADD COLUMN " + column_name(entry) + ' ' + type));
    const std::string update = "UPDATE " + table_ + " SET " + document_ + " = ?, " + column_name(entry) + " = ?" + of_key();
    return for_each_document("", [&](Row& row) -> Result<void> {
      const Json* value = find_value(row.document, path);
      if (value == nullptr) return {};
      Cell cell = cell_of(*value);
      erase_value(row.document, path);
      return execute(update, {to_text(row.document), std::move(cell), row.key});
    });
  }

  Result<void> move_to_document(const Json& entry) {
    const std::vector<std::string> path = members_of(text_of(entry, "path"));
    const std::string update = "UPDATE " + table_ + " SET " + document_ + " = ?" + of_key();
    SCIM_TRY(for_each_document(column_name(entry), [&](Row& row) -> Result<void> {
      if (row.document.is_discarded()) return fail(ErrorKind::unavailable, doing() + ": a document is damaged");
      set_value(row.document, path, json_of(row.value, text_of(entry, "type")));
      return execute(update, {to_text(row.document), row.key});
    }));
    if (entry.contains("key")) SCIM_TRY(execute("ALTER TABLE " + table_ + " DROP COLUMN " + identifier(text_of(entry, "key"))));
    return execute("ALTER TABLE " + table_ + " DROP COLUMN " + column_name(entry));
  }

  Result<void> make_unique(const std::string& path, const Json& entry) {
    if (!entry.contains("unique")) return {};
    const std::string unique = identifier(text_of(entry, "unique"));
    SCIM_ASSIGN(const auto value, first_text(db_, {"SELECT min(" + column_name(entry) + ") FROM " + table_ + " WHERE " + unique +
                                                       " IS NOT NULL GROUP BY " + unique + " HAVING count(*) > 1 LIMIT 1", {}}));
    if (value) {
      return fail(ErrorKind::invalid_value, doing() + ": " + path + " is to be unique, but several resources have " + quote(*value) +
                                                ": change them first");
    }
    return execute("CREATE UNIQUE INDEX " + index_of(entry) + " ON " + table_ + " (" + unique + ')');
  }

  Result<void> refuse_values(const std::string& path, const Json& before, const Json& after) {
    SCIM_ASSIGN(const std::string count, count_values(before));
    if (count == "0") return {};
    const bool is_renamed = before["type"] == after["type"] && before["path"] != after["path"];
    return fail(ErrorKind::invalid_value, doing() + ": " + path + (is_renamed ? " was spelled otherwise" : " was of another type (" +
                text_of(before, "type") + ')') + ", and " + count + " resources have a value: give it another name, or clear them first");
  }

  Result<std::string> count_values(const Json& entry) {
    if (entry.contains("column")) {
      SCIM_ASSIGN(const auto count, first_text(db_, {"SELECT count(" + column_name(entry) + ") FROM " + table_, {}}));
      return count.value_or("0");
    }
    const std::vector<std::string> path = members_of(text_of(entry, "path"));
    std::int64_t count = 0;
    SCIM_TRY(for_each_document("", [&](Row& row) -> Result<void> {
      if (find_value(row.document, path) != nullptr) ++count;
      return {};
    }));
    return std::to_string(count);
  }

  struct Row {
    Cell key;
    Json document;  ///< discarded if it is none
    Cell value;     ///< of the column that is asked for
  };

  /// Calls `visit` for each row that has a document or, where one is named, a value in `column`. It may change the row.
  template <class Visit>
  Result<void> for_each_document(const std::string& column, Visit visit) {
    const std::string& filled = column.empty() ? document_ : column;
    Sql select{"SELECT " + key_ + ", coalesce(" + document_ + ", '{}'), " + filled + " FROM " + table_ + " WHERE " + filled +
                   " IS NOT NULL AND " + key_ + " > ? ORDER BY " + key_ + " LIMIT " + std::to_string(kPortion),
               {std::numeric_limits<std::int64_t>::min()}};
    while (true) {
      SCIM_ASSIGN(std::vector<Row> rows, read_rows(select));
      if (rows.empty()) return {};
      for (Row& row : rows) SCIM_TRY(visit(row));
      select.binds = {rows.back().key};
    }
  }

  /// All at once: what is being read is not changed meanwhile.
  Result<std::vector<Row>> read_rows(const Sql& select) {
    std::vector<Row> rows;
    const auto cursor = db_.query(select);
    if (!cursor) return fail(told(doing(), cursor.error()));
    while (true) {
      const auto found = (*cursor)->next();
      if (!found) return fail(told(doing(), found.error()));
      if (!*found) return rows;
      Json document = Json::parse((*cursor)->text(1), nullptr, false);
      if (!document.is_object()) document = Json(Json::value_t::discarded);
      rows.push_back({(*cursor)->cell(0), std::move(document), (*cursor)->cell(2)});
    }
  }

  Result<void> execute(const std::string& sql, std::vector<Cell> binds = {}) {
    if (const auto done = db_.run({sql, std::move(binds)}); !done) return fail(told(doing(), done.error()));
    return {};
  }

  std::string doing() const { return "resource type " + quote(type_.type->name); }
  std::string index_of(const Json& entry) const {
    return identifier(type_.tables.front().name + '_' + text_of(entry, "column") + "_unique");
  }
  static std::string column_name(const Json& entry) { return identifier(text_of(entry, "column")); }
  std::string of_key() const { return " WHERE " + key_ + " = ?"; }

  Db& db_;
  const TypeMapping& type_;
  const std::string table_;
  const std::string key_;
  const std::string document_;
};

/// null: nothing is recorded.
Result<Definition> load_definition(Db& db, const std::string& name) {
  SCIM_ASSIGN(const auto table, first_text(db, {std::string(db.dialect().find_table), {std::string(kTypesTable)}}));
  if (!table) return Definition(nullptr);
  SCIM_ASSIGN(const auto text, first_text(db, {"SELECT definition FROM " + std::string(kTypesTable) + " WHERE name = ?", {name}}));
  if (!text) return Definition(nullptr);
  Definition definition = Json::parse(*text, nullptr, false);
  if (definition.is_object()) return definition;
  return fail(ErrorKind::unavailable, "resource type " + quote(name) + ": scim_types.definition is damaged");
}

Result<void> record(Db& db, const std::string& name, const Definition& definition) {
  const std::string table(kTypesTable);
  const auto done = db.run({"INSERT INTO " + table + " (name, definition) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET definition = excluded.definition",
                            {name, to_text(definition)}});
  if (!done) return fail(told("resource type " + quote(name), done.error()));
  return {};
}

Result<void> update_type(Db& db, const OwnType& own) {
  const std::string& name = own.type->type->name;
  const Definition wanted = definition_of(own);
  SCIM_ASSIGN(Definition recorded, load_definition(db, name));
  SCIM_ASSIGN(const Definition followed, Updater(db, own).run(std::move(recorded), wanted));
  return record(db, name, followed);
}

Result<bool> is_current(Db& db, const OwnType& own) {
  SCIM_ASSIGN(const Definition recorded, load_definition(db, own.type->type->name));
  return recorded.is_object() && has_everything(recorded, definition_of(own));
}

/// Whoever else comes to update waits for the end of this transaction. unique: another one was making the table of definitions
/// at the same time, and it is there now.
DbResult<void> record_types_alone(Db& db) {
  const Dialect& dialect = db.dialect();
  const std::string table(kTypesTable);
  std::vector<std::string> statements = {"CREATE TABLE IF NOT EXISTS " + table + " (name TEXT PRIMARY KEY, definition TEXT NOT NULL)"};
  const bool has_one_writer = dialect.lock_rows.empty();
  if (!has_one_writer) {
    // A row that nobody sees, and that keeps the next one waiting who inserts it.
    statements.push_back("INSERT INTO " + table + " (name, definition) VALUES ('', '')");
    statements.push_back("DELETE FROM " + table + " WHERE name = ''");
    statements.emplace_back(dialect.take_time);
  }
  for (const std::string& statement : statements) {
    if (const auto done = db.run({statement, {}}); !done) return tl::unexpected<DbError>(done.error());
  }
  return {};
}

DbResult<void> begin_update(Db& db) {
  for (int attempt = 0;; ++attempt) {
    if (auto begun = db.begin(Db::Begin::write); !begun) return begun;
    auto alone = record_types_alone(db);
    if (alone) return alone;
    db.rollback();
    if (alone.error().kind != DbErrorKind::unique || attempt > 0) return alone;
  }
}

}  // namespace

Result<Titles> types_to_update(Db& db, const Mapping& mapping) {
  Titles titles;
  for (const OwnType& own : mapping.own) {
    SCIM_ASSIGN(const bool current, is_current(db, own));
    if (!current) titles.push_back("tables of the resource type " + own.type->type->name);
  }
  return titles;
}

namespace {

/// In one transaction: an earlier process may have done it meanwhile, and then there is nothing left.
Result<Titles> update_all(Db& db, const Mapping& mapping, Work work) {
  if (const auto begun = begin_update(db); !begun) return fail(told("preparing the database failed", begun.error()));
  Result<Titles> result = types_to_update(db, mapping);
  for (const OwnType& own : mapping.own) {
    const Result<void> updated = result ? update_type(db, own) : Result<void>();
    if (!updated) result = fail(updated.error());
  }
  if (result && work == Work::apply) {
    if (const auto committed = db.commit(); !committed) result = fail(told("preparing the database failed", committed.error()));
    else return result;
  }
  db.rollback();
  return result;
}

}  // namespace

Result<Titles> update_type_tables(Db& db, const Mapping& mapping, Work work) {
  SCIM_ASSIGN(Titles to_do, types_to_update(db, mapping));
  return to_do.empty() ? Result<Titles>(std::move(to_do)) : update_all(db, mapping, work);
}

}  // namespace scim::sql
