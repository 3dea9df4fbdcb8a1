// SPDX-License-Identifier: MIT
#include "core/plugin.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <limits>

#include "core/scim_plugin.h"
#include "core/shared_object.h"

namespace scim {
namespace {

Result<SharedObject> open_plugin(const std::string& key, const std::string& path) {
  SCIM_ASSIGN(SharedObject object, SharedObject::open(key, path));
  SCIM_ASSIGN(const auto version, object.function<decltype(&scim_plugin_version)>("scim_plugin_version"));
  if (const int made_for = version(); made_for != SCIM_PLUGIN_VERSION) {
    return fail(ErrorKind::invalid_value, object.place() + "is made for version " + std::to_string(made_for) +
                                              " of scim_plugin.h, not " + std::to_string(SCIM_PLUGIN_VERSION));
  }
  return object;
}

/// A sentence of a plug-in, short and on one line.
std::string sentence(const char* data, std::size_t size) {
  constexpr std::size_t kLongest = 200;
  if (data == nullptr) return {};
  std::size_t end = std::min(size, kLongest);
  // Not in the middle of a character.
  while (end > 0 && end < size && (static_cast<unsigned char>(data[end]) & 0xC0) == 0x80) --end;
  return printable(std::string_view(data, end));
}

/// A request as scim_check sees it.
class RequestView {
 public:
  explicit RequestView(const Request& request) : request_(request) {
    view_.size = sizeof(view_);
    view_.method = request.method.c_str();
    view_.path = request.path.c_str();
    view_.query = request.query.c_str();
    view_.remote_user = request.remote_user.c_str();
    view_.remote_addr = request.remote_addr.c_str();
    view_.content_type = request.content_type.c_str();
    view_.header = [](const scim_request* view, const char* name) -> const char* {
      return static_cast<const RequestView*>(view->caller)->header(name);
    };
    view_.caller = this;
  }
  RequestView(const RequestView&) = delete;
  RequestView& operator=(const RequestView&) = delete;

  const scim_request* get() const { return &view_; }
  /// A header could not be looked up, which the plug-in took for one that was not sent.
  bool has_failed() const { return failed_; }

 private:
  /// Called from C, through which nothing may be thrown.
  const char* header(const char* name) const noexcept {
    try {
      if (!request_.header || name == nullptr) return nullptr;
      std::string value = request_.header(name);
      if (value.empty()) return nullptr;
      return values_.emplace_back(std::move(value)).c_str();
    } catch (...) {
      failed_ = true;
      return nullptr;
    }
  }

  const Request& request_;
  scim_request view_{};
  mutable std::deque<std::string> values_;  // a deque: the strings stay where they are
  mutable bool failed_ = false;
};

class LoadedCheck : public RequestCheck {
 public:
  LoadedCheck(SharedObject object, decltype(&scim_check) function, Env& env)
      : object_(std::move(object)), check_(function), env_(env) {}

  Result<Decision> check(const Request& request) const override {
    const RequestView view(request);
    scim_decision decision{};
    decision.size = sizeof(decision);
    const int result = check_(view.get(), &decision);
    if (result != 0) return failed("returned " + std::to_string(result));
    if (view.has_failed()) return failed("had no memory for a header");
    const char* end = std::find(std::begin(decision.name), std::end(decision.name), '\0');
    std::string name = sentence(decision.name, static_cast<std::size_t>(end - decision.name));
    switch (decision.rights) {
      case SCIM_DENY: return Decision{std::nullopt, std::move(name)};
      case SCIM_READ_ONLY: return Decision{Rights::read, std::move(name)};
      case SCIM_READ_AND_WRITE: return Decision{Rights::read_and_write, std::move(name)};
      default: return failed("gave rights that there are not: " + std::to_string(decision.rights));
    }
  }

 private:
  tl::unexpected<Error> failed(const std::string& why) const {
    env_.log(LogLevel::error, "access.check: scim_check " + why);
    return fail(ErrorKind::internal, "the access check failed");
  }

