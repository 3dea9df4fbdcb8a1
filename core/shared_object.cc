// SPDX-License-Identifier: MIT
#include "core/shared_object.h"

#include <dlfcn.h>

namespace scim {

void SharedObject::Close::operator()(void* handle) const { ::dlclose(handle); }

Result<SharedObject> SharedObject::open(const std::string& key, const std::string& file) {
  // All its symbols now: what is missing must not be found out by a request.
  void* const handle = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) return fail(ErrorKind::invalid_value, key + ": " + ::dlerror());
  return SharedObject(key + ": " + file + ": ", handle);
}

Result<void*> SharedObject::symbol(const char* name) const {
  void* const found = ::dlsym(handle_.get(), name);
  if (found == nullptr) return fail(ErrorKind::invalid_value, place_ + "has no function " + name);
  return found;
}

}  // namespace scim
