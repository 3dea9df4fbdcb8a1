// SPDX-License-Identifier: MIT
// Bytes from the socket, before libfcgi sees them. What has been decided of some of them does not change with what follows, and few bytes
// of framing are not taken for a request that may wait.
#include "fcgi/request_head.h"

#include "tests/fuzz/property.h"

namespace scim::fuzz {
namespace {

using fcgi::RequestHead;
using State = RequestHead::State;

constexpr std::size_t kMost = 256;

bool is_decided(State state) {
  switch (state) {
    case State::absent:
    case State::incomplete: return false;
    case State::complete:
    case State::too_large:
    case State::malformed:
    case State::gone: break;
  }
  return true;
}

void check(const std::string& arrived) {
  const RequestHead whole = fcgi::read_head(arrived, kMost);
  expect(whole.state != State::gone, "bytes do not say that a peer has gone");
  expect((whole.state == State::absent) == arrived.empty(), "only where nothing has arrived nothing is there");
  bool was_decided = false;
  for (std::size_t size = 0; size < arrived.size(); ++size) {
    const RequestHead part = fcgi::read_head(std::string_view(arrived).substr(0, size), kMost);
    expect(is_decided(part.state) || !was_decided, "what was decided stays so", std::to_string(size));
    was_decided = is_decided(part.state);
    if (!was_decided) continue;
    expect(part.state == whole.state, "what was decided is decided for the whole", std::to_string(size));
    expect(part.request_id == whole.request_id, "so is whose request it is", std::to_string(size));
  }
  const bool fits = fcgi::read_head(arrived, kMost + 1).state == State::complete || whole.state != State::complete;
  expect(fits, "what may have so many bytes may have them where there may be more");
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kLongest = 2048;  // each beginning of it is looked at
  if (size <= kLongest) scim::fuzz::check(scim::fuzz::text_of(data, size));
  return 0;
}
