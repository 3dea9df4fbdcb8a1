// SPDX-License-Identifier: MIT
// Shared objects that are loaded while the program runs: plug-ins, and libraries that most runs need none of. The only
// includer of dlfcn.h is shared_object.cc.
#pragma once

#include <memory>
#include <string>

#include "core/error.h"

namespace scim {

/// A loaded file, for as long as its functions may be called.
class SharedObject {
 public:
  /// `file`: a path, or a name that the dynamic loader looks for ("libpq.so.5"). `key`, what wants it, begins its messages.
  /// invalidValue.
  static Result<SharedObject> open(const std::string& key, const std::string& file);

  /// By name; `F` is the type of the pointer. invalidValue.
  template <class F>
  Result<F> function(const char* name) const {
    SCIM_ASSIGN(void* const found, symbol(name));
    return reinterpret_cast<F>(found);
  }
  template <class F>
  Result<void> load(const char* name, F& into) const {
    SCIM_ASSIGN(into, function<F>(name));
    return {};
  }
  /// "key: file: ", for messages about it.
  const std::string& place() const { return place_; }

 private:
  struct Close {
    void operator()(void* handle) const;
  };
  SharedObject(std::string place, void* handle) : place_(std::move(place)), handle_(handle) {}
  Result<void*> symbol(const char* name) const;

  std::string place_;
  std::unique_ptr<void, Close> handle_;
};

}  // namespace scim
