// SPDX-License-Identifier: MIT
#include "cli/import_source.h"

#include <exception>

#include "cli/input.h"
#include "cli/set_path.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

/// What one thread hands to the other at once: at most so many resources, or the one that passes so many bytes.
constexpr std::size_t kEntries = 256;
constexpr std::size_t kBytes = 1 << 20;
constexpr std::size_t kWaiting = 8;

}  // namespace

Result<Resource> LineParser::parse(std::string_view text) const {
  try {
    SCIM_ASSIGN(Json body, parse_json(text, kFileLimits));
    if (!body.is_object()) return fail(ErrorKind::invalid_syntax, "a JSON object is wanted");
    if (find_member(body, "schemas") == nullptr) {
      body = with_canonical_names(body, type_);
      body["schemas"] = schemas_of(type_, body);
    }
    SCIM_ASSIGN(body, adapt_body(adapter_, type_, std::move(body)));
    Leniency leniency(config_.strict ? Dialect::rfc : Dialect::any, config_.unknown);
    return resource_from_body(body, type_, leniency);
  } catch (const std::exception& exception) {
    return fail(ErrorKind::internal, exception.what());
  }
}

ImportSource::ImportSource(std::istream& in, const LineParser& parser)
    : in_(in), parser_(parser), channel_(kWaiting), thread_([this] { read_all(); }) {}

ImportSource::~ImportSource() {
  channel_.close();
  thread_.join();
}

void ImportSource::read_all() {
  std::vector<ImportEntry> entries;
  std::size_t bytes = 0;
  Line line;
  for (std::size_t number = 1; std::getline(in_, line.text); ++number) {
    if (line.text.find_first_not_of(" \t\r") == std::string::npos) continue;
    line.number = number;
    bytes += line.text.size();
    Result<Resource> resource = parser_.parse(line.text);
    entries.push_back({std::move(line), std::move(resource)});
    if (entries.size() < kEntries && bytes < kBytes) continue;
    if (!channel_.push(std::exchange(entries, {}))) return;
    bytes = 0;
  }
  if (!entries.empty()) channel_.push(std::move(entries));
  channel_.close();
}

}  // namespace scim::cli
