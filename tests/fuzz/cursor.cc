// SPDX-License-Identifier: MIT
// Cursors: nobody can make one, what is sealed comes back as it was, and a position that is none of a query is refused or passed over.
#include "core/cursor.h"
#include "core/text.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/sample_store.h"

namespace scim::fuzz {
namespace {

constexpr std::string_view kContext = "fuzzer /Users";

void check_forgery(CursorSeal& seal, const std::string& text) {
  const auto opened = seal.unseal(text, kContext);
  expect(!opened.has_value(), "nobody can make a cursor", text);
  expect(opened.error().kind == ErrorKind::invalid_cursor, "what is no cursor is an invalid one", opened.error().detail);
}

/// One byte of a cursor is another one.
void check_damage(CursorSeal& seal, std::string sealed, std::size_t where) {
  char& damaged = sealed[where % sealed.size()];
  damaged = damaged == 'A' ? 'B' : 'A';
  check_forgery(seal, sealed);
}

void check_seal(CursorSeal& seal, const Json& position) {
  Cursor cursor;
  cursor.anchor.position = position;
  cursor.anchor.side = position.size() % 2 == 0 ? Anchor::Side::after : Anchor::Side::before;
  const std::string sealed = seal.seal(cursor, kContext);
  const auto opened = seal.unseal(sealed, kContext);
  expect(opened.has_value(), "what was sealed can be opened", to_text(position));
  expect_equal(to_text(opened->anchor.position), to_text(position), "what was sealed comes back as it was");
  expect(opened->anchor.side == cursor.anchor.side && opened->count == cursor.count, "all that was sealed comes back");
  expect(!seal.unseal(sealed, "elsewhere"), "a cursor is good for one thing", sealed);
  check_damage(seal, sealed, to_text(position).size());
}

/// Positions of other queries, and of none, in the order of creation and in that of an attribute.
void check_search(SampleStore& sample, const Json& position) {
  const ResourceType& type = sample.type("User");
  const Predicate always;
  const Projection shown = Projection::defaults(type);
  for (const char* by : {"", "userName", "active", "meta.created", "emails"}) {
    Query query{&type, &always, &shown, SampleStore::kBaseUrl, 0, 100};
    query.paging = Paging::by_position;
    query.anchor = Anchor{position, position.size() % 2 == 0 ? Anchor::Side::after : Anchor::Side::before};
    if (const auto name = parse_path_name(by)) query.sort = Sort{resolve(type, *name), SortOrder::ascending};
    const auto found = sample.search(query);
    expect(found.has_value() || found.error().kind == ErrorKind::invalid_cursor, "a position is one of the query, or refused",
           to_text(position) + (found ? "" : "\n" + found.error().detail));
  }
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static fuzz::SampleStore sample;  // there is no other place between two inputs
  CursorSeal seal = CursorSeal::open(sample.tokens(), std::chrono::seconds(60), sample.env()).value();
  const std::string text = fuzz::text_of(data, size);
  fuzz::check_forgery(seal, text);
  fuzz::check_forgery(seal, base64url_encode(text));
  if (const auto position = parse_json(text)) {
    fuzz::check_seal(seal, *position);
    fuzz::check_search(sample, *position);
  }
  return 0;
}
