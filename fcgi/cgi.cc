// SPDX-License-Identifier: MIT
// CGI variables, and plain CGI over two file descriptors.
#include "fcgi/cgi.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace scim::fcgi {
namespace {

std::size_t content_length(const CgiVariables& variables) {
  const std::string_view text = variables.get("CONTENT_LENGTH");
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  return error == std::errc() && end == text.data() + text.size() ? length : 0;
}

/// What follows `text` at the beginning of `entry`; nullptr: it begins otherwise. Most entries do with their first letter,
/// so their length is not asked for.
const char* after(const char* entry, std::string_view text) {
  for (const char c : text) {
    if (*entry != c) return nullptr;
    ++entry;
  }
  return entry;
}

}  // namespace

std::optional<std::string_view> CgiVariables::next(std::string_view prefix, std::string_view name,
                                                   const char* const*& at) const {
  for (; at != nullptr && *at != nullptr; ++at) {
    const char* rest = after(*at, prefix);
    if (rest != nullptr) rest = after(rest, name);
    if (rest == nullptr || *rest != '=') continue;
    ++at;
    return rest + 1;
  }
  return std::nullopt;
}

std::string_view CgiVariables::get(std::string_view name) const {
  std::string_view value;
  const char* const* at = environment_;
  while (const auto found = next("", name, at)) value = *found;
  return value;
}

bool CgiVariables::has(std::string_view name) const {
  const char* const* at = environment_;
  return next("", name, at).has_value();
}

std::string CgiVariables::header(std::string_view name) const {
  std::string joined;
  const char* const* at = environment_;
  for (bool first = true; const auto found = next("HTTP_", name, at); first = false) {
    if (!first) joined += ", ";
    joined += *found;
  }
  return joined;
}

CgiExchange::CgiExchange(const char* const* environment, int input, int output)
    : variables_(environment), input_(input), output_(output), unread_(content_length(variables_)) {}

std::size_t CgiExchange::read(char* buffer, std::size_t size) {
  const std::size_t wanted = std::min(size, unread_);
  if (wanted == 0) return 0;
  ssize_t count = 0;
  do {
    count = ::read(input_, buffer, wanted);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return 0;
  unread_ -= static_cast<std::size_t>(count);
  return static_cast<std::size_t>(count);
}

bool CgiExchange::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(output_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace scim::fcgi
