// SPDX-License-Identifier: MIT
// The code of Json, once for all files.
#include "core/json.h"

template class nlohmann::basic_json<nlohmann::ordered_map>;
