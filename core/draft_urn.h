// SPDX-License-Identifier: MIT
// The URNs of drafts before RFC 7643, which OneLogin and files of old still have (client-quirks N1).
#pragma once

#include <string_view>

#include "core/text.h"

namespace scim {

/// Of the core schema, users and groups alike.
inline bool is_draft_core(std::string_view urn) {
  constexpr std::string_view kDraft = "urn:scim:schemas:core:";
  return equal_ignoring_case(urn.substr(0, kDraft.size()), kDraft);
}

inline bool is_draft_enterprise(std::string_view urn) {
  constexpr std::string_view kDraft = "urn:scim:schemas:extension:enterprise:";
  return equal_ignoring_case(urn.substr(0, kDraft.size()), kDraft);
}

}  // namespace scim
