// SPDX-License-Identifier: MIT
#include "sql/rows.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include "core/text.h"
#include "sql/block_counts.h"
#include "sql/document.h"
#include "sql/membership.h"
#include "sql/page.h"
#include "sql/page_rows.h"
#include "sql/row_plan.h"
#include "sql/scope.h"

namespace scim::sql {
namespace {

template <class Action>
Result<void> for_each_row(Db& db, const Sql& sql, Action action) {
  DbResult<std::unique_ptr<Cursor>> cursor = db.query(sql);
  if (!cursor) return fail(to_error(cursor.error()));
  while (true) {
    const DbResult<bool> has_row = (*cursor)->next();
    if (!has_row) return fail(to_error(has_row.error()));
    if (!*has_row) return {};
    action(**cursor);
  }
}

using PageRow = PageRows::Row;

/// A value that is not NULL.
template <class Row>
void write_value(JsonWriter& out, Shown shown, const Row& row, int column) {
  switch (shown) {
    case Shown::text: return out.string(row.text(column));
    case Shown::integer: return out.integer(row.integer(column));
    case Shown::decimal: return out.decimal(row.decimal(column));
    case Shown::boolean: return out.boolean(row.integer(column) != 0);
    case Shown::instant: return out.string(format_instant(Instant(std::chrono::microseconds(row.integer(column)))));
  }
}

/// Keys that a database may find equal and C++ does not: 1 and 1.0, "Bob" and "BOB" in a column without case.
bool is_alike(const Cell& a, const Cell& b) {
  const auto* a_text = std::get_if<std::string>(&a);
  const auto* b_text = std::get_if<std::string>(&b);
  if (a_text != nullptr && b_text != nullptr) return equal_ignoring_case(*a_text, *b_text);
  const auto number = [](const Cell& cell) {
    const auto* integer = std::get_if<std::int64_t>(&cell);
    const auto* decimal = std::get_if<double>(&cell);
    return integer != nullptr ? static_cast<double>(*integer) : decimal != nullptr ? *decimal : std::nan("");
  };
  return number(a) == number(b);
}

/// At most how many resources can match; an upper bound that is seldom known.
std::int64_t most_matches(const Predicate& predicate) {
  if (predicate.kind == Predicate::Kind::never) return 0;
  if (predicate.kind == Predicate::Kind::id) return std::ssize(predicate.ids);
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (predicate.kind != Predicate::Kind::and_) return most;
  for (const Predicate& child : predicate.children) most = std::min(most, most_matches(child));
  return most;
}

/// Whoever looks up one resource needs its entity tag, whatever is shown of it.
EntityTag wanted_tag(const Query& query) { return most_matches(*query.where) <= 1 ? EntityTag::always : EntityTag::if_shown; }

std::shared_ptr<RowPlan> plan_of(const TypeMapping& type, const Query& query, const CompileContext& context) {
  const EntityTag tag = wanted_tag(query);
  if (context.plans != nullptr) return context.plans->plan(type, *query.projection, context, tag);
  return std::make_shared<RowPlan>(plan_rows(type, *query.projection, context, tag));
}

/// The rows of one query's page, from the statement to the bytes.
class Search {
 public:
  Search(Db& db, const Query& query, const CompileContext& context, Unseen& unseen)
      : db_(db),
        query_(query),
        context_(context),
        unseen_(unseen),
        type_(context.mapping.of(*query.type)),
        kept_plan_(plan_of(type_, query, context)),
        plan_(*kept_plan_) {}

  /// The page that Query::offset and Query::limit mean.
  Result<void> read();
  /// The rows with these keys.
  Result<void> read(const std::vector<Cell>& keys);
  std::int64_t count() const { return static_cast<std::int64_t>(page_.size()); }
  /// Of the query, if it has shown.
  const std::optional<std::int64_t>& total() const { return total_; }
  /// Looks for the members without an id that write() would meet, so that what it writes stays.
  Result<void> foresee();
  /// Of the only row, "" if there are several.
  std::string only_version() const { return page_.size() == 1 ? entity_tag(page_[0]) : std::string(); }
  /// In the order of the page; nothing was unseen.
  Result<void> write(std::size_t index, JsonWriter& out);
  Result<void> write(const Cell& key, JsonWriter& out);
  /// Of what was written last.
  const std::string& version() const { return version_; }

