// SPDX-License-Identifier: MIT
#include "core/error.h"

#include <iterator>

namespace scim {

const ErrorKindInfo& info(ErrorKind kind) {
  static constexpr ErrorKindInfo kTable[] = {
      {400, "invalidFilter", ""},
      {400, "tooMany", ""},
      {409, "uniqueness", ""},
      {400, "mutability", ""},
      {400, "invalidSyntax", ""},
      {400, "invalidPath", ""},
      {400, "noTarget", ""},
      {400, "invalidValue", ""},
      {400, "invalidVers", ""},
      {400, "invalidCursor", ""},
      {400, "expiredCursor", ""},
      {400, "invalidCount", ""},
      {403, "sensitive", ""},
      {400, "", ""},
      {401, "", "WWW-Authenticate"},
      {403, "", "WWW-Authenticate"},
      {404, "", ""},
      {405, "", "Allow"},
      {406, "", ""},
      {409, "", ""},
      {412, "", ""},
      {428, "", ""},
      {429, "", "Retry-After"},
      {413, "", ""},
      {414, "", ""},
      {431, "", ""},
      {408, "", ""},
      {415, "", ""},
      {500, "", ""},
      {501, "", ""},
      {503, "", "Retry-After"},
      {503, "", "Retry-After"},
  };
  static_assert(std::size(kTable) == static_cast<std::size_t>(ErrorKind::held) + 1);
  return kTable[static_cast<std::size_t>(kind)];
}

}  // namespace scim
