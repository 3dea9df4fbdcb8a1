// SPDX-License-Identifier: MIT
// What a value of an answer must be like, as the checks of cli/conformance say it in JSON.
//
// A matcher that is no object is the value itself, and `null` wants none (RFC 7643 2.5: absent, null and [] are one). One that is an
// object has words, all of which must hold:
//
//   is, not         equal to this one, or not; `not` holds for a value that is absent
//   in, in_folded   one of these; whatever the case
//   type            string, boolean, integer, array, object, dateTime, etag, unreserved (RFC 3986 2.3)
//   present         true: there is a value, false: there is none
//   has, lacks      an array with, or without, an element like this: equal, or an object with at least these members;
//                   a text with, or without, this part. The elements may differ in the case of texts for `has`, not for `lacks`
//   distinct        a pointer: no two elements have the same there
//   length          elements of the array; an array means as many as that one has
//   least, most     bounds of a number
//   count           {"of": element, "most": n, "least": n}: elements like this
//   each            {pointer: matcher, ...} for every element of the array
//   folded          equal, whatever the case
//   uri             the same URI; either may be a path or a relative one
//   starts, ends    a text; the case is of no matter at its start
//   starts_not      a text
//   optional        true: nothing else is asked of a value that is absent
#pragma once

#include <optional>
#include <string>

#include "core/json.h"

namespace scim::cli {

/// What was expected, in words, of a `value` (nullptr: absent) that does not fit; nullopt: it fits.
std::optional<std::string> mismatch(const Json& matcher, const Json* value);

/// What is at `pointer`; nullptr: nothing.
const Json* find(const Json& document, const std::string& pointer);

/// invalidSyntax: a word that there is not.
Result<void> check_matcher(const Json& matcher);

}  // namespace scim::cli
