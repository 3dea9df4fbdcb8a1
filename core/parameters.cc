// SPDX-License-Identifier: MIT
#include "core/parameters.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "core/http.h"
#include "core/schema.h"
#include "core/validate.h"

namespace scim {
namespace {

/// A whole number, cut at the ends of its type: a client may ask for page 10^30 (requirements I-10).
Result<std::int64_t> parse_integer(std::string_view name, std::string_view text) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return fail(ErrorKind::invalid_value, std::string(name) + " must be a whole number, not " + quote(text));
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{}) value = std::numeric_limits<std::int64_t>::max();
  return negative ? -value : value;
}

void append_names(std::string& names, std::string_view more) {
  if (!names.empty() && !more.empty()) names += ',';
  names += more;
}

Result<void> set_sort_order(Parameters& parameters, std::string_view text) {
  const bool descends = equal_ignoring_case(text, "descending");
  if (!descends && !equal_ignoring_case(text, "ascending")) {
    return fail(ErrorKind::invalid_value, "sortOrder must be ascending or descending, not " + quote(text));
  }
  parameters.sort_order = descends ? SortOrder::descending : SortOrder::ascending;
  return {};
}

void set_start_index(Parameters& parameters, std::int64_t index) { parameters.start_index = std::max<std::int64_t>(index, 1); }
void set_count(Parameters& parameters, std::int64_t count) { parameters.count = std::max<std::int64_t>(count, 0); }

/// A value of the URL. An empty number or word is none (http-cases HC-097).
struct UrlParameter {
  std::string_view name;
  Result<void> (*set)(Parameters&, const std::string& value);
};
constexpr std::array kUrlParameters = {
    UrlParameter{"filter",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   if (p.filter) return fail(ErrorKind::invalid_filter, "there are two filters");
                   p.filter = value;
                   return {};
                 }},
    UrlParameter{"sortBy",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   p.sort_by = trim(value);
                   return {};
                 }},
    UrlParameter{"sortOrder",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   return value.empty() ? Result<void>() : set_sort_order(p, value);
                 }},
    UrlParameter{"startIndex",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   if (value.empty()) return {};
                   SCIM_ASSIGN(const std::int64_t index, parse_integer("startIndex", value));
                   set_start_index(p, index);
                   return {};
                 }},
    UrlParameter{"count",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   if (value.empty()) return {};
                   SCIM_ASSIGN(const std::int64_t count, parse_integer("count", value));
                   set_count(p, count);
                   return {};
                 }},
    UrlParameter{"cursor",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   p.cursor = value;
                   return {};
                 }},
    UrlParameter{"attributes",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   append_names(p.attributes, trim(value));
                   return {};
                 }},
    UrlParameter{"excludedAttributes",
                 [](Parameters& p, const std::string& value) -> Result<void> {
                   append_names(p.excluded_attributes, trim(value));
                   return {};
                 }},
};

tl::unexpected<Error> wrong_type(std::string_view name, std::string_view wanted) {
  return fail(ErrorKind::invalid_syntax, std::string(name) + ": must be " + std::string(wanted));
}

Result<void> set_names(std::string& names, std::string_view name, const Json& value) {
  const bool is_list = value.is_array() && std::all_of(value.begin(), value.end(), [](const Json& item) { return item.is_string(); });
  if (!is_list) return wrong_type(name, "an array of attribute names");
  for (const Json& item : value) append_names(names, trim(item.get_ref<const std::string&>()));
  return {};
}

Result<std::int64_t> integer_of(std::string_view name, const Json& value) {
  if (!value.is_number_integer()) return wrong_type(name, "a whole number");
  return value.get<std::int64_t>();
}

/// A member of a SearchRequest.
struct SearchMember {
  std::string_view name;
  Result<void> (*set)(Parameters&, const Json& value);
};
constexpr std::array kSearchMembers = {
    SearchMember{"filter",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   if (!value.is_string()) return wrong_type("filter", "a string");
                   p.filter = value.get<std::string>();
                   return {};
                 }},
    SearchMember{"sortBy",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   if (!value.is_string()) return wrong_type("sortBy", "a string");
                   p.sort_by = trim(value.get_ref<const std::string&>());
                   return {};
                 }},
    SearchMember{"sortOrder",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   if (!value.is_string()) return wrong_type("sortOrder", "a string");
                   return set_sort_order(p, value.get_ref<const std::string&>());
                 }},
    SearchMember{"startIndex",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   SCIM_ASSIGN(const std::int64_t index, integer_of("startIndex", value));
                   set_start_index(p, index);
                   return {};
                 }},
    SearchMember{"count",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   SCIM_ASSIGN(const std::int64_t count, integer_of("count", value));
                   set_count(p, count);
                   return {};
                 }},
    SearchMember{"cursor",
                 [](Parameters& p, const Json& value) -> Result<void> {
                   if (!value.is_string()) return wrong_type("cursor", "a string");
                   p.cursor = value.get<std::string>();
                   return {};
                 }},
    SearchMember{"attributes",
                 [](Parameters& p, const Json& value) { return set_names(p.attributes, "attributes", value); }},
    SearchMember{"excludedAttributes",
                 [](Parameters& p, const Json& value) {
                   return set_names(p.excluded_attributes, "excludedAttributes", value);
                 }},
};

Result<void> check_names(std::string_view parameter, std::string_view names, Leniency& leniency) {
  if (names.find('[') == std::string_view::npos || leniency.allows(Tolerance::attribute_brackets)) return {};
  return fail(ErrorKind::invalid_value, std::string(parameter) + ": " + quote(names) + " has a filter, names are wanted");
}

/// What cannot be said together (RFC 7644 3.9, RFC 9865 2.4), and what names are not.
Result<Parameters> checked(Parameters parameters, Leniency& leniency) {
  SCIM_TRY(check_names("attributes", parameters.attributes, leniency));
  SCIM_TRY(check_names("excludedAttributes", parameters.excluded_attributes, leniency));
  if (!parameters.attributes.empty() && !parameters.excluded_attributes.empty()) {
    return fail(ErrorKind::invalid_value, "attributes and excludedAttributes cannot both be given");
  }
  if (parameters.cursor && parameters.start_index) {
    return fail(ErrorKind::invalid_value, "cursor and startIndex cannot both be given");
  }
  return parameters;
}

}  // namespace

Result<Parameters> parse_parameters(std::string_view query, Leniency& leniency) {
  SCIM_ASSIGN(const auto items, parse_query(query));
  Parameters parameters;
  for (const auto& [name, value] : items) {
    for (const UrlParameter& known : kUrlParameters) {
      if (!equal_ignoring_case(name, known.name)) continue;
      if (name != known.name && !leniency.allows(Tolerance::parameter_case)) {
        return fail(ErrorKind::invalid_value, "the parameter " + quote(name) + " is written " + std::string(known.name));
      }
      SCIM_TRY(known.set(parameters, value));
    }
  }
  return checked(std::move(parameters), leniency);
}

Result<Parameters> parse_search_request(const Json& body, Leniency& leniency) {
  if (!has_message_urn(body, urn::kSearchRequest)) {
    return fail(ErrorKind::invalid_syntax, "schemas: must contain " + quote(urn::kSearchRequest));
  }
  Parameters parameters;
  for (const SearchMember& member : kSearchMembers) {
    const Json* value = find_member(body, member.name);
    if (value != nullptr && !value->is_null()) SCIM_TRY(member.set(parameters, *value));
  }
  return checked(std::move(parameters), leniency);
}

}  // namespace scim
