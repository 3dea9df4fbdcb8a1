// SPDX-License-Identifier: MIT
#include "cli/conformance/conformance_run.h"

#include <algorithm>
#include <array>

#include "cli/conformance/expectation.h"
#include "core/text.h"

namespace scim::cli {
namespace {

using Outcome = ConformanceResult::Outcome;

std::string shown(const Json* value) { return value == nullptr || value->is_null() ? "absent" : to_text(*value); }

std::string listed(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : " or ") + std::to_string(number) + (number < 10 ? "xx" : "");
  return text;
}

/// "/Users/ID" of "https://host/scim/v2/Users/ID" and of "Users/ID".
std::string path_of_location(const std::string& location) {
  const std::size_t id = location.rfind('/');
  const std::size_t endpoint = id == std::string::npos || id == 0 ? std::string::npos : location.rfind('/', id - 1);
  if (id == std::string::npos || id == 0) return "";
  return endpoint == std::string::npos ? '/' + location : location.substr(endpoint);
}

std::vector<std::string> ids_in(const Json& list) {
  std::vector<std::string> ids;
  const Json* const resources = find(list, "/Resources");
  if (resources == nullptr || !resources->is_array()) return ids;
  for (const Json& resource : *resources) ids.push_back(text_found(resource, "/id"));
  return ids;
}

ConformanceResult not_decided(Outcome outcome, std::string reason) {
  ConformanceResult result;
  result.outcome = outcome;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::passed: return "passed";
    case Outcome::failed: return "failed";
    case Outcome::skipped: return "skipped";
    case Outcome::error: return "error";
  }
  return "";
}

ConformanceRun::ConformanceRun(Backend& backend, const ConformanceTarget& target, std::string name, std::function<bool()> is_interrupted)
    : backend_(backend), target_(target), name_(std::move(name)), is_interrupted_(std::move(is_interrupted)), values_(target, name_) {}

ConformanceResult ConformanceRun::run(const ConformanceCheck& check) {
  for (const std::string& need : check.needs) {
    if (auto reason = target_.lacks(need)) return not_decided(Outcome::skipped, *std::move(reason));
  }
  values_ = ConformanceValues(target_, name_ + '-' + std::to_string(++checks_));
  ConformanceResult result;
  for (const ConformanceStep& step : check.steps) {
    if (Verdict verdict = take_step(step)) {
      result = *std::move(verdict);
      break;
    }
  }
  remove_made();
  return result;
}

ConformanceRun::Verdict ConformanceRun::take_step(const ConformanceStep& step) {
  if (step.for_each.empty()) return exchange(step);
  for (Json& element : values_.elements_of(step.for_each)) {
    values_.keep_item(std::move(element));
    if (Verdict verdict = exchange(step)) return verdict;
  }
  return std::nullopt;
}

ConformanceRun::Verdict ConformanceRun::exchange(const ConformanceStep& step) {
  if (is_interrupted_()) return not_decided(Outcome::error, "interrupted");
  const Result<Request> request = request_of(step);
  if (!request) return not_decided(Outcome::error, request.error().detail);
  const Try<Response> response = send(step, *request);
  if (!response) {
    // Of somebody else there is none to ask for a database, where everyone is let in.
    const bool is_for_nobody = response.error().code == ExitCode::access_denied;
    ConformanceResult result = not_decided(is_for_nobody ? Outcome::skipped : Outcome::error, response.error().detail);
    result.request = *request;
    return result;
  }
  const std::string made = note_made(step, *request, *response);
  const bool is_to_be_read = step.about == ConformanceStep::About::preparation && text_found(json_of(response->body), "/id").empty() && !made.empty();
  if (!is_to_be_read) return judge(step, *request, *response);
  const Try<Response> read = backend_.exchange(request_for("GET", made, ""));
  return judge(step, *request, read ? *read : *response);
}

Try<Response> ConformanceRun::send(const ConformanceStep& step, const Request& request) {
  if (step.authorization.empty()) return backend_.exchange(request);
  const auto asker = backend_.asked_by(step.authorization == "none" ? Stranger::without_credentials : Stranger::with_wrong_credentials);
  if (!asker) return fail(Failure(ExitCode::access_denied, {ErrorKind::unauthorized, "no credentials are sent, so none can be left out", ""}));
  return asker->exchange(request);
}

