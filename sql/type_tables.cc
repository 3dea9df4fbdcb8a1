// SPDX-License-Identifier: MIT
#include "sql/type_tables.h"

#include "core/text.h"
#include "sql/dialect.h"
#include "sql/document.h"
#include "sql/links.h"
#include "sql/own_types.h"

namespace scim::sql {
namespace {

constexpr std::string_view kTypesTable = "scim_types";
constexpr const Dialect& kDialect = kSqliteDialect;

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

std::string declared(const Json& entry) {
  const std::string type = text_of(entry, "type");
  return type == "integer" || type == "boolean" ? "INTEGER" : type == "decimal" ? "REAL" : "TEXT";
}

/// Follows one definition, in the caller's transaction for writing.
class Updater {
 public:
  Updater(Db& db, const OwnType& own)
      : db_(db), type_(*own.type), table_(identifier(type_.tables.front().name)), document_(identifier(type_.link.document.name)) {}

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
    SCIM_ASSIGN(const auto exists, first_text(db_, {"SELECT name FROM sqlite_master WHERE lower(name) = ?", {name}}));
    if (exists) {
      return fail(ErrorKind::invalid_value, "resource type " + quote(type_.type->name) + ": the database has a table " + quote(name) +
                                                " that scimctl has not made: rename one of them");
    }
    SCIM_TRY(execute("CREATE TABLE " + table_ +
                     " (key INTEGER PRIMARY KEY, id TEXT NOT NULL, external_id TEXT, created INTEGER NOT NULL, "
                     "last_modified INTEGER NOT NULL, version INTEGER NOT NULL DEFAULT 1, document TEXT) STRICT"));
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
    if (had.empty()) SCIM_TRY(execute("ALTER TABLE " + table_ + " ADD COLUMN " + identifier(has) + " TEXT"));
    const std::string function(after.contains("fold") ? kDialect.username : kDialect.fold);
    return execute("UPDATE " + table_ + " SET " + identifier(has) + " = " + function + '(' + column_name(after) + ')');
  }

  Result<void> move_to_column(const Json& entry) {
    const std::string path = literal(text_of(entry, "path"));
    SCIM_TRY(execute("ALTER TABLE " + table_ + " ADD COLUMN " + column_name(entry) + ' ' + declared(entry)));
    return execute("UPDATE " + table_ + " SET " + column_name(entry) + " = json_extract(" + document_ + ", " + path + "), " +
                   document_ + " = json_remove(" + document_ + ", " + path + ") WHERE " + in_document(entry));
  }

  Result<void> move_to_document(const Json& entry) {
    const std::string column = column_name(entry);
    const bool is_boolean = text_of(entry, "type") == "boolean";
    const std::string value = is_boolean ? "json(CASE WHEN " + column + " THEN 'true' ELSE 'false' END)" : column;
    SCIM_TRY(execute("UPDATE " + table_ + " SET " + document_ + " = json_set(" + with_parents(text_of(entry, "path")) + ", " +
                     literal(text_of(entry, "path")) + ", " + value + ") WHERE " + column + " IS NOT NULL"));
    if (entry.contains("key")) SCIM_TRY(execute("ALTER TABLE " + table_ + " DROP COLUMN " + identifier(text_of(entry, "key"))));
    return execute("ALTER TABLE " + table_ + " DROP COLUMN " + column);
  }

  /// The document with the objects that `path`, $."a"."b", lies in.
  std::string with_parents(const std::string& path) const {
    std::string sql = "coalesce(" + document_ + ", '{}')";
    for (std::size_t at = path.find("\".\""); at != std::string::npos; at = path.find("\".\"", at + 1)) {
      sql = "json_insert(" + sql + ", " + literal(path.substr(0, at + 1)) + ", json('{}'))";
    }
    return sql;
  }