 private:
  /// The elements of one list for each row of the page, separated by commas; empty: no row has any.
  using Elements = std::vector<JsonWriter>;
  using ElementSink = std::function<JsonWriter&(const Cell& owner)>;

  Sql select(const Sql& also, std::int64_t offset) const;
  Sql lookup() const;
  Result<void> read_page(const Sql& sql);
  void index_keys();
  const Sql& of_page(KeyedSql& statement);
  /// For what is thrown away.
  JsonWriter& nobodys() {
    nobodys_ = JsonWriter();
    return nobodys_;
  }
  std::optional<std::size_t> row_of(const Cell& key);

  Result<void> read_all_lists();
  Result<bool> read_together();
  std::vector<Node*> nodes_by_list();
  const ResourceType& group_type(const Node& node) const { return *type_.reverse.at(node.attribute).group_type; }
  void write_element(const Node& node, const Cursor& row, const Json* beside, JsonWriter& out) const;
  Result<void> probe_lists();
  Result<void> read_lists(std::vector<Node>& nodes);
  Result<void> read_list(Node& node);
  Result<void> read_elements(Node& node, const ElementSink& sink);
  Result<void> read_members(Node& node, const ElementSink& sink);
  Result<void> read_groups(Node& node, const ElementSink& sink);
  void write_parts(const std::vector<Node>& parts, const Cursor& row, const Json* beside, JsonWriter& out) const;
  void write_column_element(const Node& node, std::size_t index, JsonWriter& out) const;
  void write_document_element(const Node& node, const Json& element, JsonWriter& out) const;
  void write_document(const Node& node, std::size_t index, JsonWriter& out) const;
  /// What the document has beside a row of a list, nullptr: nothing.
  const Json* beside_row(const Node& node, const Cursor& row, std::set<const Json*>& used);
  void write_without_row(const Node& node, const ElementSink& sink) const;
  /// The value in the document, nullptr: none.
  const Json* in_document(const Node& node, std::size_t index) const;
  void write_member(const Node& node, const Cursor& row, const ResourceType& shown, std::string_view type_text,
                    JsonWriter& out);

  /// Valid until the next call.
  const std::string& location(const ResourceType& type, std::string_view id);
  void write_schemas(const PageRow& row, JsonWriter& out) const;
  void write_meta(const PageRow& row, JsonWriter& out);
  std::string entity_tag(const PageRow& row) const;
  /// What read_lists() has found for a row.
  std::string_view elements_of(const Node& node, std::size_t index) const;
  bool has_value(const Node& node, std::size_t index) const;
  Result<void> write_node(Node& node, std::size_t index, JsonWriter& out);
  /// A membership may be very long: that of a single resource goes straight out.
  bool is_streamed(const Node& node) const { return node.kind == Node::Kind::members && page_.size() == 1; }

  Db& db_;
  const Query& query_;
  const CompileContext& context_;
  Unseen& unseen_;
  const TypeMapping& type_;

  std::shared_ptr<RowPlan> kept_plan_;
  RowPlan& plan_;

  std::string location_;  // the last one
  const ResourceType* located_type_ = nullptr;
  std::size_t prefix_size_ = 0;  // of location_, without the id

