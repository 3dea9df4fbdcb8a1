// SPDX-License-Identifier: MIT
// The rows of one query's page, from its statement to the bytes: row_search.cc reads the rows, row_lists.cc what their lists
// have, row_writer.cc writes them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sql/membership.h"
#include "sql/page_rows.h"
#include "sql/row_plan.h"
#include "sql/rows.h"
#include "sql/statement.h"

namespace scim::sql {

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

/// At most how many resources can match; an upper bound that is seldom known.
std::int64_t most_matches(const Predicate& predicate);

/// The rows of one query's page, from the statement to the bytes.
class RowSearch {
 public:
  RowSearch(Db& db, const Query& query, const CompileContext& context, Unseen& unseen);
  RowSearch(Db& db, const Query& query, const CompileContext& context, Unseen& unseen, Purpose purpose);

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
  /// Of renderings (Purpose::keep).
  std::int64_t shape() const { return plan_.shape; }

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
  Result<void> read_direct_groups(Node& node, const ElementSink& sink);
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
  void write_open_location(std::string_view id, JsonWriter& out) const;
  std::string entity_tag(const PageRow& row) const;
  /// What read_lists() has found for a row.
  std::string_view elements_of(const Node& node, std::size_t index) const;
  bool has_value(const Node& node, std::size_t index) const;
  Result<void> write_node(Node& node, std::size_t index, JsonWriter& out);
  Result<void> read_unkept();
  Result<void> write_kept(std::size_t index, JsonWriter& out);
  Result<void> fill_gap(char gap, std::size_t index, JsonWriter& out);
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
  std::string location_text_;    // location_prefix() of the type as a JSON text; "": not made yet

  std::string version_;
  std::unique_ptr<RowSearch> unkept_;  // the rows of the page that have no rendering; nullptr: all have
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

}  // namespace scim::sql