Result<Request> ConformanceRun::request_of(const ConformanceStep& step) {
  SCIM_ASSIGN(std::string path, values_.expanded_path(step.path));
  SCIM_ASSIGN(const Json query, values_.expanded(step.query));
  SCIM_ASSIGN(const Json conditions, values_.expanded(Json::array({step.if_match, step.if_none_match, step.text})));
  if (!path.starts_with('/')) path.insert(0, "/");  // "endpoint": "Users"
  Request request = request_for(step.method, std::move(path), "");
  for (const auto& [name, value] : query.items()) {
    request.query += (request.query.empty() ? "" : "&") + percent_encode(name) + '=' + percent_encode(value.is_string() ? value.get<std::string>() : to_text(value));
  }
  request.if_match = conditions[0];
  request.if_none_match = conditions[1];
  request.body = conditions[2];
  request.content_type = step.content_type;
  request.accept = step.accept;
  if (step.body.is_null()) return request;
  SCIM_ASSIGN(const Json body, values_.expanded(step.body));
  request.body = to_text(body);
  return request;
}

bool ConformanceRun::is_left_out(const ConformanceStep& step, const Response& response) const {
  const bool is_private = response.status == 403 && step.query.contains("filter") && !is_among(response.status, step.status);
  return is_private || std::any_of(step.skip_if.begin(), step.skip_if.end(), [&](const ConformanceStep::SkipIf& skip) {
    return is_among(response.status, skip.status) && (skip.scim_type.empty() || text_found(values_.answer(), "/scimType") == skip.scim_type);
  });
}

ConformanceRun::Verdict ConformanceRun::judge(const ConformanceStep& step, const Request& request, const Response& response) {
  values_.keep_answer(step.as, response);
  const auto with_exchange = [&](ConformanceResult result) {
    result.request = request;
    result.response = response;
    return result;
  };
  if (is_left_out(step, response)) return with_exchange(not_decided(Outcome::skipped, "the server does not offer this"));
  const auto different = difference(step, response);
  if (!different) return with_exchange(not_decided(Outcome::error, different.error().detail));
  switch (step.about) {
    case ConformanceStep::About::preparation: {
      const bool is_made = succeeded(response.status) && !text_found(values_.answer(), "/id").empty();
      return is_made ? Verdict() : with_exchange(not_decided(Outcome::error, "what the check needs could not be made"));
    }
    case ConformanceStep::About::premise:
      return *different ? with_exchange(not_decided(Outcome::skipped, "the server does not do what this check stands on: " + (*different)->expected)) : Verdict();
    case ConformanceStep::About::requirement: break;
  }
  if (!*different) return std::nullopt;
  ConformanceResult result;
  result.outcome = Outcome::failed;
  result.expected = (*different)->expected;
  result.got = (*different)->got;
  return with_exchange(std::move(result));
}

Result<std::optional<ConformanceRun::Difference>> ConformanceRun::difference(const ConformanceStep& step, const Response& response) {
  const Json& body = values_.answer();
  if (!is_among(response.status, step.status)) return Difference{"status " + listed(step.status), "status " + std::to_string(response.status)};
  if (!step.scim_type.empty() && text_found(body, "/scimType") != step.scim_type) {
    return Difference{"scimType " + step.scim_type, "scimType " + shown(find(body, "/scimType"))};
  }
  SCIM_ASSIGN(const Json headers, values_.expanded(step.headers));
  for (const auto& [name, matcher] : headers.items()) {
    const std::string_view header = response.header(name);
    const Json value = header.empty() ? Json() : Json(std::string(header));
    if (const auto wrong = mismatch(matcher, &value)) return Difference{"header " + name + ' ' + *wrong, name + ": " + shown(&value)};
  }
  if (response.status == 204) return std::nullopt;  // the next step looks at what it did
  SCIM_ASSIGN(const Json matchers, values_.expanded(step.expected));
  for (const auto& [pointer, matcher] : matchers.items()) {
    const Json* const value = find(body, pointer);
    const std::string name = pointer.empty() ? "the body" : pointer;
    if (const auto wrong = mismatch(matcher, value)) return Difference{name + ' ' + *wrong, name + ": " + shown(value)};
  }
  return difference_of_found(step);
}

