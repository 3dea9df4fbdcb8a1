// SPDX-License-Identifier: MIT
#include "cli/events/events.h"

#include <algorithm>
#include <thread>
#include <type_traits>
#include <utility>

#include "cli/events/event_queue.h"
#include "cli/events/event_sink.h"
#include "cli/files/input.h"
#include "cli/interruption.h"
#include "cli/local.h"
#include "cli/remote/origin.h"

namespace scim::cli {
namespace {

/// How often it is looked for what is new: an application that ends sessions waits no longer than that.
constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kReadAtOnce = 200;
/// Before the place is kept.
constexpr int kToldAtOnce = 50;

/// What becomes of errors of the database. With --follow those that mend themselves (it is locked, or starts again) are waited for,
/// longer each time, and said once.
class Patience {
 public:
  Patience(const EventsCommand& command, const Interruption& interruption, Console& console)
      : command_(command), interruption_(interruption), console_(console) {}

  /// What `action` has made of it, again and again until it is no such error.
  template <class Action>
  std::invoke_result_t<Action> keep_trying(Action action) {
    while (true) {
      auto done = action();
      if (done) set_well();
      if (done || !waits_for(done.error())) return done;
    }
  }

 private:
  static constexpr std::chrono::milliseconds kLongestPause{30'000};

  /// False: it is over.
  bool waits_for(const Error& error) {
    if (command_.lasts != EventsCommand::Lasts::for_ever || error.kind != ErrorKind::unavailable) return false;
    const std::string why = std::exchange(console_.reason, "");
    if (!is_waiting_) console_.say("scimctl: no events for now: " + error.detail + (why.empty() ? "" : " (" + why + ")") + "; they go on when it answers");
    is_waiting_ = true;
    const auto until = EventQueue::Clock::now() + pause_;
    while (EventQueue::Clock::now() < until && !interruption_.has_come()) std::this_thread::sleep_for(kTick);
    pause_ = std::min(2 * pause_, kLongestPause);
    return !interruption_.has_come();
  }

  void set_well() {
    if (is_waiting_) console_.say("scimctl: the database answers again");
    is_waiting_ = false;
    pause_ = kTick;
  }

  const EventsCommand& command_;
  const Interruption& interruption_;
  Console& console_;
  std::chrono::milliseconds pause_ = kTick;
  bool is_waiting_ = false;
};

class Feed {
 public:
  Feed(const EventsCommand& command, LocalBackend& backend, EventSink& sink, sql::ReadPositions start, const Interruption& interruption, Console& console)
      : command_(command), db_(backend.store().db()), sink_(sink), queue_(std::move(start)), interruption_(interruption), console_(console) {}

  /// False: it is over.
  Result<bool> turn() {
    SCIM_ASSIGN(const bool has_read, read());
    const bool has_told = tell_some();
    if (!sink_.tells_at_the_end()) SCIM_TRY(keep_place());
    if (is_broken_) return false;
    // What could not be told waits for the next time, unless somebody is to stay.
    const bool is_done = command_.lasts == EventsCommand::Lasts::till_the_end && !has_read && !has_told;
    if (is_done) return false;
    if (!has_read && !has_told) std::this_thread::sleep_for(kTick);
    return true;
  }

  /// Where the reader goes on.
  Result<void> keep_place() {
    if (command_.reader.empty()) return {};
    sql::ReadPositions told = queue_.told();
    if (kept_ == told) return {};
    SCIM_TRY(sql::move_reader(db_, command_.reader, told));
    kept_ = std::move(told);
    return {};
  }

  /// At the end: what could not be told.
  bool has_told_all() const { return queue_.empty() && !is_broken_; }

 private:
  Result<bool> read() {
    bool has_read = false;
    while (queue_.has_room()) {
      const auto rest = queue_.rest();
      if (!rest) break;
      SCIM_TRY(read_again(*rest));
      has_read = true;
    }
    if (!queue_.has_room()) return has_read;
    SCIM_ASSIGN(const std::vector<sql::LoggedEntry> entries, sql::entries_after(db_, queue_.added(), kReadAtOnce));
    for (const sql::LoggedEntry& entry : entries) {
      SCIM_ASSIGN(Event event, event_of(entry));
      queue_.add(std::move(event));
    }
    return has_read || !entries.empty();
  }

  Result<void> read_again(const EventQueue::Rest& rest) {
    std::vector<Event> events;
    sql::LogQuery query;
    query.resource = rest.resource;
    query.after_position = rest.position;
    SCIM_TRY(sql::for_each_entry(db_, query, [&](const sql::LoggedEntry& entry) -> Result<bool> {
      SCIM_ASSIGN(events.emplace_back(), event_of(entry));
      return events.size() < kReadAtOnce;
    }));
    queue_.add_again(rest, std::move(events));
    return {};
  }

  /// Some, and none twice: a webhook that hangs takes long for each.
  bool tell_some() {
    bool has_told = false;
    const auto now = EventQueue::Clock::now();
    for (int i = 0; i < kToldAtOnce && !interruption_.has_come(); ++i) {
      const Event* event = queue_.next(now);
      if (event == nullptr) break;
      const Result<void> told = event->is_for_nobody ? Result<void>() : sink_.tell(*event);
      if (told) {
        queue_.set_told(*event);
        has_told = true;
        continue;
      }
      // A reader that has gone does not come back.
      if (command_.sink == EventsCommand::Sink::output) {
        is_broken_ = true;
        return has_told;
      }
      console_.say("scimctl: event " + event->id + " (" + event->type + ") could not be told" + what_now() + ": " + printable(told.error().detail));
      queue_.set_failed(*event, EventQueue::Clock::now());
    }
    return has_told;
  }

