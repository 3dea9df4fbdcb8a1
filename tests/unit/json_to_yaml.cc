// SPDX-License-Identifier: MIT
// A JSON document on each line of standard input -> a stream of YAML documents.
#include <iostream>
#include <string>

#include "cli/output/yaml.h"

int main() {
  std::string line;
  while (std::getline(std::cin, line)) std::cout << "---\n" << scim::cli::to_yaml(scim::Json::parse(line));
}
