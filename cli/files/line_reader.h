// SPDX-License-Identifier: MIT
// Lines of a file of any size, none of which takes more memory than it should.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include "core/error.h"

namespace scim::cli {

/// No record is so long, members of a large group included: a file that has no lines would be one.
inline constexpr std::size_t kMostRecordBytes = std::size_t{64} << 20;

class LineReader {
 public:
  explicit LineReader(std::istream& in, std::size_t most_bytes = kMostRecordBytes) : in_(in), most_bytes_(most_bytes) {}
  /// Without its LF; false: there is none. invalidSyntax: it is too long; `line` has its beginning.
  Result<bool> next(std::string& line);
  /// Of the last one, from 1.
  std::size_t number() const { return number_; }

 private:
  std::istream& in_;
  const std::size_t most_bytes_;
  std::size_t number_ = 0;
};

/// What is said of one.
tl::unexpected<Error> too_long(std::size_t most_bytes);

}  // namespace scim::cli
