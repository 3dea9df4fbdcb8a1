// SPDX-License-Identifier: MIT
#include "case_file.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace scim::test {

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

Json read_cases(const std::string& name) {
  return Json::parse(read_file(std::string(SCIMCTL_TEST_DATA) + "/" + name));
}

Registry registry_with_widget() {
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
