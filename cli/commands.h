// SPDX-License-Identifier: MIT
// The verbs on users and groups. Each builds the Request that a client would send.
#pragma once

#include "cli/backend.h"
#include "cli/options.h"

namespace scim::cli {

/// What a verb came to; a Failure has been reported already where it concerned one of many resources.
Try<ExitCode> run(const ListCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const GetCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const EditCommand& command, const Globals& globals, Console& console);
Try<ExitCode> run(const TargetsCommand& command, const Globals& globals, Console& console);

/// Every resource that matches `filter` ("" all), page by page, until `take` has seen all; `query` is added to each request.
/// How many there are.
Try<std::int64_t> for_each_resource(Backend& backend, const ResourceType& type, std::string_view filter, std::string query,
                                    const std::function<void(Json)>& take);
/// The first `most` of all, in the server's order. How many there are.
Try<std::int64_t> for_first_resources(Backend& backend, const ResourceType& type, std::int64_t most, const std::string& query,
                                      const std::function<void(Json)>& take);

}  // namespace scim::cli
