// SPDX-License-Identifier: MIT
// What the placeholders of a check stand for (cli/conformance/conformance_check.h): its answers, and what its resources are called.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/conformance/conformance_target.h"
#include "core/http.h"
#include "core/json.h"

namespace scim::cli {

class ConformanceValues {
 public:
  /// `run` is what the names of all that the check makes begin with.
  ConformanceValues(const ConformanceTarget& target, std::string run);

  /// As `answer`, and under the name, if there is one.
  void keep_answer(const std::string& name, const Response& response);
  void keep_path(const std::string& name, std::string path);
  void keep_item(Json item);

  /// Null: none yet, or no JSON.
  const Json& answer() const { return values_.at("answer"); }
  std::string id_of(const std::string& name) const;

  Result<Json> expanded(const Json& json);
  /// Values are segments of a path.
  Result<std::string> expanded_path(const std::string& text) const;
  /// "types/Resources/*".
  std::vector<Json> elements_of(const std::string& list) const;

 private:
  Result<Json> referred(const std::string& reference) const;
  Result<std::string> replaced(const std::string& text, std::string (*written)(const Json&)) const;
  Result<Json> expanded_text(const std::string& text) const;
  const Json* one_value(std::string_view reference) const;
  std::optional<Json> value_of(std::string_view alternatives) const;
  Json with_required(Json object);

  const ConformanceTarget* target_;
  std::string run_;
  Json values_;
  int names_ = 0;  ///< that have been given to resources
};

/// Of a path.
std::string encoded_segment(std::string_view text);

/// Null: no JSON.
Json json_of(const std::string& body);

/// The text at `pointer`, "" if there is none.
std::string text_found(const Json& json, const std::string& pointer);

}  // namespace scim::cli
