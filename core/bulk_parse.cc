// SPDX-License-Identifier: MIT
#include "core/bulk_parse.h"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "core/bulk_references.h"
#include "core/text.h"
#include "core/validate.h"

namespace scim {
namespace {

constexpr std::array<std::string_view, 4> kMethods = {"POST", "PUT", "PATCH", "DELETE"};
/// Endpoints that are not of one resource type: a job is made of writes to resources.
constexpr std::array<std::string_view, 3> kNotInside = {"Bulk", "Me", ".search"};

bool is_bulk_message(const Json& body) {
  const Json* schemas = find_member(body, "schemas");
  return schemas != nullptr && schemas->is_array() && std::any_of(schemas->begin(), schemas->end(), [](const Json& urn) {
    return urn.is_string() && equal_ignoring_case(urn.get_ref<const std::string&>(), urn::kBulkRequest);
  });
}

Result<std::optional<std::int64_t>> read_fail_on_errors(const Json& body) {
  const Json* count = find_member(body, "failOnErrors");
  if (count == nullptr || count->is_null()) return std::nullopt;
  if (!count->is_number_integer() || count->get<std::int64_t>() < 1) {
    return fail(ErrorKind::invalid_syntax, "failOnErrors must be a whole number above 0");
  }
  return count->get<std::int64_t>();
}

Result<Atomicity> read_atomicity(const Json& body, const BulkConfig& config) {
  const Json* atomic = find_member(body, "atomic");
  const bool is_given = atomic != nullptr && !atomic->is_null();
  if (is_given && !atomic->is_boolean()) return fail(ErrorKind::invalid_syntax, "atomic must be true or false");
  return (is_given ? atomic->get<bool>() : config.atomic) ? Atomicity::whole_job : Atomicity::each_operation;
}

/// nullptr: no text.
const std::string* find_text(const Json& object, std::string_view name) {
  const Json* found = find_member(object, name);
  return found == nullptr ? nullptr : found->get_ptr<const std::string*>();
}

tl::unexpected<Error> wrong(std::string detail) { return fail(ErrorKind::invalid_syntax, std::move(detail)); }

bool is_below(std::string_view path, std::string_view base) {
  return !base.empty() && path.starts_with(base) && path.size() > base.size() && path[base.size()] == '/';
}

/// "v2" (RFC 7644 3.13).
bool is_version(std::string_view segment) {
  return segment.size() > 1 && segment.front() == 'v' && segment.find_first_not_of("0123456789", 1) == std::string_view::npos;
}

/// "/scim/v2" of "https://host/scim/v2".
std::string_view path_of(std::string_view base_url) {
  const std::size_t scheme = base_url.find("://");
  if (scheme == std::string_view::npos) return {};
  const std::size_t slash = base_url.find('/', scheme + 3);
  return slash == std::string_view::npos ? std::string_view{} : base_url.substr(slash);
}

/// A path below the base URL, whatever the client put in front of it: nothing, a slash, the version, the whole base path.
Result<std::string> endpoint_path(std::string_view sent, std::string_view base_url) {
  if (sent.find("://") != std::string_view::npos || sent.starts_with("//")) {
    return wrong("path must be relative to the base URL, not " + quote(sent));
  }
  if (sent.find_first_of("?#") != std::string_view::npos) return wrong("path takes no query: " + quote(sent));
  std::string path(sent);
  if (!path.starts_with('/')) path.insert(path.begin(), '/');
  const std::string_view base = path_of(base_url);
  if (is_below(path, base)) return path.substr(base.size());
  const std::size_t end = path.find('/', 1);
  const std::string_view first = std::string_view(path).substr(1, end == std::string::npos ? end : end - 1);
  if (end == std::string::npos || !is_version(first)) return path;
  const std::string_view own = base.substr(base.rfind('/') + 1);
  if (is_version(own) && own != first) {
    return fail(ErrorKind::invalid_version, "this server speaks " + std::string(own) + ", not " + std::string(first));
  }
  return path.substr(end);
}

/// Whether the path begins with an endpoint of kNotInside, or ends in /.search.
bool is_elsewhere(std::string_view path) {
  const auto is_one = [](std::string_view segment) {
    const auto decoded = percent_decode(segment, Plus::literal);
    return decoded && std::find(kNotInside.begin(), kNotInside.end(), *decoded) != kNotInside.end();
  };
  path.remove_prefix(1);
  const std::string_view first = path.substr(0, path.find('/'));
  if (is_one(first)) return true;
  return path.size() > first.size() && percent_decode(path.substr(first.size() + 1), Plus::literal) == ".search";
}

Result<Route> find_route(const std::string& method, const std::string& path, const Registry& registry) {
  if (std::find(kMethods.begin(), kMethods.end(), method) == kMethods.end()) {
    return wrong("method must be POST, PUT, PATCH or DELETE, not " + quote(method));
  }
  if (is_elsewhere(path)) return wrong("a bulk operation cannot go to " + quote(path));
  Result<Route> found = route(method, path, registry);
  const bool is_method_wrong = !found && found.error().kind == ErrorKind::method_not_allowed;
  if (is_method_wrong || (found && found->type == nullptr)) {
    return wrong("there is no " + method + " of " + quote(path) + " (POST goes to an endpoint, the others to a resource)");
  }
  return found;
}

/// RFC 7644 3.7.3 shows the operations of a PATCH without the message around them.
void wrap_patch(BulkOperation& operation) {
  if (operation.route.operation != Operation::patch || !operation.data.is_array()) return;
  operation.data = {{"schemas", {urn::kPatchOp}}, {"Operations", std::move(operation.data)}};
}

void note_references(BulkOperation& operation) {
  const Route& route = operation.route;
  operation.target = bulk_id_of(route.id);
  const BulkLookup note = [&](const std::string& bulk_id) -> const BulkTarget* {
    operation.references.push_back(bulk_id);
    return nullptr;
  };
  resolve_bulk_ids(*route.type, route.operation, operation.data, note);
  const bool is_new = route.operation == Operation::create && !operation.references.empty();
  if (is_new) operation.required = required_bulk_ids(*route.type, operation.data);
}

/// Fills `operation` from `sent` as far as it goes.
Result<void> read(Json& sent, std::string_view base_url, const Registry& registry, BulkOperation& operation) {
  if (!sent.is_object()) return wrong("the operation must be an object");
  if (const Json* bulk_id = find_member(sent, "bulkId")) operation.bulk_id = *bulk_id;
  const std::string* method = find_text(sent, "method");
  if (method == nullptr) return wrong("method is missing");
  operation.method = *method;
  const std::string* path = find_text(sent, "path");
  if (path == nullptr) return wrong("path is missing");
  SCIM_ASSIGN(const std::string below, endpoint_path(*path, base_url));
  SCIM_ASSIGN(operation.route, find_route(*method, below, registry));

  const bool has_bulk_id = operation.bulk_id.is_string() && !operation.bulk_id.get_ref<const std::string&>().empty();
  if (!operation.bulk_id.is_null() && !has_bulk_id) return wrong("bulkId must be a text that is not empty");
  if (operation.route.operation == Operation::create && !has_bulk_id) return wrong("a POST needs a bulkId");
  if (const Json* version = find_member(sent, "version"); version != nullptr && !version->is_null()) {
    if (!version->is_string() || version->get_ref<const std::string&>().empty()) return wrong("version must be a text that is not empty");
    // A POST has nothing to compare with.
    if (operation.route.operation != Operation::create) operation.version = version->get<std::string>();
  }
  if (operation.route.operation == Operation::remove) {
    note_references(operation);
    return {};
  }
  for (auto& [name, value] : sent.items()) {
    if (equal_ignoring_case(name, "data")) operation.data = std::move(value);
  }
  if (operation.data.is_null()) return wrong("data is missing");
  wrap_patch(operation);
  if (!operation.data.is_object()) return wrong("data must be an object");
  note_references(operation);
  return {};
}

/// RFC 7644 3.7: unique within the request.
Result<void> refuse_duplicates(const std::vector<BulkOperation>& operations) {
  std::unordered_set<std::string_view> seen;
  for (const BulkOperation& operation : operations) {
    const auto* bulk_id = operation.bulk_id.get_ptr<const std::string*>();
    if (bulk_id != nullptr && !seen.insert(*bulk_id).second) {
      return fail(ErrorKind::invalid_syntax, "two operations have the bulkId " + quote(*bulk_id));
    }
  }
  return {};
}

}  // namespace

Result<BulkJob> parse_bulk(Json body, std::string_view base_url, const Registry& registry, const BulkConfig& config) {
  if (!body.is_object()) return wrong("the body must be an object");
  if (!is_bulk_message(body)) return wrong("schemas must contain " + std::string(urn::kBulkRequest));
  const Json* operations = find_member(body, "Operations");
  if (operations == nullptr || !operations->is_array() || operations->empty()) {
    return wrong("Operations must be an array that is not empty");
  }
  if (operations->size() > static_cast<std::size_t>(config.max_operations)) {
    return fail(ErrorKind::payload_too_large, "there are " + std::to_string(operations->size()) + " operations, more than " +
                                                  "maxOperations " + std::to_string(config.max_operations));
  }
  BulkJob job;
  SCIM_ASSIGN(job.fail_on_errors, read_fail_on_errors(body));
  SCIM_ASSIGN(job.atomicity, read_atomicity(body, config));
  for (Json sent : *operations) {
    BulkOperation& operation = job.operations.emplace_back();
    Result<void> done = read(sent, base_url, registry, operation);
    if (!done) operation.error = std::move(done).error();
  }
  SCIM_TRY(refuse_duplicates(job.operations));
  return job;
}

}  // namespace scim