  /// When it is tried again.
  std::string what_now() const {
    switch (command_.lasts) {
      case EventsCommand::Lasts::for_ever: return ", and will be again";
      case EventsCommand::Lasts::till_the_end: break;
    }
    return command_.reader.empty() ? "" : ", and will be by the next run of --reader " + printable(command_.reader);
  }

  const EventsCommand& command_;
  sql::Db& db_;
  EventSink& sink_;
  EventQueue queue_;
  const Interruption& interruption_;
  Console& console_;
  sql::ReadPositions kept_;
  bool is_broken_ = false;
};

bool is_open_to_others(const std::string& url) {
  const auto origin = origin_of(url);
  return origin && origin->scheme == "http" && !is_this_machine(*origin);
}

Try<std::unique_ptr<EventSink>> sink_of(const EventsCommand& command, Console& console) {
  switch (command.sink) {
    case EventsCommand::Sink::output: {
      const bool is_document = console.document_is_asked_for() && console.format != Format::jsonl;
      const bool is_array = is_document && command.lasts == EventsCommand::Lasts::till_the_end;
      return is_array ? print_array_of_events(console) : print_events(console);
    }
    case EventsCommand::Sink::command: return run_for_events(command.target, std::chrono::seconds(command.command_timeout));
    case EventsCommand::Sink::webhook: break;
  }
  SCIM_ASSIGN(std::string secret, read_input(command.secret_file, console.in));
  warn_of_readers(command.secret_file, "the secret", console);
  while (secret.ends_with('\n') || secret.ends_with('\r')) secret.pop_back();
  auto sink = post_events(command.target, secret, command.ca_file);
  if (sink && is_open_to_others(command.target)) console.say("scimctl: warning: events go to another machine by http, where who is on the way reads who did what");
  if (!sink) return fail(Failure(ExitCode::usage, sink.error()));
  return *std::move(sink);
}

Result<sql::ReadPositions> start_of(const EventsCommand& command, sql::Db& db) {
  sql::ReadPositions start;
  switch (command.from) {
    case EventsCommand::From::start: {
      SCIM_ASSIGN(start, sql::beginning_of_log(db));
      break;
    }
    case EventsCommand::From::end: {
      SCIM_ASSIGN(start, sql::end_of_log(db));
      break;
    }
  }
  if (command.reader.empty()) return start;
  SCIM_ASSIGN(start, sql::open_reader(db, command.reader, start));
  return start;
}

Try<ExitCode> list_readers(const Globals& globals, sql::Db& db, Console& console) {
  static const std::vector<std::string> kColumns = {"reader", "unread"};
  SCIM_ASSIGN(const std::vector<sql::LogReader> readers, sql::list_readers(db));
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, kColumns, {}));
  Printer printer(console, std::move(columns));
  for (const sql::LogReader& reader : readers) {
    SCIM_ASSIGN(const std::int64_t unread, sql::count_entries_after(db, reader.positions));
    printer.add({{"reader", reader.name}, {"unread", unread}});
  }
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

Try<ExitCode> forget(const EventsCommand& command, sql::Db& db, Console& console) {
  SCIM_ASSIGN(const bool is_forgotten, sql::forget_reader(db, command.reader));
  if (!is_forgotten) return fail(Failure(ExitCode::not_found, {ErrorKind::not_found, "nobody reads events as " + quote(command.reader), ""}));
  console.say("scimctl: " + quote(command.reader) + " is forgotten");
  return ExitCode::ok;
}

}  // namespace

Try<ExitCode> run(const EventsCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(const auto backend, LocalBackend::open(globals, console));
  sql::Db& db = backend->store().db();
  switch (command.does) {
    case EventsCommand::Does::list_readers: return list_readers(globals, db, console);
    case EventsCommand::Does::forget: return forget(command, db, console);
    case EventsCommand::Does::tell: break;
  }
  if (!backend->config().audit.enabled) {
    return fail(ErrorKind::bad_request, "events needs audit.enabled: without the audit log nobody hears of a write");
  }
  SCIM_ASSIGN(const auto sink, sink_of(command, console));
  const Interruption interruption;
  Patience patience(command, interruption, console);
  auto start = patience.keep_trying([&] { return start_of(command, db); });
  if (!start && interruption.has_come()) return ExitCode::ok;
  SCIM_ASSIGN(sql::ReadPositions from, std::move(start));
  Feed feed(command, *backend, *sink, std::move(from), interruption, console);
  bool goes_on = true;
  while (goes_on && !interruption.has_come()) {
    auto turned = patience.keep_trying([&] { return feed.turn(); });
    if (!turned && interruption.has_come()) break;
    SCIM_ASSIGN(goes_on, std::move(turned));
  }
  const bool is_finished = sink->finish().has_value();  // main says what is wrong with standard output
  if (is_finished) SCIM_TRY(feed.keep_place());
  return is_finished && (feed.has_told_all() || interruption.has_come()) ? ExitCode::ok : ExitCode::some_failed;
}

}  // namespace scim::cli