  Result<void> make_unique(const std::string& path, const Json& entry) {
    if (!entry.contains("unique")) return {};
    const std::string unique = identifier(text_of(entry, "unique"));
    const auto made = db_.run({"CREATE UNIQUE INDEX " + index_of(entry) + " ON " + table_ + " (" + unique + ')', {}});
    if (made) return {};
    if (made.error().kind != DbErrorKind::unique) return fail(told(doing(), made.error()));
    SCIM_ASSIGN(const auto value, first_text(db_, {"SELECT min(" + column_name(entry) + ") FROM " + table_ + " WHERE " + unique +
                                                       " IS NOT NULL GROUP BY " + unique + " HAVING count(*) > 1 LIMIT 1", {}}));
    return fail(ErrorKind::invalid_value, doing() + ": " + path + " is to be unique, but several resources have " +
                                              quote(value.value_or("the same")) + ": change them first");
  }

  Result<void> refuse_values(const std::string& path, const Json& before, const Json& after) {
    SCIM_ASSIGN(const auto count, first_text(db_, {"SELECT count(*) FROM " + table_ + " WHERE " + has_value(before), {}}));
    if (count.value_or("0") == "0") return {};
    const bool is_renamed = before["type"] == after["type"] && before["path"] != after["path"];
    return fail(ErrorKind::invalid_value, doing() + ": " + path + (is_renamed ? " was spelled otherwise" : " was of another type (" +
                text_of(before, "type") + ')') + ", and " + *count + " resources have a value: give it another name, or clear them first");
  }

  std::string has_value(const Json& entry) const {
    return entry.contains("column") ? column_name(entry) + " IS NOT NULL" : in_document(entry);
  }
  std::string in_document(const Json& entry) const {
    const std::string type = "json_type(" + document_ + ", " + literal(text_of(entry, "path")) + ')';
    return "CASE WHEN json_valid(" + document_ + ") THEN " + type + " IS NOT NULL AND " + type + " <> 'null' END";
  }

  Result<void> execute(const std::string& sql) {
    if (const auto done = db_.run({sql, {}}); !done) return fail(told(doing(), done.error()));
    return {};
  }

  std::string doing() const { return "resource type " + quote(type_.type->name); }
  std::string index_of(const Json& entry) const {
    return identifier(type_.tables.front().name + '_' + text_of(entry, "column") + "_unique");
  }
  static std::string column_name(const Json& entry) { return identifier(text_of(entry, "column")); }

  Db& db_;
  const TypeMapping& type_;
  const std::string table_;
  const std::string document_;
};

/// null: nothing is recorded.
Result<Definition> load_definition(Db& db, const std::string& name) {
  SCIM_ASSIGN(const auto table, first_text(db, {"SELECT name FROM sqlite_master WHERE name = ?", {std::string(kTypesTable)}}));
  if (!table) return Definition(nullptr);
  SCIM_ASSIGN(const auto text, first_text(db, {"SELECT definition FROM " + std::string(kTypesTable) + " WHERE name = ?", {name}}));
  if (!text) return Definition(nullptr);
  Definition definition = Json::parse(*text, nullptr, false);
  if (definition.is_object()) return definition;
  return fail(ErrorKind::unavailable, "resource type " + quote(name) + ": scim_types.definition is damaged");
}

Result<void> record(Db& db, const std::string& name, const Definition& definition) {
  const std::string table(kTypesTable);
  if (const auto made = db.run({"CREATE TABLE IF NOT EXISTS " + table + " (name TEXT PRIMARY KEY, definition TEXT NOT NULL)", {}}); !made) {
    return fail(told("making " + table + " failed", made.error()));
  }
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

/// In one transaction: an earlier process may have done it meanwhile, and then there is nothing left.
Result<void> update_all(Db& db, const Mapping& mapping, Work work) {
  if (const auto begun = db.begin(Db::Begin::write); !begun) return fail(told("preparing the database failed", begun.error()));
  Result<void> result;
  for (const OwnType& own : mapping.own) {
    if (result) result = update_type(db, own);
  }
  if (result && work == Work::apply) {
    if (const auto committed = db.commit(); !committed) result = fail(told("preparing the database failed", committed.error()));
    else return result;
  }
  db.rollback();
  return result;
}

}  // namespace

Result<void> update_type_tables(Db& db, const Mapping& mapping, Work work) {
  for (const OwnType& own : mapping.own) {
    SCIM_ASSIGN(const bool current, is_current(db, own));
    if (!current) return update_all(db, mapping, work);
  }
  return {};
}

}  // namespace scim::sql