  std::string version_;
  std::optional<std::int64_t> total_;
  PageRows page_;
  std::vector<Json> documents_;  // by row of the page, where the type has documents
  std::vector<Cell> keys_;
  std::vector<std::size_t> by_key_;  // rows, in the order of their keys
  std::size_t last_row_ = 0;         // that row_of() found
  std::vector<Elements> lists_;
  std::optional<bool> is_nested_;  // whether groups of the page are in other groups; nullopt: not looked yet
  std::vector<bool> has_rows_;  // by list: false: nobody on the page has an element
  bool is_run_ = false;  // lists are read for all keys between the first and the last, others' too
  // A row of a list whose owner is none of `keys_`: the database finds values equal that differ here, as 1 and "1".
  bool has_stray_owner_ = false;
  JsonWriter nobodys_;
};

Result<void> Search::read() {
  if (query_.where->kind == Predicate::Kind::id && query_.where->ids.size() == 1) return read_page(lookup());
  Sql from_here;
  std::int64_t offset = query_.offset;
  if (offset > 0 && counts_blocks(query_, context_)) {
    SCIM_ASSIGN(const BlockPosition position, find_block(db_, query_, context_));
    total_ = position.total;
    from_here << key_of(type_, "t") << " >= " << Bind{position.first_key};
    offset = position.offset;
  }
  return read_page(select(from_here, offset));
}

/// The page from `offset` on, of the rows for which `also` is true.
Sql Search::select(const Sql& also, std::int64_t offset) const {
  Sql sql;
  sql << "SELECT " << plan_.columns.list << " " << compile_from_where(*query_.where, type_, context_, plan_.needs, also)
      << " ORDER BY " << key_of(type_, "t") << " LIMIT " << Bind{query_.limit} << " OFFSET " << Bind{offset};
  return sql;
}

/// select() of one id, of which most statements are: made once.
Sql Search::lookup() const {
  std::vector<Cell> binds = plan_.columns.list.binds;
  const std::vector<std::string> ids = kept_ids(type_.link.id, query_.where->ids.front());
  binds.insert(binds.end(), ids.begin(), ids.end());
  binds.insert(binds.end(), {query_.limit, query_.offset});
  std::string& text = plan_.by_id.at(ids.size());
  if (!text.empty()) return {text, std::move(binds)};
  Sql sql = select({}, query_.offset);
  if (sql.binds == binds) text = sql.text;
  return sql;
}

Result<void> Search::read(const std::vector<Cell>& keys) {
  Sql these;
  these << key_of(type_, "t") << KeyedSql::keys();
  Sql select;
  select << "SELECT " << plan_.columns.list << " " << compile_from_where(Predicate(), type_, context_, plan_.needs, these);
  KeyedSql statement(select);
  return read_page(statement.with(keys));
}

Result<void> Search::read_page(const Sql& sql) {
  SCIM_TRY(for_each_row(db_, sql, [&](const Cursor& cursor) {
    page_.add(cursor, plan_.columns.count);
    const PageRow row = page_.back();
    keys_.push_back(row.cell(plan_.key));
    if (row.is_null(plan_.id)) unseen_[&type_].insert(keys_.back());
    for (const RowPlan::ReferenceColumn& reference : plan_.references) {
      if (row.integer(reference.is_unseen) != 0) unseen_[reference.other].insert(row.cell(reference.key));
    }
    if (plan_.document >= 0) documents_.push_back(parse_document(row.text(plan_.document)));
  }));
  if (!unseen_.empty()) return {};
  index_keys();
  lists_.resize(plan_.list_count);
  SCIM_TRY(read_all_lists());
  if (has_stray_owner_) return fail(ErrorKind::internal, "the mapping joins columns of different types");
  return {};
}

void Search::index_keys() {
  by_key_.resize(keys_.size());
  std::iota(by_key_.begin(), by_key_.end(), std::size_t{0});
  const auto is_before = [&](std::size_t a, std::size_t b) { return keys_[a] < keys_[b]; };
  if (!std::is_sorted(by_key_.begin(), by_key_.end(), is_before)) std::sort(by_key_.begin(), by_key_.end(), is_before);
  if (!context_.mapping.is_embedded || keys_.size() < 2) return;
  const auto* first = std::get_if<std::int64_t>(&keys_[by_key_.front()]);
  const auto* last = std::get_if<std::int64_t>(&keys_[by_key_.back()]);
  constexpr std::int64_t kMostGaps = 2;  // of a run, for each of its rows
  is_run_ = first != nullptr && last != nullptr && *last - *first <= kMostGaps * std::ssize(keys_);
}

/// Keys of tables of ours are given out one after the other: those of most pages are one run with few gaps, which is walked
/// faster than key by key.
const Sql& Search::of_page(KeyedSql& statement) {
  if (!is_run_) return statement.with(keys_);
  return statement.between(keys_[by_key_.front()], keys_[by_key_.back()]);
}

/// Rows of lists come owner by owner.
std::optional<std::size_t> Search::row_of(const Cell& key) {
  if (last_row_ < keys_.size() && keys_[last_row_] == key) return last_row_;
  const auto found = std::lower_bound(by_key_.begin(), by_key_.end(), key,
                                      [&](std::size_t row, const Cell& sought) { return keys_[row] < sought; });
  if (found == by_key_.end() || keys_[*found] != key) return std::nullopt;
  last_row_ = *found;
  return last_row_;
}

Result<void> Search::read_all_lists() {
  if (page_.size() == 0) return {};
  if (page_.size() == 1 && !plan_.together.text.empty()) {
    SCIM_ASSIGN(const bool is_done, read_together());
    if (is_done) return {};
    lists_.assign(plan_.list_count, {});
  }
  SCIM_TRY(probe_lists());
  return read_lists(plan_.nodes);
}

/// False: the rows did not come in their order, or groups are nested: each list is to be read by itself.
Result<bool> Search::read_together() {
  plan_.together.binds = {keys_.front()};
  const std::vector<Node*> nodes = nodes_by_list();
  bool is_in_order = true;
  std::int64_t last_list = -1;
  std::int64_t last_key = 0;
  SCIM_TRY(for_each_row(db_, plan_.together, [&](const Cursor& cursor) {
    const std::int64_t list = cursor.integer(kOwner);
    if (list == kIsNested) {
      is_nested_ = cursor.integer(kOwner + 1) != 0;
      is_in_order = is_in_order && !*is_nested_;
      return;
    }
    const Node& node = *nodes[static_cast<std::size_t>(list)];
    const std::int64_t key = cursor.integer(node.column_count);
    is_in_order = is_in_order && (list != last_list || key > last_key);
    last_list = list;
    last_key = key;
    Elements& elements = lists_[node.list];
    if (elements.empty()) elements.resize(1);
    if (node.kind == Node::Kind::groups) write_member(node, cursor, group_type(node), "direct", elements.front());
    else write_element(node, cursor, nullptr, elements.front());
  }));
  return is_in_order;
}

std::vector<Node*> Search::nodes_by_list() {
  std::vector<Node*> nodes(plan_.list_count);
  const auto add = [&](auto& self, std::vector<Node>& children) -> void {
    for (Node& node : children) {
      if (node.kind == Node::Kind::object) self(self, node.children);
      else if (node.column_count > 0) nodes[node.list] = &node;
    }
  };
  add(add, plan_.nodes);
  return nodes;
}

Result<void> Search::probe_lists() {
  has_rows_.assign(plan_.list_count, true);
  if (plan_.probe.text.empty()) return {};
  plan_.probe.binds = {keys_[by_key_.front()], keys_[by_key_.back()]};
  return for_each_row(db_, plan_.probe, [&](const Cursor& cursor) {
    for (std::size_t list = 0; list < plan_.list_count; ++list) has_rows_[list] = cursor.integer(static_cast<int>(list)) != 0;
  });
}

Result<void> Search::read_lists(std::vector<Node>& nodes) {
  for (Node& node : nodes) {
    if (is_streamed(node)) continue;
    switch (node.kind) {
      case Node::Kind::object: SCIM_TRY(read_lists(node.children)); break;
      case Node::Kind::list:
      case Node::Kind::members:
      case Node::Kind::groups:
        if (has_rows_[node.list] || node.first_key_column >= 0) SCIM_TRY(read_list(node));
        break;
      case Node::Kind::leaf:
      case Node::Kind::constant:
      case Node::Kind::document:
      case Node::Kind::element: break;
    }
  }
  return {};
}

Result<void> Search::read_list(Node& node) {
  Elements& elements = lists_[node.list];
  const ElementSink sink = [&](const Cell& owner) -> JsonWriter& {
    if (elements.empty()) elements.resize(page_.size());
    if (const auto row = row_of(owner)) return elements[*row];
    if (is_run_) return nobodys();
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      if (is_alike(keys_[i], owner)) return elements[i];
    }
    has_stray_owner_ = true;
    return nobodys();
  };
  if (node.kind == Node::Kind::members) return read_members(node, sink);
  if (node.kind == Node::Kind::groups) return read_groups(node, sink);
  return read_elements(node, sink);
}

/// One element as an object; nothing if all its parts are NULL.
void Search::write_parts(const std::vector<Node>& parts, const Cursor& row, const Json* beside, JsonWriter& out) const {
  const auto in_document = [&](const Node& part) {
    const bool is_there = part.kind == Node::Kind::document && beside != nullptr && beside->contains(part.attribute->name);
    return is_there ? &beside->at(part.attribute->name) : nullptr;
  };
  const auto has_value = [&](const Node& part) {
    return part.column >= 0 ? !row.is_null(part.column) : part.constant == nullptr && in_document(part) != nullptr;
  };
  if (std::none_of(parts.begin(), parts.end(), has_value)) return;
  out.begin_object();
  for (const Node& part : parts) {
    if (part.constant == nullptr && !has_value(part)) continue;
    out.quoted_key(part.key);
    if (part.constant != nullptr) out.value(*part.constant);
    else if (part.column >= 0) write_value(out, part.shown, row, part.column);
    else out.value(*in_document(part));
  }
  out.end_object();
}

const Json* Search::beside_row(const Node& node, const Cursor& row, std::set<const Json*>& used) {
  const ListTable& list = type_.lists.at(node.attribute);
  const auto owner = row_of(row.cell(kOwner));
  const Json* elements = owner ? find_value(documents_[*owner], *node.attribute) : nullptr;
  if (elements == nullptr || !elements->is_array()) return nullptr;
  const std::vector<const Attribute*> keys = document_key(list);
  const auto is_of_row = [&](const Json& element) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      JsonWriter shown;
      const int column = node.first_key_column + static_cast<int>(i);
      if (row.is_null(column)) shown.null();
      else write_value(shown, shown_as(list.columns.at(keys[i]).codec), row, column);
      if (!element.is_object() || to_text(element.value(keys[i]->name, Json())) != shown.text()) return false;
    }
    return true;
  };
  const auto found = std::find_if(elements->begin(), elements->end(), [&](const Json& element) {
    return !used.contains(&element) && is_of_row(element);
  });
  if (found == elements->end()) return nullptr;
  used.insert(&*found);
  return &*found;
}

