// SPDX-License-Identifier: MIT
#include "fcgi/request_head.h"

#include <gtest/gtest.h>

#include <string>

namespace scim::fcgi {
namespace {

using State = RequestHead::State;

enum Type : char { begin_request = 1, abort_request = 2, params = 4, get_values = 9 };

std::string record(Type type, const std::string& content = {}, char padding = 0, char id = 1) {
  const std::string header = {1, type, 0, id, static_cast<char>(content.size() >> 8), static_cast<char>(content.size()), padding, 0};
  return header + content + std::string(static_cast<std::size_t>(padding), '\0');
}

std::string begin(char id = 1) { return record(begin_request, std::string("\0\1\1\0\0\0\0\0", 8), 0, id); }

std::string pair(const std::string& name, const std::string& value) {
  return std::string({static_cast<char>(name.size()), static_cast<char>(value.size())}) + name + value;
}

TEST(RequestHead, IsCompleteWithItsLastByteAndNotBefore) {
  const std::string head = begin() + record(params, pair("NAME", "val"), 3) + record(params, {}, 5);
  for (std::size_t size = 1; size < head.size(); ++size) EXPECT_EQ(read_head(head.substr(0, size), 7).state, State::incomplete) << size;
  EXPECT_EQ(read_head("", 7).state, State::absent);
  EXPECT_EQ(read_head(head, 7).state, State::complete);
  EXPECT_EQ(read_head(head + "a body", 7).state, State::complete);
  EXPECT_EQ(read_head(head, 7).request_id, 1);
}

// Requirements: SEC-10
TEST(RequestHead, NamesAndValuesAreCountedWhereverRecordsEnd) {
  std::string head = begin();
  for (const char byte : pair("NAME", std::string(100, 'x')) + pair("N", "")) head += record(params, std::string(1, byte));
  head += record(params);
  EXPECT_EQ(read_head(head, 105).state, State::complete);
  EXPECT_EQ(read_head(head, 104).state, State::too_large);
}

TEST(RequestHead, WhatIsAnnouncedCounts) {
  for (const std::string& lengths : {std::string("\xff\xff\xff\xff\x01", 5), std::string("\x01\x80\x00\x00\x0a", 5), std::string(8, '\xff')}) {
    EXPECT_EQ(read_head(begin() + record(params, lengths), 10).state, State::too_large);
  }
  EXPECT_EQ(read_head(begin() + record(params, std::string("\x01\x80\x00\x00\x09", 5)), 10).state, State::incomplete);
}

TEST(RequestHead, IsNothingElse) {
  for (const std::string& bytes : {std::string("GET / HTTP/1.1\r\n"), std::string(1, '\0'), begin(0), record(begin_request, "short"), record(params), record(get_values),
                                   begin() + begin(), begin() + record(abort_request), begin() + record(params, {}, 0, 2),
                                   begin() + record(params, "\5") + record(params), begin() + record(params, "\1\2N") + record(params)}) {
    EXPECT_EQ(read_head(bytes, 100).state, State::malformed);
  }
}

}  // namespace
}  // namespace scim::fcgi
