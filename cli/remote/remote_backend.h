// SPDX-License-Identifier: MIT
// A SCIM server at a URL, whoever has written it.
#pragma once

#include <memory>
#include <optional>

#include "cli/backend.h"
#include "cli/remote/remote.h"

namespace scim::cli {

class RemoteBackend final : public Backend {
 public:
  static Try<std::unique_ptr<RemoteBackend>> open(const Globals& globals, Console& console);

  /// Waits and sends again when the server puts it off (429, 503), at most as often as --retries says.
  Try<Response> exchange(Request request) override;
  std::unique_ptr<Backend> asked_by(Stranger stranger) override;
  /// As the server's discovery describes it, with what RFC 7643 has and its description leaves out; the standard types if
  /// it describes none. Asked for once.
  Try<const Registry*> types() override;
  /// As ServiceProviderConfig says. Asked for once.
  Try<Features> features() override;
  Try<void> check_is_scim(const Response& not_found) override;

  const RemoteServer& server() const { return client_.server(); }

 private:
  RemoteBackend(Config config, RemoteServer server, std::int64_t retries, Console& console);
  Try<std::optional<Json>> discover(std::string path);
  Try<void> load_registry();
  void hide_sent(const Request& request, Response& response) const;

  HttpClient client_;
  const std::int64_t retries_;
  Console& console_;
  std::unique_ptr<const Registry> registry_;
  std::optional<Features> features_;
  bool serves_scim_ = false;  // something of it was there
};

/// The types of a server from its /ResourceTypes and /Schemas, as far as they can be understood: attributes of RFC 7643
/// that its User and Group leave out are there all the same, and documents that break the RFC are passed over.
Registry registry_from_discovery(const Json& resource_types, const Json& schemas);

/// nullopt: there is none that can be read. A server that does not say offers nothing.
Features features_of(const std::optional<Json>& service_provider_config);

}  // namespace scim::cli
