// SPDX-License-Identifier: MIT
// The lines of a file -> resources, in a thread of its own, so that parsing costs the writer no time.
#pragma once

#include <istream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "cli/channel.h"
#include "core/adapter.h"
#include "core/config.h"
#include "core/resource.h"

namespace scim::cli {

/// A line that is not blank.
struct Line {
  std::size_t number = 0;  ///< from 1
  std::string text;
};

struct ImportEntry {
  Line line;
  Result<Resource> resource;  ///< validated as the body of a POST
};

/// JSON -> resource, as a POST has it; `schemas` may be missing. Const: safe to use from several threads.
class LineParser {
 public:
  /// All is borrowed.
  LineParser(const ResourceType& type, const Config& config, const Adapter* adapter)
      : type_(type), config_(config), adapter_(adapter) {}
  Result<Resource> parse(std::string_view text) const;

 private:
  const ResourceType& type_;
  const Config& config_;
  const Adapter* adapter_;
};

class ImportSource {
 public:
  /// Both are borrowed, and read by the thread until it has ended.
  ImportSource(std::istream& in, const LineParser& parser);
  ~ImportSource();
  ImportSource(const ImportSource&) = delete;
  ImportSource& operator=(const ImportSource&) = delete;

  /// In the order of the file; nullopt: there are no more.
  std::optional<std::vector<ImportEntry>> next() { return channel_.pop(); }

 private:
  void read_all();

  std::istream& in_;
  const LineParser& parser_;
  Channel<std::vector<ImportEntry>> channel_;
  std::thread thread_;
};

}  // namespace scim::cli