  SharedObject object_;
  decltype(&scim_check) check_;
  Env& env_;
};

struct AdapterFunctions {
  decltype(&::from_scim) from_scim;
  decltype(&::to_scim) to_scim;
  decltype(&::scim_free) free;
};

/// What a hook gives, given back to it.
class PluginText {
 public:
  explicit PluginText(decltype(&::scim_free) free) : free_(free) {}
  ~PluginText() {
    if (text_.data != nullptr) free_(&text_);
  }
  PluginText(const PluginText&) = delete;
  PluginText& operator=(const PluginText&) = delete;

  scim_text* get() { return &text_; }
  std::string_view text() const { return text_.data == nullptr ? std::string_view() : std::string_view(text_.data, text_.length); }

 private:
  decltype(&::scim_free) free_;
  scim_text text_{};
};

class LoadedAdapter : public Adapter {
 public:
  LoadedAdapter(SharedObject object, const AdapterFunctions& functions, Env& env)
      : object_(std::move(object)), functions_(functions), env_(env) {}

  Result<Json> from_scim(const ResourceType& type, Json resource) const override {
    PluginText out(functions_.free);
    const std::string text = to_text(resource);
    const int result = functions_.from_scim(type.name.c_str(), text.data(), text.size(), out.get());
    if (result == SCIM_REFUSED) return refused(out.text());
    return adapted("from_scim", result, out.text(), std::move(resource));
  }
  Result<Json> to_scim(const ResourceType& type, Json resource) const override {
    PluginText out(functions_.free);
    const std::string text = to_text(resource);
    const int result = functions_.to_scim(type.name.c_str(), text.data(), text.size(), out.get());
    return adapted("to_scim", result, out.text(), std::move(resource));
  }

 private:
  Result<Json> adapted(const std::string& hook, int result, std::string_view out, Json unchanged) const {
    if (result == SCIM_UNCHANGED) return unchanged;
    if (result != SCIM_ADAPTED) {
      return failed(hook + " returned " + std::to_string(result) + ' ' + sentence(out.data(), out.size()));
    }
    // As large as the resources of the store may be.
    const JsonLimits limits{JsonLimits().depth, std::numeric_limits<std::size_t>::max()};
    Result<Json> resource = parse_json(out, limits);
    if (!resource) return failed(hook + " gave no JSON: " + resource.error().detail);
    if (!resource->is_object()) return failed(hook + " gave no JSON object");
    return resource;
  }
  static tl::unexpected<Error> refused(std::string_view out) {
    std::string why = sentence(out.data(), out.size());
    return fail(ErrorKind::invalid_value, why.empty() ? "the adapter refuses this resource" : std::move(why));
  }
  tl::unexpected<Error> failed(const std::string& why) const {
    env_.log(LogLevel::error, "adapter: " + why);
    return fail(ErrorKind::internal, "the adapter failed");
  }

  SharedObject object_;
  AdapterFunctions functions_;
  Env& env_;
};

}  // namespace

Result<std::unique_ptr<const RequestCheck>> load_check(const Config& config, Env& env) {
  if (config.access.check != AccessCheck::plugin) return nullptr;
  SCIM_ASSIGN(SharedObject object, open_plugin("access.check", config.access.plugin));
  SCIM_ASSIGN(const auto check, object.function<decltype(&scim_check)>("scim_check"));
  return std::make_unique<const LoadedCheck>(std::move(object), check, env);
}

Result<std::unique_ptr<const Adapter>> load_adapter(const Config& config, Env& env) {
  if (config.adapter.empty()) return nullptr;
  SCIM_ASSIGN(SharedObject object, open_plugin("adapter", config.adapter));
  AdapterFunctions functions{};
  SCIM_ASSIGN(functions.from_scim, object.function<decltype(&::from_scim)>("from_scim"));
  SCIM_ASSIGN(functions.to_scim, object.function<decltype(&::to_scim)>("to_scim"));
  SCIM_ASSIGN(functions.free, object.function<decltype(&::scim_free)>("scim_free"));
  return std::make_unique<const LoadedAdapter>(std::move(object), functions, env);
}

}  // namespace scim
