// SPDX-License-Identifier: MIT
#include "cli/files/line_reader.h"

#include <array>

namespace scim::cli {

Result<bool> LineReader::next(std::string& line) {
  line.clear();
  ++number_;
  std::array<char, 16384> piece;
  bool is_complete = false;
  while (!is_complete && line.size() <= most_bytes_) {
    in_.getline(piece.data(), piece.size());
    const auto count = static_cast<std::size_t>(in_.gcount());
    const bool has_end = in_.good();  // the LF counts, and is not kept
    line.append(piece.data(), has_end ? count - 1 : count);
    if (in_.bad() || (count == 0 && line.empty())) return false;
    is_complete = has_end || in_.eof();
    if (!is_complete) in_.clear();  // the piece is full
  }
  if (line.size() > most_bytes_) return too_long(most_bytes_);
  return true;
}

tl::unexpected<Error> too_long(std::size_t most_bytes) {
  return fail(ErrorKind::invalid_syntax, "is longer than " + std::to_string(most_bytes) + " bytes");
}

}  // namespace scim::cli
