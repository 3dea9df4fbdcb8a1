// SPDX-License-Identifier: MIT
#include "cli/import/import_source.h"

#include <exception>

#include "cli/files/input.h"
#include "cli/set_path.h"
#include "core/validate.h"

namespace scim::cli {
namespace {

/// What one thread hands to the other at once: at most so many resources, or the one that passes so many bytes.
constexpr std::size_t kEntries = 256;
constexpr std::size_t kBytes = 1 << 20;
constexpr std::size_t kWaiting = 8;

UnknownAttribute noting(UnknownAttribute policy) {
  switch (policy) {
    case UnknownAttribute::ignore:
    case UnknownAttribute::note: return UnknownAttribute::note;
    case UnknownAttribute::reject: break;
  }
  return UnknownAttribute::reject;
}

}  // namespace

Result<Resource> LineParser::parse(std::string_view text) const {
  std::vector<std::string> unknown;
  return parse(text, unknown);
}

Result<Resource> LineParser::parse(std::string_view text, std::vector<std::string>& unknown) const {
  try {
    SCIM_ASSIGN(Json body, parse_json(text, kFileLimits));
    if (!body.is_object()) return fail(ErrorKind::invalid_syntax, "a JSON object is wanted");
    if (find_member(body, "schemas") == nullptr) {
      body = with_canonical_names(body, type_);
      body["schemas"] = schemas_of(type_, body);
    }
    SCIM_ASSIGN(body, adapt_body(adapter_, type_, std::move(body)));
    Leniency leniency(config_.strict ? Dialect::rfc : Dialect::any, noting(config_.unknown));
    auto resource = resource_from_body(body, type_, leniency);
    unknown = leniency.noted();
    return resource;
  } catch (const std::exception& exception) {
    return fail(ErrorKind::internal, exception.what());
  }
}

ImportSource::ImportSource(RecordSource& records, const LineParser& parser)
    : records_(records), parser_(parser), channel_(kWaiting), thread_([this] { read_all(); }) {}

ImportSource::~ImportSource() {
  channel_.close();
  thread_.join();
}

void ImportSource::read_all() {
  std::vector<ImportEntry> entries;
  auto block = std::make_shared<std::string>();
  while (true) {
    auto record = records_.next();
    if (!record) {
      outcome_ = fail(std::move(record).error());
      break;
    }
    if (!*record) break;
    append(**record, entries, block);
    const bool is_full = entries.size() >= kEntries || block->size() >= kBytes;
    if (is_full && !push(entries, block)) return;
  }
  if (!entries.empty()) push(entries, block);
  channel_.close();
}

void ImportSource::append(SourceRecord& record, std::vector<ImportEntry>& entries, const std::shared_ptr<std::string>& block) const {
  const std::size_t size = record.json ? record.json->size() : 0;
  std::vector<std::string> unknown;
  Result<Resource> resource = record.json ? parser_.parse(*record.json, unknown) : Result<Resource>(fail(record.json.error()));
  entries.push_back({{record.line, block, block->size(), size, std::move(record.original)}, std::move(resource), std::move(unknown)});
  if (record.json) block->append(*record.json);
}

void ImportSource::give_back(std::vector<ImportEntry> entries) {
  const std::lock_guard lock(mutex_);
  spent_.push_back(std::move(entries));
}

void ImportSource::free_spent() {
  std::vector<std::vector<ImportEntry>> spent;  // freed when the mutex is free again
  const std::lock_guard lock(mutex_);
  spent.swap(spent_);
}

/// False: nobody wants more.
bool ImportSource::push(std::vector<ImportEntry>& entries, std::shared_ptr<std::string>& block) {
  const std::size_t size = block->size();
  block = std::make_shared<std::string>();
  block->reserve(size + size / 8);
  const bool goes_on = channel_.push(std::exchange(entries, {}));
  free_spent();
  entries.reserve(kEntries);
  return goes_on;
}

}  // namespace scim::cli
