// SPDX-License-Identifier: MIT
// The table of keys -> TOML, or rows.
#include "cli/settings.h"

#include <ostream>

#include "cli/remote/profile.h"
#include "core/config.h"

namespace scim::cli {
namespace {

std::string table_of(std::string_view key) {
  const std::size_t dot = key.rfind('.');
  return dot == std::string_view::npos ? "" : std::string(key.substr(0, dot));
}

/// The default as TOML writes it.
std::string toml_value(const ConfigKey& key) {
  const bool is_literal = key.type.starts_with("integer") || key.type == "boolean" || key.type == "list of strings";
  return is_literal ? std::string(key.default_text) : '"' + std::string(key.default_text) + '"';
}

Json row_of(const ConfigKey& key) {
  return Json{{"name", std::string(key.name)},
              {"type", std::string(key.type)},
              {"default", std::string(key.default_text)},
              {"help", std::string(key.help)}};
}

/// Those of scim-fcgi, then those of scimctl alone.
std::vector<ConfigKey> all_keys() {
  std::vector<ConfigKey> keys(config_keys().begin(), config_keys().end());
  keys.insert(keys.end(), profile_keys().begin(), profile_keys().end());
  return keys;
}

}  // namespace

std::string config_template() {
  std::string out;
  std::string table;
  for (const ConfigKey& key : all_keys()) {
    const std::string here = table_of(key.name);
    if (!out.empty()) out += '\n';
    const bool is_example = here.find('.') != std::string::npos;  // NAME stands for any
    if (here != table) out += (is_example ? "# [" : "[") + here + "]\n";
    table = here;
    const std::string_view name = here.empty() ? key.name : key.name.substr(here.size() + 1);
    out.append("# ").append(key.help).append(" (").append(key.type).append(")\n");
    out.append("# ").append(name).append(" = ").append(toml_value(key)).append("\n");
  }
  return out;
}

Try<ExitCode> run(const ConfigCommand&, const Globals& globals, Console& console) {
  if (!globals.format) {
    console.out << config_template();
    return ExitCode::ok;
  }
  const std::vector<std::string> all = {"name", "type", "default", "help"};
  SCIM_ASSIGN(std::vector<Column> columns, chosen_columns(globals.columns, all));
  Printer printer(console, std::move(columns), "name");
  for (const ConfigKey& key : all_keys()) printer.add(row_of(key));
  printer.finish(Envelope{Envelope::Kind::array});
  return ExitCode::ok;
}

}  // namespace scim::cli
