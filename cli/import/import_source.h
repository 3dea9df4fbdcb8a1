// SPDX-License-Identifier: MIT
// The records of a file -> resources, in a thread of its own, so that parsing costs the writer no time.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/files/channel.h"
#include "cli/files/record_source.h"
#include "core/adapter.h"
#include "core/config.h"
#include "core/resource.h"

namespace scim::cli {

/// A record as JSON. Those that were read together share the text of all of them.
struct Line {
  std::size_t number = 0;  ///< of the line where it begins, from 1
  std::shared_ptr<const std::string> block;
  std::size_t begin = 0;
  std::size_t size = 0;
  std::string original = {};  ///< as it stands in the file; "" if that is the JSON

  std::string_view text() const { return std::string_view(*block).substr(begin, size); }
};

struct ImportEntry {
  Line line;
  Result<Resource> resource;  ///< validated as the body of a POST
  std::vector<std::string> unknown = {};  ///< attributes that were passed over
};

/// JSON -> resource, as a POST has it; `schemas` may be missing. Const: safe to use from several threads.
class LineParser {
 public:
  /// All is borrowed.
  LineParser(const ResourceType& type, const Config& config, const Adapter* adapter)
      : type_(type), config_(config), adapter_(adapter) {}
  Result<Resource> parse(std::string_view text) const;
  /// Adds what is passed over to `unknown`.
  Result<Resource> parse(std::string_view text, std::vector<std::string>& unknown) const;

 private:
  const ResourceType& type_;
  const Config& config_;
  const Adapter* adapter_;
};

class ImportSource {
 public:
  /// Both are borrowed, and read by the thread until it has ended.
  ImportSource(RecordSource& records, const LineParser& parser);
  ~ImportSource();
  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;

  /// In the order of the file; nullopt: there are no more.
  std::optional<std::vector<ImportEntry>> next() { return channel_.pop(); }
  /// When next() has given all: why the rest of the file could not be understood.
  const Result<void>& outcome() const { return outcome_; }
  /// Those of next(), when they have been seen: memory is cheapest freed by the thread that has taken it, which also has
  /// the time.
  void give_back(std::vector<ImportEntry> entries);

 private:
  void read_all();
  void append(SourceRecord& record, std::vector<ImportEntry>& entries, const std::shared_ptr<std::string>& block) const;
  bool push(std::vector<ImportEntry>& entries, std::shared_ptr<std::string>& block);
  void free_spent();

  RecordSource& records_;
  const LineParser& parser_;
  Channel<std::vector<ImportEntry>> channel_;
  std::mutex mutex_;
  std::vector<std::vector<ImportEntry>> spent_;  // under the mutex
  Result<void> outcome_;  // written before the channel is closed
  std::thread thread_;
};

}  // namespace scim::cli