/// Elements that have no part with a column stand in the document alone.
void Search::write_without_row(const Node& node, const ElementSink& sink) const {
  const ListTable& list = type_.lists.at(node.attribute);
  const auto has_row = [&](const Json& element) {
    return std::any_of(list.columns.begin(), list.columns.end(), [&](const auto& part) { return element.contains(part.first->name); });
  };
  for (std::size_t i = 0; i < page_.size(); ++i) {
    const Json* elements = in_document(node, i);
    if (elements == nullptr || !elements->is_array()) continue;
    for (const Json& element : *elements) {
      if (element.is_object() && !has_row(element)) write_document_element(node, element, sink(keys_[i]));
    }
  }
}

void Search::write_element(const Node& node, const Cursor& row, const Json* beside, JsonWriter& out) const {
  if (node.attribute->type == Type::complex) return write_parts(node.children, row, beside, out);
  const Node& part = node.children.front();
  if (!row.is_null(part.column)) write_value(out, part.shown, row, part.column);
}

Result<void> Search::read_elements(Node& node, const ElementSink& sink) {
  const bool has_document_parts = node.first_key_column >= 0;
  std::set<const Json*> used;
  SCIM_TRY(for_each_row(db_, of_page(node.statements.front()), [&](const Cursor& cursor) {
    JsonWriter& out = sink(cursor.cell(kOwner));
    write_element(node, cursor, has_document_parts ? beside_row(node, cursor, used) : nullptr, out);
  }));
  if (has_document_parts) write_without_row(node, sink);
  return {};
}

