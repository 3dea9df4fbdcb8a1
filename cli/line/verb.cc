// SPDX-License-Identifier: MIT
#include "cli/line/verb.h"

namespace scim::cli {
namespace {

const std::map<std::string, Kind> kKinds = {
    {"users", Kind::users}, {"user", Kind::users}, {"groups", Kind::groups}, {"group", Kind::groups}};

const std::map<std::string, std::optional<Dialect>> kDialectWords = {{"any", Dialect::any},
                                                                     {"rfc", Dialect::rfc},
                                                                     {"entra", Dialect::entra},
                                                                     {"okta", Dialect::okta},
                                                                     {"default", std::nullopt}};

}  // namespace

void choose(CLI::App& verb, Parsing& parsing, std::function<Command()> make) {
  verb.fallthrough();
  verb.callback([&parsing, make = std::move(make)] { parsing.make = make; });
}

bool is_kind(const std::string& word) { return kKinds.contains(word); }

CLI::Option* add_repeated(CLI::App& app, const std::string& name, std::vector<std::string>& into, const std::string& help) {
  return app.add_option(name, into, help)->expected(1)->allow_extra_args(false)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Validator never_negative() {
  return CLI::Validator([](const std::string& text) { return text.starts_with('-') ? quote(text) + " is less than nothing" : ""; }, "");
}

CLI::Validator any_of(const std::string& words) {
  return CLI::Validator([](const std::string&) { return std::string(); }, "", words);
}

void add_type(CLI::App& verb, Kind& kind) {
  add_word<Kind>(verb, "TYPE", kKinds, [&kind](Kind value) { kind = value; }, "users or groups")->required();
}

void add_consent(CLI::App& verb, Parsing& parsing) {
  add_choice(verb, "-y,--yes", parsing.globals.consent, Consent::given, "do not ask first; needed where there is no terminal to ask on");
}

void add_dialect(CLI::App& verb, std::function<void(std::optional<Dialect>)> take) {
  add_word<std::optional<Dialect>>(verb, "--dialect", kDialectWords, std::move(take),
                                   "what its client speaks: rfc, entra, okta, any; default: as configured")
      ->type_name("DIALECT");
}

}  // namespace scim::cli
