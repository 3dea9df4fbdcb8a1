// SPDX-License-Identifier: MIT
// The checks of scimctl conformance as data: what cli/conformance/*.json say, one file for each area.
//
// A check is a list of steps, each one request and what its answer must be like. Texts in it have placeholders:
//
//   {{run}}              what the names of all that this check makes begin with
//   {{ada/meta/version}} a JSON pointer into the answer that a step kept `as` ada; `answer` is the one that is looked at,
//                        `item` the element of for_each. The first that is there of {{item/id|item/name}}. A text that is
//                        nothing else becomes the value, whatever its type.
//   {{ada.path}}         the path of the resource that was made as ada
//   {{ada:ETag}}         a header of the answer kept as ada
//   {{answer.status}}    its status, as a text
//
// What a step does is said by one of
//
//   send        "GET /Users/{{ada/id}}", with body (JSON) or text (sent as it is), query (names and values), content_type, accept,
//               if_match, if_none_match, authorization ("none", "wrong")
//   make        User or Group: POST with what the server's schema requires, and `with` over it. Not what the check is about: that
//               it fails is no verdict, and where the answer has no body, it is read
//   get         the resource made under this name
//   patch       the same, with `operations`
//
// and what is wanted by status (a list, by default what the method promises; 4 is 400 to 499), scimType, expect ({pointer: matcher}),
// headers ({name: matcher}), finds and finds_in_order (names of resources: what a ListResponse has, and nothing else). Matchers:
// cli/conformance/expectation.h. An object with "+required": "User" (or "Group") has what the server's schema requires of one, also in its complex
// attributes, under what it says itself. One with "+beyond": n is an array of n + 1 times its "each".
//
// That it is otherwise is no fault of the server, and the check is skipped, where a step is `given` (true), or the answer is as
// `skip_if` says: {"status": [...], "scimType": "..."}, a scimType for {"status": [400], "scimType": "..."}, or a list of such.
// A filter in a URL may always be refused with 403: it can be personal data (RFC 7644 7.5.2).
//
// `for_each` repeats a step for the elements of a list: "types/Resources/*/schemaExtensions/*".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"
#include "core/json.h"

namespace scim::cli {

enum class Level { must, should };

std::string_view to_string(Level level);

/// With placeholders, all of it.
struct ConformanceStep {
  enum class About {
    requirement,  ///< a difference is a failure
    premise,      ///< ... means that the check cannot be run on this server
    preparation,  ///< ... means that the server is in no state to be checked
  };
  About about = About::requirement;
  std::string for_each;  ///< "" once
  std::string as;        ///< "" forgotten
  std::string method;
  std::string path;
  Json query = Json::object();
  Json body;         ///< null: `text`
  std::string text;  ///< "" none
  std::string content_type;
  std::string accept;
  std::string if_match;
  std::string if_none_match;
  std::string authorization;  ///< "" our own, "none", "wrong"

  std::vector<int> status;  ///< or the first digit, for all that begin with it
  std::string scim_type;    ///< "" any or none
  struct SkipIf {
    std::vector<int> status;
    std::string scim_type;  ///< "" any or none
  };
  std::vector<SkipIf> skip_if;  ///< any of them
  Json headers = Json::object();
  Json expected = Json::object();
  std::vector<std::string> finds;
  enum class Finds { anything, any_order, this_order } finding = Finds::anything;
};

struct ConformanceCheck {
  std::string id;  ///< of the requirement, and a word: "F-17.unknown-operator"
  std::string area;
  std::string title;
  std::string rfc;          ///< "RFC 7644 3.4.2.2"
  std::string requirement;  ///< what it asks for there, in short: the section has its words
  Level level = Level::must;
  std::vector<std::string> needs;  ///< of the server: cli/conformance/conformance_target.h
  std::vector<ConformanceStep> steps;
};

/// invalidSyntax names the check and what is wrong with it.
Result<std::vector<ConformanceCheck>> read_conformance_checks(std::string_view json);

/// Whether the status is among those that a step names.
bool is_among(int status, const std::vector<int>& named);

/// All of them, in the order in which they run.
Result<std::vector<ConformanceCheck>> conformance_checks();

/// Whether `wanted` names the check, its requirement or the requirement's letters: "F-17.unknown-operator", "F-17", "F".
bool is_named(const ConformanceCheck& check, std::string_view wanted);

}  // namespace scim::cli