void Search::write_member(const Node& node, const Cursor& row, const ResourceType& shown, std::string_view type_text,
                          JsonWriter& out) {
  out.begin_object();
  for (const Node& part : node.children) {
    switch (part.member_part) {
      case MemberPart::value:
        out.quoted_key(part.key);
        out.string(row.text(kId));
        break;
      case MemberPart::ref:
        out.quoted_key(part.key);
        out.string(location(shown, row.text(kId)));
        break;
      case MemberPart::type:
        out.quoted_key(part.key);
        out.string(type_text);
        break;
      case MemberPart::display:
        if (row.is_null(kDisplay)) break;
        out.quoted_key(part.key);
        out.string(row.text(kDisplay));
        break;
      case MemberPart::other: break;
    }
  }
  out.end_object();
}

Result<void> Search::read_members(Node& node, const ElementSink& sink) {
  const std::vector<MemberTable>& tables = type_.members.at(node.attribute);
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const TypeMapping& member = context_.mapping.of(*tables[i].member_type);
    // Not of_page(): a group that is no row of the page may have very many.
    SCIM_TRY(for_each_row(db_, node.statements[i].with(keys_), [&](const Cursor& cursor) {
      if (cursor.is_null(kId)) unseen_[&member].insert(cursor.cell(kKey));
      write_member(node, cursor, *member.type, member.type->name, sink(cursor.cell(kOwner)));
    }));
  }
  return {};
}

