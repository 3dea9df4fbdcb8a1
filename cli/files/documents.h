// SPDX-License-Identifier: MIT
// The objects of a file one by one, however many there are: one object, an array, a ListResponse, or one object a line.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/json.h"

namespace scim::cli {

/// Calls `take` for each object, as soon as it has been read. An object that has a list under `Resources` is that list.
/// invalidSyntax with the line; `name` is for messages.
Result<void> for_each_document(std::istream& in, std::string_view name, const std::function<void(Json)>& take);

/// The same of a file, or of `in` for "-". badRequest if it cannot be read.
Result<void> for_each_document_in(const std::string& file, std::istream& in, const std::function<void(Json)>& take);

}  // namespace scim::cli
