// SPDX-License-Identifier: MIT
#include "tests/bench/load_plan.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace bench {
namespace {

/// The next word, and the blank after it, taken off the front of `line`.
std::string_view take_word(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

Planned planned(std::string_view line, std::string_view headers) {
  const std::string_view method = take_word(line);
  const std::string_view target = take_word(line);
  const std::string status(take_word(line));
  Planned result;
  result.status = std::atoi(status.c_str());
  result.bytes.append(method).append(" ").append(target).append(" HTTP/1.1\r\n").append(headers);
  if (!line.empty()) {
    result.bytes.append("Content-Type: application/scim+json\r\nContent-Length: ").append(std::to_string(line.size()));
    result.bytes.append("\r\n");
  }
  result.bytes.append("\r\n").append(line);
  return result;
}

}  // namespace

std::vector<Planned> read_plan(const std::string& file, std::string_view headers) {
  std::vector<Planned> plan;
  std::ifstream in(file);
  std::string line;
  while (std::getline(in, line)) {
    plan.push_back(planned(line, headers));
    if (plan.back().status != 0) continue;
    std::fprintf(stderr, "bench_load: %s:%zu: no METHOD TARGET STATUS\n", file.c_str(), plan.size());
    return {};
  }
  if (plan.empty()) std::fprintf(stderr, "bench_load: %s: no requests\n", file.c_str());
  return plan;
}

}  // namespace bench