Result<void> Search::foresee() {
  for (Node& node : plan_.nodes) {
    if (!is_streamed(node)) continue;
    for (Node::WithoutId& without : node.without_id) {
      const auto note = [&](const Cursor& cursor) { unseen_[without.member].insert(cursor.cell(0)); };
      SCIM_TRY(for_each_row(db_, without.statement.with(keys_), note));
    }
  }
  return {};
}

Result<void> Search::read_groups(Node& node, const ElementSink& sink) {
  const TypeMapping& group = context_.mapping.of(*type_.reverse.at(node.attribute).group_type);
  if (node.shortcut && !is_nested_) {
    const auto see = [&](const Cursor& cursor) { is_nested_ = cursor.integer(0) != 0; };
    SCIM_TRY(for_each_row(db_, of_page(node.shortcut->is_nested), see));
  }
  KeyedSql& statement = !node.shortcut || *is_nested_ ? node.statements.front() : node.shortcut->direct;
  return for_each_row(db_, of_page(statement), [&](const Cursor& cursor) {
    if (cursor.is_null(kId)) unseen_[&group].insert(cursor.cell(kKey));
    const std::string_view type_text = cursor.integer(kIsDirect) != 0 ? "direct" : "indirect";
    write_member(node, cursor, *group.type, type_text, sink(cursor.cell(kOwner)));
  });
}

const std::string& Search::location(const ResourceType& type, std::string_view id) {
  if (located_type_ != &type) {
    location_ = location_prefix(type, context_.base_url);
    located_type_ = &type;
    prefix_size_ = location_.size();
  }
  location_.resize(prefix_size_);
  return location_ += percent_encode(id);
}

void Search::write_schemas(const PageRow& row, JsonWriter& out) const {
  out.key("schemas");
  out.begin_array();
  out.string(type_.type->schema);
  for (const RowPlan::Extension& extension : plan_.extensions) {
    if (row.integer(extension.column) != 0) out.string(extension.attribute->name);
  }
  out.end_array();
}

void Search::write_meta(const PageRow& row, JsonWriter& out) {
  const Attribute* meta = type_.type->find("meta");
  if (meta == nullptr || !query_.projection->wants(*meta)) return;
  out.key("meta");
  out.begin_object();
  for (const Attribute& part : meta->sub_attributes) {
    if (!query_.projection->wants(part)) continue;
    const auto instant = [&](int column) {
      if (column < 0 || row.is_null(column)) return;
      out.key(part.name);
      write_value(out, Shown::instant, row, column);
    };
    const auto text = [&](std::string_view value) {
      out.key(part.name);
      out.string(value);
    };
    switch (link_part(part)) {
      case LinkPart::resource_type: text(type_.type->name); break;
      case LinkPart::created: instant(plan_.created); break;
      case LinkPart::last_modified: instant(plan_.last_modified); break;
      case LinkPart::location:
        text(location(*type_.type, row.text(plan_.id)));
        break;
      case LinkPart::version:
        text(entity_tag(row));
        break;
      case LinkPart::none:
      case LinkPart::id:
      case LinkPart::external_id: break;
    }
  }
  out.end_object();
}

const Json* Search::in_document(const Node& node, std::size_t index) const {
  return plan_.document < 0 ? nullptr : find_value(documents_[index], *node.attribute);
}

/// Whether what stands in a list of the document can be an element of it.
bool is_element(const Attribute& list, const Json& element) { return (list.type == Type::complex) == element.is_object(); }

void Search::write_document_element(const Node& node, const Json& element, JsonWriter& out) const {
  if (node.children.empty() || !element.is_object()) return out.value(element);
  out.begin_object();
  for (const Node& part : node.children) {
    const auto value = element.find(part.attribute->name);
    if (value == element.end()) continue;
    out.quoted_key(part.key);
    out.value(*value);
  }
  out.end_object();
}

