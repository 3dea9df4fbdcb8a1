// SPDX-License-Identifier: MIT
// What was asked of a service and what it has acknowledged, held against what a database has afterwards.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace scim::test {

/// A resource by its name, and what it looks like; absent ones are not there.
using Looks = std::map<std::string, std::string>;

/// Used by many threads; each resource is written by one of them.
class WriteHistory {
 public:
  inline static const std::string kAbsent = "absent";
  /// One request: which state, counted from 0, it makes of each of its resources.
  using Write = std::map<std::string, std::size_t>;

  WriteHistory() = default;
  WriteHistory(const WriteHistory& other) {
    const std::lock_guard lock(other.mutex_);
    lines_ = other.lines_;
    writes_ = other.writes_;
  }
  WriteHistory& operator=(const WriteHistory&) = delete;

  /// A request that makes all of `looks` at once is about to be sent.
  Write begin(const Looks& looks) {
    const std::lock_guard lock(mutex_);
    Write write;
    for (const auto& [name, look] : looks) {
      lines_[name].states.push_back(look);
      write[name] = lines_[name].states.size() - 1;
    }
    writes_.push_back(write);
    return write;
  }
  void acknowledge(const Write& write) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, state] : write) lines_[name].acknowledged = state;
  }
  /// It was answered that it has not been done.
  void refuse(const Write& write) {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, state] : write) lines_[name].states.resize(state);
    std::erase(writes_, write);
  }
  /// What the last request that was sent makes of it.
  std::string last(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto line = lines_.find(name);
    return line == lines_.end() ? kAbsent : line->second.states.back();
  }

  /// What is wrong with a database that has `found`: acknowledged writes that it lacks, resources that no request has made,
  /// and requests of which it has a part.
  std::vector<std::string> problems(const Looks& found) const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> all;
    for (const auto& [name, look] : found) {
      if (!lines_.contains(name)) all.push_back(name + " is there, and nobody has made it");
    }
    std::map<std::string, std::vector<std::size_t>> at;  // several: what is absent may be so again
    for (const auto& [name, line] : lines_) {
      const auto look = found.find(name);
      const std::string& seen = look == found.end() ? kAbsent : look->second;
      for (std::size_t i = 0; i < line.states.size(); ++i) {
        if (line.states[i] == seen) at[name].push_back(i);
      }
      if (at[name].empty()) {
        all.push_back(name + " is " + seen + ", as no request has made it");
      } else if (at[name].back() < line.acknowledged) {
        all.push_back(name + " is " + seen + ", and " + line.states[line.acknowledged] + " was acknowledged");
      }
    }
    for (const Write& write : writes_) {
      const auto may_be = [&](auto compare) {
        return std::all_of(write.begin(), write.end(), [&](const auto& made) {
          const std::vector<std::size_t>& states = at[made.first];
          return states.empty() || std::any_of(states.begin(), states.end(), [&](std::size_t state) { return compare(state, made.second); });
        });
      };
      if (may_be(std::less<>()) || may_be(std::greater_equal<>())) continue;
      all.push_back("a part is done of the request about " + write.begin()->first);
    }
    return all;
  }

 private:
  struct Line {
    std::vector<std::string> states{kAbsent};
    std::size_t acknowledged = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Line> lines_;
  std::vector<Write> writes_;
};

}  // namespace scim::test
