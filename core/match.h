// SPDX-License-Identifier: MIT
// The predicate in memory. The SQL of every backend must agree with it: tests/unit/differential_test.cc.
#pragma once

#include "core/json.h"
#include "core/predicate.h"

namespace scim {

/// `body`: a resource with canonical names, as validate makes it or the store returns it.
bool match(const Predicate& predicate, const Json& body);

/// `element`: one value of the list that the predicate was bound to by bind_element().
bool match_element(const Predicate& predicate, const Json& element);

}  // namespace scim
