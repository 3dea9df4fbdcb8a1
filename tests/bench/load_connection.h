// SPDX-License-Identifier: MIT
// One kept HTTP/1.1 connection: a request at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bench {

class Connection {
 public:
  enum class Event {
    waiting,   ///< there is more to come
    answered,  ///< `status()` and `answer_bytes()` are those of the whole answer
    broken,    ///< closed by the other side, or what it sent is no HTTP
  };

  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Connects to 127.0.0.1, not blocking from then on; false: errno says why.
  bool connect(std::uint16_t port);
  int fd() const { return fd_; }

  /// Whether bytes are left that the socket did not take: flush() when it is writable.
  bool wants_to_write() const { return !unsent_.empty(); }
  /// `request` must live until it is sent.
  Event send(std::string_view request);
  Event flush();
  /// Reads what there is.
  Event receive();

  int status() const { return status_; }
  std::uint64_t answer_bytes() const { return answer_bytes_; }  ///< head and body
  const std::string& head() const { return head_; }

 private:
  enum class Body { head, length, chunk_size, chunk_data, chunk_end, trailer, done };

  bool take(std::string_view bytes);
  bool end_of_line(char byte);
  bool read_head();
  bool read_chunk_size();
  std::string_view header(std::string_view name) const;

  int fd_ = -1;
  std::string_view unsent_;
  Body state_ = Body::head;
  std::string head_;
  std::string line_;            // of the chunked coding
  std::uint64_t left_ = 0;      // bytes of the body or chunk that are still to come
  std::uint64_t answer_bytes_ = 0;
  int status_ = 0;
};

}  // namespace bench
