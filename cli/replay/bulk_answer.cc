// SPDX-License-Identifier: MIT
#include "cli/replay/bulk_answer.h"

#include <algorithm>
#include <charconv>

#include "cli/backend.h"

namespace scim::cli {

int status_of(const Json& operation) {
  const Json status = operation.value("status", Json());
  if (status.is_number_integer()) return status.get<int>();
  if (!status.is_string()) return 0;
  const std::string& text = status.get_ref<const std::string&>();
  int code = 0;
  std::from_chars(text.data(), text.data() + text.size(), code);
  return code;
}

const Json* answer_to(const std::string& bulk_id, const Json& answer) {
  if (!answer.is_object()) return nullptr;
  const auto operations = answer.find("Operations");
  if (operations == answer.end()) return nullptr;
  const auto at = std::find_if(operations->begin(), operations->end(), [&](const Json& each) { return text_at(each, "bulkId") == bulk_id; });
  return at == operations->end() ? nullptr : &*at;
}

Response response_of(const Json& operation) {
  Response response;
  response.status = status_of(operation);
  for (const auto& [header, member] : {std::pair("Location", "location"), std::pair("ETag", "version")}) {
    const std::string value = text_at(operation, member);
    if (!value.empty()) response.headers.emplace_back(header, value);
  }
  if (operation.contains("response")) response.body = to_text(operation.at("response"));
  return response;
}

}  // namespace scim::cli
