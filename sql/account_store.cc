// SPDX-License-Identifier: MIT
// The users of an application, for those who ask for access without a token.
#include "core/text.h"
#include "sql/compile.h"
#include "sql/document.h"
#include "sql/membership.h"
#include "sql/password.h"
#include "sql/sql_store.h"
#include "sql/write_columns.h"

namespace scim::sql {
namespace {

/// The type whose resources have a userName in a column; nullptr: there is none.
const TypeMapping* user_type(const Mapping& mapping) {
  for (const auto& type : mapping.types) {
    const auto column = type->columns.find(type->type->find("userName"));
    if (column != type->columns.end() && column->second.codec == Codec::text) return type.get();
  }
  return nullptr;
}

Predicate user_name_is(const TypeMapping& type, std::string_view user_name) {
  Predicate predicate;
  predicate.kind = Predicate::Kind::compare;
  predicate.attribute = type.type->find("userName");
  predicate.op = Op::eq;
  predicate.value = collation_key(user_name, predicate.attribute->collation);
  return predicate;
}

/// The password as the application keeps it.
std::string password_column(const TypeMapping& type) {
  const auto column = type.columns.find(type.type->find("password"));
  if (column == type.columns.end()) return "NULL";
  return column_of(alias_of("t", column->second.table), column->second.name);
}

PasswordScheme password_scheme_of(const TypeMapping& type) {
  const auto column = type.columns.find(type.type->find("password"));
  return column == type.columns.end() ? PasswordScheme::yescrypt : scheme_of(column->second);
}

/// Neither deactivated nor deleted; `active` may lie in a column or in the document.
std::string is_let_in(const TypeMapping& type, const Dialect& dialect, std::vector<int>& needs) {
  const std::string alive = living(type, "t", dialect);
  std::string condition = alive.empty() ? "true" : alive;
  const auto also = [&](int table, const std::string& expression) {
    if (table != 0) needs.push_back(table);
    condition += " AND coalesce(" + expression + ", true)";
  };
  const Attribute* attribute = type.type->find("active");
  const Column& document = type.link.document;
  if (const Column* active = active_column(type)) {
    also(active->table, shown_expression(alias_of("t", active->table), *active, dialect));
  } else if (attribute != nullptr && is_in_document(type, *attribute)) {
    const std::string value = document_value(valid_document(column_of(alias_of("t", document.table), document.name), dialect), *attribute, dialect);
    also(document.table, std::string(dialect.truth_start) + value + std::string(dialect.truth_end));
  }
  return condition;
}

Sql select_accounts(const TypeMapping& type, const CompileContext& context, std::string_view user_name) {
  std::vector<int> needs;
  const auto use = [&](const Column* column) {
    if (column != nullptr && column->table != 0) needs.push_back(column->table);
  };
  const Column& name = type.columns.at(type.type->find("userName"));
  const auto password = type.columns.find(type.type->find("password"));
  use(&name);
  for (const int table : living_tables(type)) needs.push_back(table);
  if (password != type.columns.end()) use(&password->second);
  Sql sql;
  sql << "SELECT " << shown_expression(alias_of("t", name.table), name, context.dialect) << ", "
      << is_let_in(type, context.dialect, needs) << ", "
      << (type.superuser.empty() ? "false" : column_of("t0", type.superuser)) << ", " << password_column(type) << " "
      << compile_from_where(user_name_is(type, user_name), type, context, needs);
  return sql;
}

}  // namespace

bool has_accounts(const Mapping& mapping) { return !mapping.is_embedded && user_type(mapping) != nullptr; }

Accounts* SqlStore::accounts() { return has_accounts(mapping_) ? this : nullptr; }

Result<std::optional<Account>> SqlStore::find_account(std::string_view user_name) {
  const TypeMapping& type = *user_type(mapping_);
  const auto cursor = db_.query(select_accounts(type, {mapping_, db_.dialect(), "", Visible::all}, user_name));
  if (!cursor) return fail(to_error(cursor.error()));
  std::vector<Account> alike;
  while (true) {
    const auto row = (*cursor)->next();
    if (!row) return fail(to_error(row.error()));
    if (!*row) break;
    const Cursor& account = **cursor;
    alike.push_back({std::string(account.text(0)), account.integer(1) != 0, account.integer(2) != 0, std::string(account.text(3))});
    if (alike.back().user_name == user_name) return std::move(alike.back());
  }
  if (alike.size() != 1) return std::nullopt;
  return std::move(alike.front());
}

bool SqlStore::verify(std::string_view clear, const Account& account) {
  constexpr std::size_t kTakenByAll = 72;
  if (is_password_hash(account.password) && clear.size() <= kTakenByAll) return verify_password(clear, account.password);
  // As slow for somebody who is not there, or has no password: a new hash is the same work.
  (void)hash_password(clear.empty() ? "-" : clear.substr(0, kTakenByAll), password_scheme_of(*user_type(mapping_)));
  return verify_password(clear, account.password);
}

}  // namespace scim::sql
