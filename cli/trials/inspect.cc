// SPDX-License-Identifier: MIT
// Parse, bind, compile, plan, match: each stage printed.
#include "cli/trials/inspect.h"

#include <ostream>
#include <sstream>

#include "cli/local.h"
#include "cli/trials/filter_sql.h"
#include "cli/trials/matches.h"
#include "cli/trials/preview.h"
#include "core/text.h"
#include "core/why.h"

namespace scim::cli {
namespace {

constexpr std::string_view kIndent = "  ";
/// Resources of a database whose reasons are shown.
constexpr std::int64_t kExplained = 20;

/// All that is known of a filter before it is tried.
struct Analysis {
  const std::string& filter;
  const ResourceType& type;
  const BoundFilter& bound;
  FilterSql sqlite;
  FilterSql postgresql;
  FilterPlan plan;
};

std::string indented(std::string_view text, std::string_view indent) {
  std::string out(indent);
  for (const char c : text) {
    out += c;
    if (c == '\n') out += indent;
  }
  return out;
}

/// Prints while resources are tried: there may be many.
class Report {
 public:
  virtual ~Report() = default;
  virtual void begin(const Analysis& analysis) = 0;
  virtual void add(const Tried& tried) = 0;
  /// nullopt: there was nothing to try the filter on, or it could not be read to the end.
  virtual void end(const std::optional<Trial>& trial) = 0;
};

class TextReport : public Report {
 public:
  TextReport(std::ostream& out, FilterTestCommand::Reasons reasons) : out_(out), reasons_(reasons) {}

  void begin(const Analysis& analysis) override {
    out_ << "Tree\n" << tree_text(analysis.bound.filter, 1);
    out_ << "Normalised\n" << indented(printable_lines(to_text(analysis.bound.predicate)), kIndent) << '\n';
    print(analysis.sqlite, out_);
    print(analysis.postgresql, out_);
    print(analysis.plan, out_);
  }
  void add(const Tried& tried) override {
    if (!std::exchange(has_reasons_, true)) out_ << "Why\n";
    const std::string text = tried_text(tried);
    out_ << indented(std::string_view(text).substr(0, text.size() - 1), kIndent) << '\n';
  }
  void end(const std::optional<Trial>& trial) override {
    if (!trial) return;
    const bool are_more = reasons_ == FilterTestCommand::Reasons::shown && trial->seen < trial->total;
    if (are_more && !has_reasons_) out_ << "Why\n";
    if (are_more) out_ << kIndent << trial->total - trial->seen << " more are not shown (--limit)\n";
    out_ << "Matches: " << trial->matches.size() << '\n';
    for (const Json& row : trial->matches) out_ << kIndent << row_text(row) << '\n';
  }

 private:
  std::ostream& out_;
  const FilterTestCommand::Reasons reasons_;
  bool has_reasons_ = false;
};

/// One object, whose list of reasons is written as it comes.
class JsonReport : public Report {
 public:
  JsonReport(std::ostream& out, FilterTestCommand::Reasons reasons) : out_(out), reasons_(reasons) {}

  void begin(const Analysis& analysis) override {
    const Json head = {{"filter", analysis.filter},
                       {"resourceType", analysis.type.name},
                       {"tree", tree_json(analysis.bound.filter)},
                       {"normalised", to_text(analysis.bound.predicate)},
                       {"sql", {{"sqlite", to_json(analysis.sqlite)}, {"postgresql", to_json(analysis.postgresql)}}},
                       {"plan", to_json(analysis.plan)}};
    const std::string text = printable_lines(pretty_json(head));
    out_ << std::string_view(text).substr(0, text.rfind('}') - 1);
  }
  void add(const Tried& tried) override {
    out_ << (std::exchange(has_reasons_, true) ? ",\n" : ",\n  \"why\": [\n") << value(to_json(tried), "    ");
  }
  void end(const std::optional<Trial>& trial) override {
    if (has_reasons_) out_ << "\n  ]";
    else if (reasons_ == FilterTestCommand::Reasons::shown) out_ << ",\n  \"why\": []";
    if (trial && reasons_ == FilterTestCommand::Reasons::shown) out_ << ",\n  \"notExplained\": " << trial->total - trial->seen;
    const std::string matches = trial ? value(trial->matches, kIndent) : "  null";
    out_ << ",\n  \"matches\": " << std::string_view(matches).substr(kIndent.size()) << "\n}\n";
  }

 private:
  static std::string value(const Json& json, std::string_view indent) {
    const std::string text = printable_lines(pretty_json(json));
    return indented(std::string_view(text).substr(0, text.size() - 1), indent);
  }

  std::ostream& out_;
  const FilterTestCommand::Reasons reasons_;
  bool has_reasons_ = false;
};

/// The same object, in a form that is written when all of it is there.
class DocumentReport : public Report {
 public:
  DocumentReport(Console& console, FilterTestCommand::Reasons reasons) : console_(console), json_(text_, reasons) {}
  void begin(const Analysis& analysis) override { json_.begin(analysis); }
  void add(const Tried& tried) override { json_.add(tried); }
  void end(const std::optional<Trial>& trial) override {
    json_.end(trial);
    console_.print(Json::parse(text_.str()));
  }