void Search::write_document(const Node& node, std::size_t index, JsonWriter& out) const {
  const Json& value = *in_document(node, index);
  if (!node.attribute->multi_valued || !value.is_array()) return out.value(value);
  out.begin_array();
  for (const Json& element : value) {
    if (is_element(*node.attribute, element)) write_document_element(node, element, out);
  }
  out.end_array();
}

/// The element that is a column with what the mapping and the document add to it, then the others of the document.
void Search::write_column_element(const Node& node, std::size_t index, JsonWriter& out) const {
  const PageRow row = page_[index];
  const Json* list = in_document(node, index);
  const bool has_list = list != nullptr && list->is_array() && !list->empty();
  out.begin_array();
  if (!row.is_null(node.column) && node.attribute->type != Type::complex) {
    write_value(out, node.shown, row, node.column);
  } else if (!row.is_null(node.column)) {
    out.begin_object();
    for (const Node& part : node.children) {
      const Json* more = has_list && list->front().contains(part.attribute->name) ? &list->front()[part.attribute->name] : nullptr;
      if (part.column < 0 && part.constant == nullptr && more == nullptr) continue;
      out.quoted_key(part.key);
      if (part.column >= 0) write_value(out, node.shown, row, part.column);
      else out.value(part.constant != nullptr ? *part.constant : *more);
    }
    out.end_object();
  }
  for (std::size_t i = 1; has_list && i < list->size(); ++i) {
    if (is_element(*node.attribute, (*list)[i])) write_document_element(node, (*list)[i], out);
  }
  out.end_array();
}

/// meta.version: a counter or a hash.
std::string Search::entity_tag(const PageRow& row) const {
  if (plan_.version < 0) return {};
  const std::string version = type_.link.version.is_mapped() ? std::to_string(row.integer(plan_.version)) : std::string(row.text(plan_.version));
  return std::string(kVersionPrefix) + version + std::string(kVersionSuffix);
}

std::string_view Search::elements_of(const Node& node, std::size_t index) const {
  const Elements& elements = lists_[node.list];
  return elements.empty() ? std::string_view() : elements[index].text();
}

bool Search::has_value(const Node& node, std::size_t index) const {
  switch (node.kind) {
    case Node::Kind::leaf: return !page_[index].is_null(node.column);
    case Node::Kind::object:
      return std::any_of(node.children.begin(), node.children.end(),
                         [&](const Node& child) { return has_value(child, index); });
    case Node::Kind::list:
    case Node::Kind::groups: return !elements_of(node, index).empty();
    case Node::Kind::members: return true;  // an empty group shows that it is empty
    case Node::Kind::constant: return true;
    case Node::Kind::document: return in_document(node, index) != nullptr;
    case Node::Kind::element: {
      const Json* rest = in_document(node, index);
      return !page_[index].is_null(node.column) || (rest != nullptr && rest->size() > 1);
    }
  }
  return false;
}

Result<void> Search::write_node(Node& node, std::size_t index, JsonWriter& out) {
  if (!has_value(node, index)) return {};
  out.quoted_key(node.key);
  switch (node.kind) {
    case Node::Kind::leaf: write_value(out, node.shown, page_[index], node.column); return {};
    case Node::Kind::constant: out.value(*node.constant); return {};
    case Node::Kind::document: write_document(node, index, out); return {};
    case Node::Kind::element: write_column_element(node, index, out); return {};
    case Node::Kind::object:
      out.begin_object();
      for (Node& child : node.children) SCIM_TRY(write_node(child, index, out));
      out.end_object();
      return {};
    case Node::Kind::list:
    case Node::Kind::groups:
    case Node::Kind::members: break;
  }
  out.begin_array();
  if (is_streamed(node)) {
    SCIM_TRY(read_members(node, [&](const Cell&) -> JsonWriter& { return out; }));
  } else if (const std::string_view elements = elements_of(node, index); !elements.empty()) {
    out.raw(elements);
  }
  out.end_array();
  return {};
}

Result<void> Search::write(std::size_t index, JsonWriter& out) {
  const PageRow row = page_[index];
  out.begin_object();
  write_schemas(row, out);
  out.key("id");
  out.string(row.text(plan_.id));
  if (plan_.external_id >= 0 && !row.is_null(plan_.external_id)) {
    out.key("externalId");
    out.string(row.text(plan_.external_id));
  }
  for (Node& node : plan_.nodes) SCIM_TRY(write_node(node, index, out));
  write_meta(row, out);
  out.end_object();
  version_ = entity_tag(row);
  return {};
}

