// SPDX-License-Identifier: MIT
#include "cli/database.h"

#include <algorithm>
#include <numeric>
#include <ostream>

#include "cli/console_env.h"
#include "cli/interruption.h"
#include "cli/local.h"
#include "cli/output/progress.h"
#include "sql/bulk_load.h"
#include "sql/database_copy.h"
#include "sql/database_status.h"
#include "sql/database_url.h"

namespace scim::cli {
namespace {

/// A database as one configuration has it.
struct Site {
  Config config;
  sql::Served served;
  std::unique_ptr<Env> env;

  std::string url() const { return printable(sql::without_password(config.database_url)); }
};

Try<Site> site_of(Config config, Console& console) {
  auto served = sql::load_served(config);
  if (!served) return fail(Failure(ExitCode::usage, served.error()));
  auto env = console_env(console, config.log_level);
  return Site{std::move(config), *std::move(served), std::move(env)};
}

Try<Site> configured_site(const Globals& globals, Console& console) {
  SCIM_TRY(check_is_local(globals));
  SCIM_ASSIGN(Config config, configuration(globals));
  return site_of(std::move(config), console);
}

Try<Site> site_at(const std::string& url, const Globals& globals, Console& console) {
  SCIM_TRY(check_is_local(globals));
  SCIM_ASSIGN(Config config, configuration(globals));
  config.database_url = full_url(url);
  return site_of(std::move(config), console);
}

std::string counted(std::int64_t number, std::string_view noun) {
  return std::to_string(number) + ' ' + std::string(noun) + (number == 1 ? "" : "s");
}

Try<void> checked(const sql::DbResult<void>& done, const std::string& doing) {
  if (done) return {};
  Error error = sql::to_error(done.error());
  error.detail = doing + ": " + done.error().detail;
  return fail(std::move(error));
}

// --- db status, db migrate -----------------------------------------------------------------------------------------

/// A file that is not there is an empty database, and is not made by looking at it.
Try<sql::DatabaseStatus> status_of(const Site& site) {
  Config config = site.config;
  if (site.served.mapping.is_embedded && !database_exists(config)) config.database_url = "sqlite::memory:";
  SCIM_ASSIGN(const auto db, sql::open_database(config, sql::Open::existing, sql::Journal::as_it_is, *site.env));
  SCIM_ASSIGN(sql::DatabaseStatus status, sql::database_status(*db, site.served.mapping, sql::store_options(config)));
  return status;
}

std::string version_text(const sql::TableVersion& version) {
  return std::to_string(version.seen) + " of " + std::to_string(version.known);
}

std::vector<std::string> titles(const std::vector<sql::DatabaseStatus::Step>& steps) {
  std::vector<std::string> out;
  for (const auto& step : steps) out.push_back(step.title);
  return out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out.append(out.empty() ? "" : ", ").append(word);
  return out;
}

Json row_of(const sql::DatabaseStatus& status, const std::string& url) {
  Json tables = Json::array();
  for (const auto& table : status.tables) tables.push_back({{"name", table.name}, {"exists", table.exists}});
  return Json{{"database", url},
              {"kind", status.kind},
              {"server_version", status.server_version},
              {"version", status.version ? Json(status.version->seen) : Json()},
              {"known_version", status.version ? Json(status.version->known) : Json()},
              {"tables", std::move(tables)},
              {"migrate", titles(status.steps)}};
}

void print_text(const sql::DatabaseStatus& status, const std::string& url, std::ostream& out) {
  std::vector<std::string> missing;
  for (const auto& table : status.tables) {
    if (!table.exists) missing.push_back(table.name);
  }
  const std::size_t there = status.tables.size() - missing.size();
  out << "database: " << url << '\n' << "server: " << status.kind << ' ' << printable(status.server_version) << '\n';
  if (status.version) out << "version: " << version_text(*status.version) << '\n';
  out << "tables: " << there << " of " << status.tables.size() << (missing.empty() ? "" : ", missing: " + printable(joined(missing))) << '\n';
  out << "migrate: " << (status.steps.empty() ? "nothing to do" : printable(joined(titles(status.steps)))) << '\n';
}

/// What any client can run is one transaction, as it would be here.
void print_script(const sql::DatabaseStatus& status, std::ostream& out) {
  if (status.steps.empty()) return;
  if (status.are_steps_runnable) out << "BEGIN;\n";
  for (const auto& step : status.steps) {
    out << "-- " << printable(step.title) << '\n';
    if (!step.sql.empty()) out << step.sql << "\n\n";
  }
  if (status.are_steps_runnable) out << "COMMIT;\n";
}

/// As a script, or rows.
Try<void> print_steps(const sql::DatabaseStatus& status, const Globals& globals, Console& console) {
  if (!globals.format) {
    print_script(status, console.out);
    return {};
  }
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, {"step", "sql"}));
  Printer printer(console, std::move(columns), "step");
  for (const auto& step : status.steps) printer.add({{"step", step.title}, {"sql", step.sql.empty() ? Json() : Json(step.sql)}});
  printer.finish(Envelope{Envelope::Kind::array});
  return {};
}

