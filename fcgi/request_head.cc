// SPDX-License-Identifier: MIT
#include "fcgi/request_head.h"

#include <algorithm>

namespace scim::fcgi {
namespace {

using State = RequestHead::State;

constexpr std::size_t kHeaderSize = 8;
constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kBeginRequest = 1;
constexpr std::uint8_t kParams = 4;
constexpr std::size_t kBeginSize = 8;

std::size_t byte_at(std::string_view bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

/// A record's header (3.3).
struct Header {
  std::size_t version, type, request_id, content_size, padding_size;
};

Header header_of(std::string_view bytes) {
  constexpr unsigned kByte = 8;
  const auto pair = [&](std::size_t at) { return byte_at(bytes, at) << kByte | byte_at(bytes, at + 1); };
  return {byte_at(bytes, 0), byte_at(bytes, 1), pair(2), pair(4), byte_at(bytes, 6)};
}

/// Names and values, each behind its length (3.4). They may go on from record to record at any byte.
class Pairs {
 public:
  /// Bytes of all names and values so far, announced ones included.
  std::size_t size() const { return size_; }
  bool is_between() const { return unread_ == 0 && lengths_size_ == 0; }

  void read(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t skipped = std::min(unread_, bytes.size());
      unread_ -= skipped;
      bytes.remove_prefix(skipped);
      if (bytes.empty()) return;
      read_length_byte(byte_at(bytes, 0));
      bytes.remove_prefix(1);
    }
  }

 private:
  /// One byte, or four of which the first one has the highest bit set.
  void read_length_byte(std::size_t byte) {
    constexpr std::size_t kLong = 0x80;
    constexpr unsigned kByte = 8;
    ++lengths_size_;
    if (missing_ > 0) {
      length_ = length_ << kByte | byte;
      --missing_;
    } else if ((byte & kLong) != 0) {
      length_ = byte & ~kLong;
      missing_ = 3;
    } else {
      length_ = byte;
    }
    if (missing_ == 0) end_length();
  }

  void end_length() {
    pair_size_ += length_;
    if (++lengths_ < 2) return;
    size_ += pair_size_;
    unread_ = pair_size_;
    pair_size_ = lengths_ = lengths_size_ = 0;
  }

  std::size_t size_ = 0;
  std::size_t unread_ = 0;        // of the current name and value
  std::size_t lengths_size_ = 0;  // bytes read of its two lengths
  std::size_t lengths_ = 0;       // that are known
  std::size_t length_ = 0;
  std::size_t missing_ = 0;       // bytes of length_
  std::size_t pair_size_ = 0;
};

}  // namespace

RequestHead read_head(std::string_view arrived, std::size_t most) {
  RequestHead head;
  if (arrived.empty()) return head;
  const auto is = [&](State state) {
    head.state = state;
    return head;
  };
  Pairs pairs;
  for (bool has_begun = false;; has_begun = true) {
    if (!arrived.empty() && byte_at(arrived, 0) != kVersion) return is(State::malformed);
    if (arrived.size() < kHeaderSize) return is(State::incomplete);
    const Header header = header_of(arrived);
    // Requests do not share a connection: nobody has been told that they may.
    const bool is_next = has_begun ? header.type == kParams && header.request_id == head.request_id
                                   : header.type == kBeginRequest && header.request_id != 0 && header.content_size == kBeginSize;
    if (!is_next) return is(State::malformed);
    head.request_id = static_cast<std::uint16_t>(header.request_id);
    if (header.type == kParams) pairs.read(arrived.substr(kHeaderSize, header.content_size));
    if (pairs.size() > most) return is(State::too_large);
    const std::size_t size = kHeaderSize + header.content_size + header.padding_size;
    if (arrived.size() < size) return is(State::incomplete);
    const bool is_end = header.type == kParams && header.content_size == 0;
    if (is_end) return is(pairs.is_between() ? State::complete : State::malformed);
    arrived.remove_prefix(size);
  }
}

}  // namespace scim::fcgi