Result<void> Search::write(const Cell& key, JsonWriter& out) {
  const std::optional<std::size_t> row = row_of(key);
  if (!row) return fail(ErrorKind::internal, "a row has gone within a transaction");
  return write(*row, out);
}

/// Most lists and every lookup: what matches, as it comes, in one statement.
Result<Found> write_plain(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  Found found;
  Search search(db, query, context, unseen);
  if (query.limit > 0) SCIM_TRY(search.read());
  if (query.announce && search.count() > 0) SCIM_TRY(search.foresee());
  if (!unseen.empty()) return found;
  if (query.announce && search.count() > 0 && query.announce(search.only_version()) == Want::nothing) {
    found.returned = search.count();
    found.version = search.only_version();
    return found;
  }
  for (; found.returned < search.count(); ++found.returned) SCIM_TRY(search.write(static_cast<std::size_t>(found.returned), out));
  found.version = search.version();
  const bool is_last_page = found.returned < query.limit && (found.returned > 0 || query.offset == 0);
  const bool is_all = query.offset == 0 && search.count() >= most_matches(*query.where);
  if (is_last_page || is_all) {
    found.total = query.offset + found.returned;
    return found;
  }
  if (search.total()) {
    found.total = *search.total();
    return found;
  }
  SCIM_ASSIGN(found.total, count_rows(db, query, context));
  return found;
}

Result<std::int64_t> count_all(Db& db, std::span<const Query> queries, const CompileContext& context) {
  std::int64_t total = 0;
  for (const Query& query : queries) {
    SCIM_ASSIGN(const std::int64_t count, count_rows(db, query, context));
    total += count;
  }
  return total;
}

}  // namespace

Result<Found> write_rows(Db& db, std::span<const Query> queries, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  const bool is_plain = queries.size() == 1 && !queries.front().sort && queries.front().paging == Paging::by_index;
  if (is_plain) return write_plain(db, queries.front(), context, out, unseen);
  SCIM_ASSIGN(const Page page, find_page(db, queries, context));
  std::map<std::size_t, std::vector<Cell>> keys;
  for (const Hit& hit : page.hits) keys[hit.query].push_back(hit.key);
  std::map<std::size_t, Search> searches;
  for (const auto& [query, of_query] : keys) {
    Search& search = searches.try_emplace(query, db, queries[query], context, unseen).first->second;
    SCIM_TRY(search.read(of_query));
    if (queries.front().announce) SCIM_TRY(search.foresee());
  }
  Found found;
  if (!unseen.empty()) return found;
  if (queries.front().announce && queries.front().announce({}) == Want::nothing) return found;
  for (const Hit& hit : page.hits) {
    Search& search = searches.at(hit.query);
    SCIM_TRY(search.write(hit.key, out));
    found.version = search.version();
  }
  found.returned = std::ssize(page.hits);
  if (queries.front().paging == Paging::by_position && !page.hits.empty()) {
    found.first = position_of(page.hits.front(), queries);
    found.last = position_of(page.hits.back(), queries);
    found.has_before = page.has_before;
    found.has_after = page.has_after;
  }
  if (page.total) {
    found.total = *page.total;
    return found;
  }
  SCIM_ASSIGN(found.total, count_all(db, queries, context));
  return found;
}

Result<Found> write_rows(Db& db, const Query& query, const CompileContext& context, JsonWriter& out, Unseen& unseen) {
  return write_rows(db, std::span(&query, 1), context, out, unseen);
}

Result<std::vector<Resource>> read_rows(Db& db, const Query& query, const CompileContext& context, Unseen& unseen) {
  JsonWriter out;
  out.begin_array();
  SCIM_TRY(write_rows(db, query, context, out, unseen));
  if (!unseen.empty()) return std::vector<Resource>();
  out.end_array();
  // Our own text, and values as the application has them: what a client may not send can stand there.
  Json bodies = Json::parse(out.text(), nullptr, false);
  if (bodies.is_discarded()) return fail(ErrorKind::internal, "a resource could not be read back");
  std::vector<Resource> resources;
  for (Json& body : bodies) resources.push_back({query.type, std::move(body)});
  return resources;
}

}  // namespace scim::sql