std::string at_version(const sql::DatabaseStatus& status) {
  return status.version ? " is at version " + version_text(*status.version) : " is up to date";
}

// --- db copy, db verify --------------------------------------------------------------------------------------------

Try<std::unique_ptr<sql::Db>> open_existing(const Site& site) {
  if (!site.served.mapping.is_embedded) {
    return fail(Failure(ExitCode::usage, Error{ErrorKind::bad_request, "only databases of scimctl's own tables are copied and compared, not tables of an application", {}}));
  }
  SCIM_ASSIGN(auto db, sql::open_database(site.config, sql::Open::existing, sql::Journal::as_it_is, *site.env));
  return db;
}

std::int64_t total_rows(const std::vector<sql::ComparedTable>& tables) {
  return std::accumulate(tables.begin(), tables.end(), std::int64_t{0}, [](std::int64_t sum, const auto& t) { return sum + t.rows_from; });
}

Json row_of(const sql::ComparedTable& table) {
  return Json{{"table", table.name},
              {"from", table.rows_from},
              {"to", table.rows_to},
              {"differences", table.differences},
              {"first", table.first.empty() ? Json() : Json(table.first)}};
}

Result<std::vector<Column>> compared_columns(const Globals& globals) {
  return chosen_columns(globals.columns, {"table", "from", "to", "differences", "first"});
}

/// The tables, and in words whether they are the same.
ExitCode conclude(const std::vector<sql::ComparedTable>& tables, const std::vector<Column>& columns, Console& console) {
  Printer printer(console, columns, "table");
  for (const auto& table : tables) printer.add(row_of(table));
  printer.finish(Envelope{Envelope::Kind::array});
  const auto different = std::find_if(tables.begin(), tables.end(), [](const auto& table) { return table.differences > 0; });
  if (different == tables.end()) {
    console.say("scimctl: both have the same " + counted(total_rows(tables), "row"));
    return ExitCode::ok;
  }
  console.err << "scimctl: the databases differ, first in " << printable(different->name) << ": " << printable(different->first) << '\n';
  return ExitCode::different;
}

Result<std::vector<Column>> copied_columns(const Globals& globals) { return chosen_columns(globals.columns, {"table", "rows"}); }

void print_copied(const std::vector<sql::CopiedTable>& tables, const std::vector<Column>& columns, Console& console) {
  Printer printer(console, columns, "table");
  for (const auto& table : tables) printer.add({{"table", table.name}, {"rows", table.rows}});
  printer.finish(Envelope{Envelope::Kind::array});
}

/// One copy, in one transaction on each side.
class Copy {
 public:
  Copy(sql::Db& from, sql::SqlStore& target, const Site& to, Console& console)
      : from_(from), target_(target), to_(target.db()), mapping_(to.served.mapping), console_(console) {}
  Copy(const Copy&) = delete;
  Copy& operator=(const Copy&) = delete;
  ~Copy() {
    to_.rollback();
    from_.rollback();
  }

  Try<ExitCode> run(const DbCopyCommand& command, const std::vector<Column>& columns) {
    std::optional<Interruption> interruption;
    interruption.emplace([&] { console_.say("scimctl: interrupted: nothing was copied"); });
    SCIM_TRY(begin());
    SCIM_ASSIGN(const sql::CopyPlan plan, sql::plan_copy(from_, to_, mapping_));
    SCIM_TRY(sql::claim_tables(to_, plan));
    SCIM_ASSIGN(const auto copied, copy(plan));
    if (command.verify == DbCopyCommand::Verify::yes) {
      SCIM_ASSIGN(const ExitCode code, verify(plan, columns));
      if (code != ExitCode::ok) return code;  // nothing of it is kept
    } else {
      print_copied(copied, columns, console_);
    }
    interruption.reset();
    SCIM_TRY(checked(to_.commit(), "writing the target failed"));
    finish_target();
    return ExitCode::ok;
  }

 private:
  Try<void> begin() {
    SCIM_TRY(checked(sql::begin_load(to_, sql::Sync::full), "preparing the target failed"));
    SCIM_TRY(target_.leave_renderings());
    SCIM_TRY(sql::begin_whole(from_, sql::Db::Begin::read, "reading the source failed"));
    SCIM_TRY(sql::begin_whole(to_, sql::Db::Begin::write, "writing the target failed"));
    return {};
  }

