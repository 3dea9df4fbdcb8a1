// SPDX-License-Identifier: MIT
// LDIF that is imported, as users and as groups.
#include "tests/fuzz/imported.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static const Registry registry = Registry::standard();  // there is no other place between two inputs
  const std::string text = fuzz::text_of(data, size);
  for (const auto& type : registry.types()) fuzz::check_import(text, cli::RecordFormat::ldif, *type);
  return 0;
}
