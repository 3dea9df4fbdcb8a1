// SPDX-License-Identifier: MIT
// The command line of what puts filters, patches, requests and whole servers to the test.
#include <array>
#include <memory>

#include "cli/line/verb.h"

namespace scim::cli {
namespace {

void add_filter_test(CLI::App& verb, Parsing& parsing) {
  const auto test = std::make_shared<FilterTestCommand>();
  verb.add_option("FILTER", test->filter, "SCIM filter, see scim-filter(7)")->required()->type_name("");
  add_choice(verb, "--groups", test->kind, Kind::groups, "of groups, instead of users");
  verb.add_option("-f,--file", test->file, "search in these resources: JSON, a ListResponse or JSON lines; - is standard input")
      ->type_name("FILE");
  auto* why = add_choice(verb, "--why", test->reasons, FilterTestCommand::Reasons::shown, "show why each resource matches or does not");
  verb.add_option("--limit", test->limit, "with --why: so many resources (default: 20 of a database, all of a file)")
      ->type_name("N")
      ->check(never_negative())
      ->needs(why);
  choose(verb, parsing, [test] { return Command(*test); });
}

void add_patch_test(CLI::App& verb, Parsing& parsing) {
  const auto test = std::make_shared<PatchTestCommand>();
  add_type(verb, test->kind);
  verb.add_option("PATCH_FILE", test->patch_file, "PatchOp message; - is standard input")->required()->type_name("");
  verb.add_option("RESOURCE_FILE", test->resource_file, "the resource as JSON (default: one without any value)")->type_name("");
  add_dialect(verb, [test](std::optional<Dialect> dialect) { test->dialect = dialect; });
  add_choice(verb, "--diff", test->shown, PatchTestCommand::Shown::differences, "show what is different, as --dry-run does");
  choose(verb, parsing, [test] {
    if (test->patch_file == "-" && test->resource_file == "-") throw CLI::ExcludesError("PATCH_FILE -", "RESOURCE_FILE -");
    return Command(*test);
  });
}

void add_raw(CLI::App& verb, Parsing& parsing) {
  const auto raw = std::make_shared<RawCommand>();
  verb.add_option("METHOD", raw->method, "GET, POST, PUT, PATCH, DELETE")->required()->type_name("")->check(any_of("DELETE, GET, PATCH, POST, PUT"));
  verb.add_option("TARGET", raw->target, "below the base URL, percent-encoded: '/Users?count=1'")->required()->type_name("");
  verb.add_option("-f,--file", raw->file, "body; - is standard input")->type_name("FILE");
  add_if_match(verb, *raw);
  verb.add_option("--if-none-match", raw->if_none_match, "only if meta.version is another one")->type_name("VERSION");
  add_choice(verb, "-i,--include", raw->shows, RawCommand::Shows::headers_too, "print status and headers, too");
  add_choice(verb, "--as-curl", raw->does, RawCommand::Does::print_curl, "print the request as a command of curl instead of sending it");
  choose(verb, parsing, [raw, &globals = parsing.globals] {
    const bool would_be_sent = globals.effect == Effect::preview && raw->does == RawCommand::Does::send;
    if (would_be_sent) throw CLI::ExcludesError("raw", "--dry-run; --as-curl prints the request instead of sending it");
    return Command(*raw);
  });
}

void add_replay(CLI::App& verb, Parsing& parsing) {
  const auto replay = std::make_shared<ReplayCommand>();
  verb.add_option("FILE", replay->file, "the trace; - is standard input")->required()->type_name("");
  add_choice(verb, "--undo", replay->direction, ReplayCommand::Direction::undo,
             "restore what was before, the last change first; what has been changed since is left alone");
  add_consent(verb, parsing);
  choose(verb, parsing, [replay] { return Command(*replay); });
}

void add_conformance(CLI::App& verb, Parsing& parsing) {
  const auto conformance = std::make_shared<ConformanceCommand>();
  add_repeated(verb, "--only", conformance->only, "these checks: an id, a requirement (F-17) or its letters (F)")->type_name("CHECK");
  add_choice(verb, "--list", conformance->does, ConformanceCommand::Does::list, "list the checks; needs no server");
  add_choice(verb, "--strict", conformance->fail, ConformanceCommand::Fail::on_should_too, "what fails a SHOULD counts, too");
  verb.add_option("--junit", conformance->junit_file, "write the results to this file, too, as JUnit XML")->type_name("FILE");
  choose(verb, parsing, [conformance, &globals = parsing.globals] {
    if (globals.effect == Effect::preview) throw CLI::ExcludesError("conformance", "--dry-run");
    return Command(*conformance);
  });
}

constexpr std::array kVerbs = {
    Verb{"filter-test", "show what a filter means and what it finds", add_filter_test},
    Verb{"patch-test", "show what a PATCH makes of a resource, without a database", add_patch_test},
    Verb{"raw", "send one request as it is typed, and print the answer as it comes", add_raw},
    Verb{"replay", "send the requests of a trace (--trace) again, or undo them", add_replay},
    Verb{"conformance", "check a SCIM server against the RFCs, with users and groups made for it", add_conformance},
};

}  // namespace

std::span<const Verb> trial_verbs() { return kVerbs; }

}  // namespace scim::cli
