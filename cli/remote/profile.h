// SPDX-License-Identifier: MIT
// Which SCIM server is meant, and what opens it: --url and its like, or a profile of a configuration file.
#pragma once

#include <span>

#include "cli/line/options.h"
#include "cli/remote/remote.h"
#include "core/config.h"

namespace scim::cli {

/// The keys of a profile, each as "profile.NAME.url".
std::span<const ConfigKey> profile_keys();

/// The options over the profile, if one is named. Profiles stand in the configuration file that is named (--config, SCIMCTL_CONFIG), then in
/// the user's own, scimctl/scimctl.toml in XDG_CONFIG_HOME or ~/.config, then in one that is found. The token comes from --token-file, SCIMCTL_TOKEN or the profile's
/// token_file: "Bearer" is put before it unless it says how it is to be sent ("Basic ..."). It is not sent without TLS but to
/// this machine. A token file that others may read is warned of. ExitCode::usage: no such profile (with those there are), a
/// wrong key or URL, a file that cannot be read.
Try<RemoteServer> remote_server(const Globals& globals, Console& console);

/// The names of all profiles.
Try<std::vector<std::string>> profile_names(const Globals& globals);

/// The user's own file has profiles and nothing else. ExitCode::usage if somebody believes that it is a configuration.
Try<void> check_own_config(const Globals& globals);

}  // namespace scim::cli
