// SPDX-License-Identifier: MIT
#include "core/permission.h"

#include <algorithm>

#include "core/json.h"

namespace scim {
namespace {

Result<std::vector<std::string>> list_in(const Json& object, const char* name) {
  const Json list = object.value(name, Json::array());
  const bool is_list = list.is_array() && std::all_of(list.begin(), list.end(), [](const Json& each) { return each.is_string(); });
  if (!is_list) return fail(ErrorKind::invalid_value, std::string(name) + " is no list");
  return list.get<std::vector<std::string>>();
}

Result<std::string> text_in(const Json& object, const char* name) {
  const Json text = object.value(name, Json(""));
  if (!text.is_string()) return fail(ErrorKind::invalid_value, std::string(name) + " is no text");
  return text.get<std::string>();
}

}  // namespace

std::string to_text(const Permission& permission) {
  Json object = Json::object();
  if (!permission.types.empty()) object["types"] = permission.types;
  if (!permission.hidden.empty()) object["hidden"] = permission.hidden;
  if (!permission.user_name.empty()) object["user"] = permission.user_name;
  if (permission.dialect) object["dialect"] = to_string(*permission.dialect);
  if (permission.expires) object["expires"] = format_instant(*permission.expires);
  return to_text(object);
}

Result<Permission> permission_from_text(std::string_view text) {
  const Json object = Json::parse(text, nullptr, false);
  if (!object.is_object()) return fail(ErrorKind::invalid_value, "no permission");
  Permission permission;
  SCIM_ASSIGN(permission.types, list_in(object, "types"));
  SCIM_ASSIGN(permission.hidden, list_in(object, "hidden"));
  SCIM_ASSIGN(permission.user_name, text_in(object, "user"));
  SCIM_ASSIGN(const std::string dialect, text_in(object, "dialect"));
  SCIM_ASSIGN(const std::string expires, text_in(object, "expires"));
  permission.dialect = dialect_of(dialect);
  permission.expires = parse_instant(expires);
  // What is there and is not understood must not become a permission for more.
  const bool is_understood = permission.dialect.has_value() != dialect.empty() && permission.expires.has_value() != expires.empty();
  if (!is_understood) return fail(ErrorKind::invalid_value, "a permission with an unknown dialect or end");
  return permission;
}

}  // namespace scim
