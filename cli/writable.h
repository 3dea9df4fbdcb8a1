// SPDX-License-Identifier: MIT
// What of a resource a client can write, and the PATCH that makes one state into another.
#pragma once

#include <string>

#include "core/json.h"
#include "core/schema.h"

namespace scim::cli {

/// Whether a client writes it: what is read-only is not, nor the `$ref` beside a `value`.
bool is_written(const Attribute& attribute);

/// An element of a list, or a plain value, without its read-only parts, those that stay in the order of the schema. A
/// membership is its `value`.
Json writable_element(const Attribute& list, const Json& element);

/// A resource as the body of a POST has it: without id, meta, the `$ref` beside a `value` and whatever is read-only, in the
/// order of the schema. What the type does not know is left out.
Json writable_resource(const ResourceType& type, const Json& resource);

/// The operations (RFC 7644 3.5.2) that make `before` into `after`, for servers that know the RFC only: single values by
/// their path, a list as a whole, a membership by adding and removing values. What is never returned, a password, is
/// changed if `after` has it, and else stays. Empty: there is nothing to do.
Json operations_between(const ResourceType& type, const Json& before, const Json& after);

/// Where `answer` is not as it was `wanted`, but for what it does not show: "members, title". Servers pass over what they do not
/// know, such as a member who does not exist.
std::string paths_not_taken(const ResourceType& type, const Json& wanted, const Json& answer);

/// The body of a PATCH.
Json patch_message(Json operations);

}  // namespace scim::cli