/// Of the resources in a list from those that are wanted.
std::optional<ConformanceRun::Difference> ConformanceRun::difference_of_found(const ConformanceStep& step) const {
  std::vector<std::string> wanted;
  for (const std::string& name : step.finds) wanted.push_back(values_.id_of(name));
  std::vector<std::string> found = ids_in(values_.answer());
  const std::string got = "found " + to_text(Json(found));
  switch (step.finding) {
    case ConformanceStep::Finds::anything: return std::nullopt;
    case ConformanceStep::Finds::any_order:
      std::sort(wanted.begin(), wanted.end());
      std::sort(found.begin(), found.end());
      break;
    case ConformanceStep::Finds::this_order: break;
  }
  if (wanted == found) return std::nullopt;
  return Difference{"to find " + to_text(Json(wanted)) + ", which are " + to_text(Json(step.finds)), got};
}

/// The path of what a POST to an endpoint has made, else "".
std::string ConformanceRun::note_made(const ConformanceStep& step, const Request& request, const Response& response) {
  if (!succeeded(response.status)) return "";
  const Json body = json_of(response.body);
  if (request.method == "DELETE") std::erase(made_, request.path);
  if (request.method == "PUT") remember(request.path);
  if (request.method != "POST" || request.path.ends_with("/.search")) return "";
  if (request.path == "/Bulk") {
    const Json* const operations = find(body, "/Operations");
    for (const Json& each : operations != nullptr && operations->is_array() ? *operations : Json::array()) {
      if (text_found(each, "/method") == "POST") remember(path_of_location(text_found(each, "/location")));
    }
    return "";
  }
  const std::string id = text_found(body, "/id");
  std::string path = id.empty() ? path_of_location(std::string(response.header("Location"))) : request.path + '/' + encoded_segment(id);
  remember(path);
  if (!step.as.empty()) values_.keep_path(step.as, path);
  return path;
}

void ConformanceRun::remember(std::string path) {
  if (path.empty() || std::find(made_.begin(), made_.end(), path) != made_.end()) return;
  made_.push_back(std::move(path));
}

void ConformanceRun::remove_made() {
  for (; !made_.empty(); made_.pop_back()) {
    const Try<Response> response = backend_.exchange(request_for("DELETE", made_.back(), ""));
    const bool is_gone = response && (succeeded(response->status) || response->status == 404 || response->status == 410);
    if (!is_gone) left_.push_back(made_.back());
  }
}

void ConformanceRun::sweep() {
  constexpr std::array<std::pair<const char*, const char*>, 2> kNamed = {{{"/Users", "userName"}, {"/Groups", "displayName"}}};
  for (const auto& [endpoint, attribute] : kNamed) {
    for (std::string& path : found_of_ours(endpoint, attribute)) {
      if (std::find(left_.begin(), left_.end(), path) == left_.end()) remember(std::move(path));
    }
    remove_made();
    // Some servers answer 204 and keep it.
    for (std::string& path : found_of_ours(endpoint, attribute)) {
      if (std::find(left_.begin(), left_.end(), path) == left_.end()) left_.push_back(std::move(path));
    }
  }
}

/// In whatever case the server keeps it.
bool ConformanceRun::is_ours(std::string_view name) const { return equal_ignoring_case(name.substr(0, name_.size()), name_); }

/// Paths of all that has our name, page by page. A server that ignores filters answers with what is not ours.
std::vector<std::string> ConformanceRun::found_of_ours(const std::string& endpoint, const char* attribute) {
  std::vector<std::string> paths;
  for (std::size_t first = 1;;) {
    Request request = request_for("GET", endpoint, "");
    append_parameter(request.query, "filter", std::string(attribute) + " sw \"" + name_ + '"');
    append_parameter(request.query, "startIndex", std::to_string(first));
    const Try<Response> response = backend_.exchange(request);
    const Json body = response ? json_of(response->body) : Json();
    const Json* const resources = find(body, "/Resources");
    if (resources == nullptr || !resources->is_array() || resources->empty()) return paths;
    for (const Json& each : *resources) {
      std::string path = endpoint + '/' + encoded_segment(text_found(each, "/id"));
      if (std::find(paths.begin(), paths.end(), path) != paths.end()) return paths;  // the same page again
      if (is_ours(text_found(each, std::string("/") + attribute))) paths.push_back(std::move(path));
    }
    first += resources->size();
    const Json* const total = find(body, "/totalResults");
    const bool is_all = total == nullptr || !total->is_number_integer() || first > total->get<std::size_t>();
    if (is_all || paths.empty()) return paths;
  }
}

}  // namespace scim::cli
