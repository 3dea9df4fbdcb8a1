// SPDX-License-Identifier: MIT
// What every answer is, whatever was asked.
#pragma once

#include "core/json.h"
#include "core/schema.h"
#include "core/text.h"
#include "tests/fuzz/property.h"

namespace scim::fuzz {

/// Whether a request may have a method that is not offered where it goes (501).
enum class Method { offered, any };

/// No fault of ours; a body is a SCIM document, and an error's says the status of the answer. The document.
inline Json check_answer(int status, std::string_view body, Method method) {
  constexpr int kNotImplemented = 501;
  const std::string text(body);
  const bool is_fault = status < 200 || (status >= 500 && (status != kNotImplemented || method == Method::offered));
  expect(!is_fault, "no answer is a fault of ours", std::to_string(status) + " " + text);
  if (body.empty()) {
    expect(status < 400, "an error says what it is about", std::to_string(status));
    return nullptr;
  }
  // Our own text may be beyond the limits for clients, but is UTF-8 and JSON like theirs.
  expect(is_utf8(body), "an answer is UTF-8", text);
  Json document = Json::parse(body, nullptr, false);
  expect(document.is_object() && document.contains("schemas") && document["schemas"].is_array() && !document["schemas"].empty(),
         "an answer is a SCIM document", text);
  const bool is_error = document["schemas"] == Json::array({urn::kError});
  expect(is_error == (status >= 400), "errors are errors", std::to_string(status) + " " + text);
  if (!is_error) return document;
  expect(document["status"] == std::to_string(status), "an error says its status", text);
  expect(document.contains("detail") && document["detail"].is_string() && !document["detail"].get_ref<const std::string&>().empty(), "an error says why", text);
  return document;
}

}  // namespace scim::fuzz
