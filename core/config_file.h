// SPDX-License-Identifier: MIT
// Where a configuration is found, and whose files are taken.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "core/config.h"
#include "core/error.h"

namespace scim {

struct ConfigFile {
  std::string path;  ///< "": there is none
  std::string text;
};

/// The one that is `named`, else SCIMCTL_CONFIG's, ./scimctl.toml, /etc/scimctl/scimctl.toml: the first that exists. notFound: what is
/// named is not there. invalidValue: it cannot be read, or it is a ./scimctl.toml that is a link, or that others than
/// root and the caller have written, or a pipe that has not ended within `patience`: nullopt, it is waited for.
Result<ConfigFile> find_config(const std::string& named, std::optional<std::chrono::milliseconds> patience = std::nullopt);

/// Paths in it are relative to it. Without a file: the defaults.
Result<Config> read_config(const ConfigFile& file);

}  // namespace scim
