// SPDX-License-Identifier: MIT
// The options, from one table.
#include "fcgi/options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>
#include <thread>
#include <vector>

#include "core/text.h"

namespace scim::fcgi {
namespace {

constexpr std::size_t kFewestThreads = 4;
constexpr std::size_t kMostThreads = 1024;

using Apply = Result<void> (*)(Options&, const std::string& value);

struct Option {
  std::string_view name;
  std::string_view value;  ///< what it takes; "" for none
  std::string_view help;
  Apply apply;
};

Result<void> set_threads(Options& options, const std::string& value) {
  const char* const end = value.data() + value.size();
  const auto [stop, error] = std::from_chars(value.data(), end, options.threads);
  if (error == std::errc() && stop == end && options.threads >= 1 && options.threads <= kMostThreads) return {};
  return fail(ErrorKind::invalid_value, "--threads wants a number from 1 to " + std::to_string(kMostThreads) + ", not " +
                                            quote(value));
}

constexpr std::array kOptions = {
    Option{"--config", "FILE", "configuration (else SCIMCTL_CONFIG, ./scimctl.toml, /etc/scimctl/scimctl.toml)",
           [](Options& o, const std::string& v) -> Result<void> { o.config = v; return {}; }},
    Option{"--listen", "ADDRESS", "unix:/path or host:port (else the socket of systemd or spawn-fcgi, or CGI)",
           [](Options& o, const std::string& v) -> Result<void> { o.listen = v; return {}; }},
    Option{"--threads", "N", "requests served at a time (else twice the processors, at least 4)", set_threads},
    Option{"--test", "", "say whether it could serve, and end: nothing is written",
           [](Options& o, const std::string&) -> Result<void> { o.action = Options::Action::test; return {}; }},
    Option{"--version", "", "print the version",
           [](Options& o, const std::string&) -> Result<void> { o.action = Options::Action::version; return {}; }},
    Option{"--help", "", "print this",
           [](Options& o, const std::string&) -> Result<void> { o.action = Options::Action::help; return {}; }},
};

}  // namespace

std::size_t default_threads() {
  return std::max<std::size_t>(kFewestThreads, std::size_t{2} * std::thread::hardware_concurrency());
}

Result<Options> parse_options(int argc, char* const* argv) {
  Options options;
  options.threads = default_threads();
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string name = words[i].substr(0, equals);
    const auto* const option = std::find_if(kOptions.begin(), kOptions.end(), [&](const Option& o) { return o.name == name; });
    if (option == kOptions.end()) return fail(ErrorKind::invalid_value, "unknown argument " + quote(words[i]));
    if (option->value.empty() && equals != std::string::npos) {
      return fail(ErrorKind::invalid_value, name + " takes no value");
    }
    std::string value;
    if (equals != std::string::npos) {
      value = words[i].substr(equals + 1);
    } else if (!option->value.empty()) {
      if (++i == words.size()) return fail(ErrorKind::invalid_value, name + " wants " + std::string(option->value));
      value = words[i];
    }
    if (!option->value.empty() && value.empty()) {
      return fail(ErrorKind::invalid_value, name + " wants " + std::string(option->value));
    }
    SCIM_TRY(option->apply(options, value));
  }
  return options;
}

std::string usage() {
  std::string line = "usage: scim-fcgi";
  for (const Option& option : kOptions) {
    line += " [" + std::string(option.name) + (option.value.empty() ? "" : " ") + std::string(option.value) + "]";
  }
  return line + "\n";
}

std::string help() {
  std::string text = usage() + "\nServes SCIM 2.0 to a web server by FastCGI or CGI.\n\n";
  for (const Option& option : kOptions) {
    std::string left = "  " + std::string(option.name) + " " + std::string(option.value);
    left.resize(std::max<std::size_t>(left.size() + 1, 21), ' ');
    text += left + std::string(option.help) + "\n";
  }
  return text + "\nSee scim-fcgi(8) and scimctl.toml(5).\n";
}

}  // namespace scim::fcgi
