// SPDX-License-Identifier: MIT
// C libraries that are loaded by the first call that needs them, and stay: to load one takes longer than many a command.
#pragma once

#include "core/shared_object.h"

/// A struct `Functions` of pointers to the functions of a library, by their names. LIST(X) is X(name) of each.
#define SCIM_LIBRARY_FUNCTIONS(Functions, LIST)                  \
  struct Functions {                                             \
    LIST(SCIM_LIBRARY_MEMBER)                                    \
    static Result<Functions> of(const SharedObject& library) {   \
      Functions functions;                                       \
      LIST(SCIM_LIBRARY_LOAD)                                    \
      return functions;                                          \
    }                                                            \
  }
#define SCIM_LIBRARY_MEMBER(name) decltype(&::name) name = nullptr;
#define SCIM_LIBRARY_LOAD(name) SCIM_TRY(library.load(#name, functions.name));

namespace scim {

/// The functions of the one library that has those of `Functions`; `key` and `file` as of SharedObject::open(). Loaded by
/// the first call; it stays until the process ends, as what it has loaded itself does. invalidValue: it is not installed, or
/// too old.
template <class Functions>
const Result<Functions>& library(const char* key, const char* file) {
  static const Result<Functions> loaded = [&]() -> Result<Functions> {
    SCIM_ASSIGN(SharedObject object, SharedObject::open(key, file));
    static const auto* const kept = new SharedObject(std::move(object));
    return Functions::of(*kept);
  }();
  return loaded;
}

}  // namespace scim
