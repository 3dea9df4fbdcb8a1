// SPDX-License-Identifier: MIT
#include "sql/row_search.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "sql/block_counts.h"
#include "sql/document.h"
#include "sql/rendering.h"

namespace scim::sql {

std::int64_t most_matches(const Predicate& predicate) {
  if (predicate.kind == Predicate::Kind::never) return 0;
  if (predicate.kind == Predicate::Kind::id) return std::ssize(predicate.ids);
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  if (predicate.kind != Predicate::Kind::and_) return most;
  for (const Predicate& child : predicate.children) most = std::min(most, most_matches(child));
  return most;
}

namespace {

/// Whoever looks up one resource needs its entity tag, whatever is shown of it.
EntityTag wanted_tag(const Query& query) { return most_matches(*query.where) <= 1 ? EntityTag::always : EntityTag::if_shown; }

std::shared_ptr<RowPlan> plan_of(const TypeMapping& type, const Query& query, const CompileContext& context, Purpose purpose) {
  const EntityTag tag = wanted_tag(query);
  if (context.plans != nullptr) return context.plans->plan(type, *query.projection, context, tag, purpose);
  return std::make_shared<RowPlan>(plan_rows(type, *query.projection, context, tag, purpose));
}

}  // namespace

RowSearch::RowSearch(Db& db, const Query& query, const CompileContext& context, Unseen& unseen)
    : RowSearch(db, query, context, unseen, Purpose::show_kept) {}

RowSearch::RowSearch(Db& db, const Query& query, const CompileContext& context, Unseen& unseen, Purpose purpose)
    : db_(db),
      query_(query),
      context_(context),
      unseen_(unseen),
      type_(context.mapping.of(*query.type)),
      kept_plan_(plan_of(type_, query, context, purpose)),
      plan_(*kept_plan_) {}

Result<void> RowSearch::read() {
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
Sql RowSearch::select(const Sql& also, std::int64_t offset) const {
  Sql sql;
  sql << "SELECT " << plan_.columns.list << " " << compile_from_where(*query_.where, type_, context_, plan_.needs, also)
      << " ORDER BY " << key_of(type_, "t") << " LIMIT " << Bind{query_.limit} << " OFFSET " << Bind{offset};
  return sql;
}

/// select() of one id, of which most statements are: made once.
Sql RowSearch::lookup() const {
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

Result<void> RowSearch::read(const std::vector<Cell>& keys) {
  if (!plan_.by_keys) {
    Sql these;
    these << key_of(type_, "t") << KeyedSql::keys();
    Sql select;
    select << "SELECT " << plan_.columns.list << " " << compile_from_where(Predicate(), type_, context_, plan_.needs, these);
    plan_.by_keys = KeyedSql(select);
  }
  return read_page(plan_.by_keys->with(keys));
}

Result<void> RowSearch::read_page(const Sql& sql) {
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
  if (plan_.rendering >= 0) SCIM_TRY(read_unkept());
  index_keys();
  lists_.resize(plan_.list_count);
  SCIM_TRY(read_all_lists());
  if (has_stray_owner_) return fail(ErrorKind::internal, "the mapping joins columns of different types");
  return {};
}

Result<void> RowSearch::read_unkept() {
  std::vector<Cell> keys;
  for (std::size_t i = 0; i < page_.size(); ++i) {
    if (page_[i].is_null(plan_.rendering)) keys.push_back(keys_[i]);
  }
  if (keys.empty()) return {};
  unkept_ = std::make_unique<RowSearch>(db_, query_, context_, unseen_, Purpose::show);
  return unkept_->read(keys);
}

void RowSearch::index_keys() {
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
const Sql& RowSearch::of_page(KeyedSql& statement) {
  if (!is_run_) return statement.with(keys_);
  return statement.between(keys_[by_key_.front()], keys_[by_key_.back()]);
}

/// Rows of lists come owner by owner.
std::optional<std::size_t> RowSearch::row_of(const Cell& key) {
  if (last_row_ < keys_.size() && keys_[last_row_] == key) return last_row_;
  const auto found = std::lower_bound(by_key_.begin(), by_key_.end(), key,
                                      [&](std::size_t row, const Cell& sought) { return keys_[row] < sought; });
  if (found == by_key_.end() || keys_[*found] != key) return std::nullopt;
  last_row_ = *found;
  return last_row_;
}

Result<void> RowSearch::read_all_lists() {
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
Result<bool> RowSearch::read_together() {
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

std::vector<Node*> RowSearch::nodes_by_list() {
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

Result<void> RowSearch::probe_lists() {
  has_rows_.assign(plan_.list_count, true);
  if (plan_.probe.text.empty()) return {};
  plan_.probe.binds = {keys_[by_key_.front()], keys_[by_key_.back()]};
  return for_each_row(db_, plan_.probe, [&](const Cursor& cursor) {
    for (std::size_t list = 0; list < plan_.list_count; ++list) has_rows_[list] = cursor.integer(static_cast<int>(list)) != 0;
  });
}

Result<void> RowSearch::foresee() {
  if (unkept_) SCIM_TRY(unkept_->foresee());
  for (Node& node : plan_.nodes) {
    if (!is_streamed(node)) continue;
    for (Node::WithoutId& without : node.without_id) {
      const auto note = [&](const Cursor& cursor) { unseen_[without.member].insert(cursor.cell(0)); };
      SCIM_TRY(for_each_row(db_, without.statement.with(keys_), note));
    }
  }
  return {};
}

}  // namespace scim::sql
