// SPDX-License-Identifier: MIT
// Reads the case files of tests/data, and the registry that they are about.
#pragma once

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

#include "core/json.h"
#include "core/registry.h"

namespace scim::test {

inline std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

inline Json read_cases(const std::string& name) {
  return Json::parse(read_file(std::string(SCIMCTL_TEST_DATA) + "/" + name));
}

/// The standard types and Widget, which has every data type, mutability and returned value.
inline Registry registry_with_widget() {
  std::vector<Schema> schemas = standard_schemas();
  schemas.push_back(schema_from_json(read_cases("scim/Widget.json")).value());
  std::vector<ResourceType> types = standard_resource_types();
  ResourceType widget;
  widget.name = "Widget";
  widget.endpoint = "/Widgets";
  widget.schema = schemas.back().id;
  types.push_back(std::move(widget));
  return Registry::make(std::move(schemas), std::move(types)).value();
}

}  // namespace scim::test