  Try<std::vector<sql::CopiedTable>> copy(const sql::CopyPlan& plan) {
    ProgressLine progress(console_);
    SCIM_ASSIGN(auto copied, sql::copy_tables(from_, to_, plan, mapping_, [&](std::int64_t rows) { progress.show(static_cast<std::size_t>(rows)); }));
    std::int64_t rows = 0;
    for (const auto& table : copied) rows += table.rows;
    progress.clear();
    console_.say("scimctl: copied " + counted(rows, "row") + ", " + rate_text(static_cast<std::size_t>(rows), progress.elapsed()));
    return copied;
  }

  /// What is there before the commit is what it commits.
  Try<ExitCode> verify(const sql::CopyPlan& plan, const std::vector<Column>& columns) {
    ProgressLine progress(console_);
    SCIM_ASSIGN(const auto compared, sql::compare_tables(from_, to_, plan, [&](std::int64_t rows) { progress.show(static_cast<std::size_t>(rows)); }));
    progress.clear();
    return conclude(compared, columns, console_);
  }

  /// All is there already, only slower to read: what stands in the way here is no failure of the copy.
  void finish_target() {
    Result<bool> goes_on = true;
    while (goes_on && *goes_on) goes_on = target_.keep_missing_renderings();
    (void)sql::end_load(to_);
  }

  sql::Db& from_;
  sql::SqlStore& target_;
  sql::Db& to_;
  const sql::Mapping& mapping_;
  Console& console_;
};

}  // namespace

Try<ExitCode> run(const DbStatusCommand&, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const Site site, configured_site(globals, console));
  SCIM_ASSIGN(const sql::DatabaseStatus status, status_of(site));
  if (globals.format) {
    const std::vector<std::string> all = {"database", "kind", "server_version", "version", "known_version", "migrate"};
    SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, all));
    Printer printer(console, std::move(columns), "database");
    printer.add(row_of(status, site.url()));
    printer.finish(Envelope{});
  } else {
    print_text(status, site.url(), console.out);
  }
  return status.steps.empty() ? ExitCode::ok : ExitCode::different;
}

Try<ExitCode> run(const DbMigrateCommand&, const Globals& globals, Console& console) {
  SCIM_ASSIGN(Site site, configured_site(globals, console));
  if (globals.effect == Effect::preview) {
    SCIM_ASSIGN(const sql::DatabaseStatus before, status_of(site));
    SCIM_TRY(print_steps(before, globals, console));
    console.say("scimctl: " + counted(static_cast<std::int64_t>(before.steps.size()), "step") + " to do, nothing was changed");
    return ExitCode::ok;
  }
  // Whether or not there is something to do: another node may be doing it at this moment, and is waited for.
  SCIM_ASSIGN(const std::vector<std::string> made, sql::bring_up_to_date(site.config, site.served.mapping, *site.env));
  SCIM_ASSIGN(const sql::DatabaseStatus after, status_of(site));
  if (console.document_is_asked_for()) {
    console.print(Json{{"done", made}, {"version", after.version ? Json(after.version->seen) : Json()}});
  }
  for (const std::string& title : made) console.say("scimctl: made " + printable(title));
  console.say("scimctl: " + site.url() + at_version(after) + (made.empty() ? ", there was nothing to do" : ""));
  return ExitCode::ok;
}

Try<ExitCode> run(const DbCopyCommand& command, const Globals& globals, Console& console) {
  const bool verifies = command.verify == DbCopyCommand::Verify::yes;
  SCIM_ASSIGN(const std::vector<Column> columns, verifies ? compared_columns(globals) : copied_columns(globals));
  SCIM_ASSIGN(const Site source, site_at(command.from, globals, console));
  SCIM_ASSIGN(Site target, site_at(command.to, globals, console));
  SCIM_ASSIGN(const auto from, open_existing(source));
  SCIM_ASSIGN(const auto store, sql::open_store(target.config, target.served.mapping, *target.env));
  return Copy(*from, *store, target, console).run(command, columns);
}

Try<ExitCode> run(const DbVerifyCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const std::vector<Column> columns, compared_columns(globals));
  SCIM_ASSIGN(const Site source, site_at(command.from, globals, console));
  SCIM_ASSIGN(const Site target, site_at(command.to, globals, console));
  SCIM_ASSIGN(const auto from, open_existing(source));
  SCIM_ASSIGN(const auto to, open_existing(target));
  SCIM_TRY(sql::begin_whole(*from, sql::Db::Begin::read, "reading the source failed"));
  SCIM_TRY(sql::begin_whole(*to, sql::Db::Begin::read, "reading the target failed"));
  SCIM_ASSIGN(const sql::CopyPlan plan, sql::plan_copy(*from, *to, target.served.mapping));
  ProgressLine progress(console);
  SCIM_ASSIGN(const auto compared, sql::compare_tables(*from, *to, plan, [&](std::int64_t rows) { progress.show(static_cast<std::size_t>(rows)); }));
  progress.clear();
  return conclude(compared, columns, console);
}

}  // namespace scim::cli