 private:
  Console& console_;
  std::ostringstream text_;
  JsonReport json_;
};

std::unique_ptr<Report> report_for(const FilterTestCommand& command, Console& console) {
  const bool is_document = console.format == Format::yaml || console.format == Format::jsonl;
  if (is_document) return std::make_unique<DocumentReport>(console, command.reasons);
  if (console.json_is_asked_for()) return std::make_unique<JsonReport>(console.out, command.reasons);
  return std::make_unique<TextReport>(console.out, command.reasons);
}

std::optional<std::int64_t> explained(const FilterTestCommand& command) {
  if (command.reasons == FilterTestCommand::Reasons::left_out) return std::nullopt;
  return command.limit.value_or(command.file.empty() ? kExplained : std::numeric_limits<std::int64_t>::max());
}

/// The server that is searched; nullptr: a file is, or nothing.
Try<std::unique_ptr<Backend>> searched_backend(const FilterTestCommand& command, const Config& config, const Globals& globals, Console& console) {
  if (!command.file.empty() || (!globals.remote.is_wanted() && !database_exists(config))) return nullptr;
  return Backend::open(globals, console);
}

/// How the database at hand would run it. A server elsewhere keeps that to itself.
FilterPlan plan_of(const Filter& filter, const ResourceType& type, const FilterAdvisor& advisor, const Globals& globals) {
  if (!globals.remote.is_wanted()) return advisor.plan(filter, type);
  const std::string& server = globals.remote.url.empty() ? globals.remote.profile : globals.remote.url;
  FilterPlan plan;
  plan.unknown = "only " + server + " knows how it searches";
  return plan;
}

/// nullopt: there is nothing to try it on.
Try<std::optional<Trial>> try_filter(const FilterTestCommand& command, const TriedFilter& filter, const Config& config, Backend* backend,
                                     Console& console, const SeeTried& see) {
  if (!command.file.empty()) return try_on_file(filter, command.file, console.in, see);
  if (backend != nullptr) return try_on_server(filter, *backend, see);
  console.say("scimctl: there is no database " + printable(config.database_url) +
              ": nothing to match (-f FILE names resources, --db another database)");
  return std::nullopt;
}

}  // namespace

std::string tree_text(const Filter& filter, int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) out += kIndent;
  out += printable(node_text(filter)) + '\n';
  for (const Filter& child : filter.children) out += tree_text(child, depth + 1);
  return out;
}

Json tree_json(const Filter& filter) {
  Json node = Json::object();
  switch (filter.kind) {
    case Filter::Kind::and_: node["kind"] = "and"; break;
    case Filter::Kind::or_: node["kind"] = "or"; break;
    case Filter::Kind::not_: node["kind"] = "not"; break;
    case Filter::Kind::compare:
      return Json{{"kind", "compare"}, {"path", filter.path.text()}, {"op", std::string(to_string(filter.op))}, {"value", filter.literal}};
    case Filter::Kind::present: return Json{{"kind", "present"}, {"path", filter.path.text()}};
    case Filter::Kind::value_path:
      node["kind"] = "one of";
      node["path"] = filter.path.text();
      break;
  }
  node["children"] = Json::array();
  for (const Filter& child : filter.children) node["children"].push_back(tree_json(child));
  return node;
}

Try<ExitCode> run(const FilterTestCommand& command, const Globals& globals, Console& console) {
  SCIM_TRY(check_wants_no_rows(globals, "filter-test"));
  SCIM_ASSIGN(const Config config, configuration(globals));
  SCIM_ASSIGN(sql::Served served, sql::load_served(config));
  SCIM_ASSIGN(const ResourceType* type, type_of(*served.registry, command.kind));
  SCIM_ASSIGN(const BoundFilter bound, bind_filter(command.filter, *type, *served.registry));
  // It makes the tables of ours that are missing, so it comes before the plan; whether it answers matters to the matches only.
  const auto backend = searched_backend(command, config, globals, console);
  const FilterAdvisor advisor(config, served);
  const Analysis analysis{command.filter, *type, bound, advisor.sqlite(bound.filter, type->name),
                          advisor.postgresql(bound.filter, type->name), plan_of(bound.filter, *type, advisor, globals)};
  const auto report = report_for(command, console);
  report->begin(analysis);
  const TriedFilter filter{command.filter, bound, *type, explained(command)};
  const auto see = [&](const Tried& tried) { report->add(tried); };
  const auto trial = backend ? try_filter(command, filter, config, backend->get(), console, see) : fail(backend.error());
  report->end(trial.value_or(std::nullopt));
  if (!trial) return fail(trial.error());
  return *trial && (*trial)->matches.empty() ? ExitCode::different : ExitCode::ok;
}

}  // namespace scim::cli
