// SPDX-License-Identifier: MIT
#include "core/guard.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "core/crypto.h"
#include "core/filter.h"
#include "core/ledger.h"
#include "core/predicate.h"
#include "core/project.h"
#include "core/store.h"
#include "core/words.h"

namespace scim {
namespace {

constexpr std::chrono::hours kWindow{1};
constexpr std::int64_t kWhole = 100;  // per cent
/// Of the hash: nobody finds two requests with one id.
constexpr std::size_t kIdLength = 24;
/// An identity provider that is told when to come again comes then.
constexpr const char* kRetryAfter = "600";

constexpr Words<GuardAction, 4> kActions = {
    {{"off", GuardAction::off}, {"warn", GuardAction::warn}, {"hold", GuardAction::hold}, {"refuse", GuardAction::refuse}}};
constexpr Words<GuardLimit GuardConfig::*, 3> kLimits = {
    {{"deactivations", &GuardConfig::deactivations}, {"deletions", &GuardConfig::deletions}, {"member_removals", &GuardConfig::removals}}};

Result<void> take_number(std::string_view word, GuardLimit& limit) {
  const bool is_percent = word.ends_with('%');
  const std::string_view digits = is_percent ? word.substr(0, word.size() - 1) : word;
  std::int64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc() && stop == digits.data() + digits.size() && number >= 0 && !digits.empty();
  std::optional<std::int64_t>& into = is_percent ? limit.percent : limit.count;
  if (!is_number || into || (is_percent && number > kWhole)) {
    return fail(ErrorKind::invalid_value, "a limit is \"50\", \"5%\" or \"50 or 5%\", not " + quote(word));
  }
  into = number;
  return {};
}

Result<void> take_word(std::string_view word, GuardConfig& config) {
  if (const auto action = value_for(kActions, word)) {
    config.action = *action;
    return {};
  }
  const std::size_t equals = word.find('=');
  const auto limit = value_for(kLimits, word.substr(0, equals));
  if (limit && equals != std::string_view::npos) {
    SCIM_ASSIGN(config.**limit, parse_guard_limit(word.substr(equals + 1)));
    return {};
  }
  return fail(ErrorKind::invalid_value, "a guard is off, warn, hold or refuse, with deactivations=, deletions= and member_removals=, not " + quote(word));
}

Losses sum_of(const LossesByType& all) {
  Losses sum;
  for (const auto& [type, losses] : all) sum += losses;
  return sum;
}

}  // namespace

Result<GuardLimit> parse_guard_limit(std::string_view text) {
  GuardLimit limit;
  const std::size_t or_at = text.find(" or ");
  const std::string_view first = text.substr(0, or_at);
  if (!first.empty() || or_at != std::string_view::npos) SCIM_TRY(take_number(first, limit));
  if (or_at != std::string_view::npos) SCIM_TRY(take_number(text.substr(or_at + 4), limit));
  return limit;
}

Result<GuardConfig> guard_of_token(std::string_view text, const GuardConfig& otherwise) {
  GuardConfig config = otherwise;
  while (!text.empty()) {
    constexpr std::string_view kOr = " or ";  // within "50 or 5%"
    std::size_t blank = text.find(' ');
    if (blank != std::string_view::npos && text.substr(blank).starts_with(kOr)) blank = text.find(' ', blank + kOr.size());
    const std::string_view word = text.substr(0, blank);
    if (!word.empty()) SCIM_TRY(take_word(word, config));
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  }
  return config;
}

/// A limit and what it counts.
struct Guard::Rule {
  enum class Counts { active, all, members };
  const char* noun;
  std::int64_t Losses::*losses;
  GuardLimit GuardConfig::*limit;
  Counts of;
};

const Guard::Rule Guard::kRules[] = {
    {"deactivations", &Losses::deactivations, &GuardConfig::deactivations, Rule::Counts::active},
    {"deletions", &Losses::deletions, &GuardConfig::deletions, Rule::Counts::all},
    {"removals of members", &Losses::removals, &GuardConfig::removals, Rule::Counts::members},
};

Result<void> Guard::allow(Transaction& transaction, const std::vector<TypedLosses>& lost) const {
  Ledger* ledger = transaction.ledger();
  const bool is_any = std::any_of(lost.begin(), lost.end(), [](const TypedLosses& each) { return each.losses.any(); });
  if (config_.action == GuardAction::off || !is_any || ledger == nullptr) return {};
  std::optional<HeldRequest::State> held;
  if (config_.action == GuardAction::hold) {
    SCIM_ASSIGN(held, ledger->find_hold(hold_id()));
  }
  if (held == HeldRequest::State::rejected) return refuse("an administrator has rejected it");
  SCIM_ASSIGN(LossesByType used, ledger->losses_since(actor_.name, env_.now() - kWindow));
  for (const TypedLosses& each : lost) used[each.type->name] += each.losses;
  for (const Rule& rule : kRules) {
    if (!(config_.*rule.limit).any()) continue;
    SCIM_ASSIGN(const bool is_within, is_within(transaction, lost, rule, used));
    if (!is_within) return act(std::to_string(sum_of(used).*rule.losses) + ' ' + rule.noun + " within an hour");
  }
  // It may have waited for this hour.
  return held ? ledger->forget_hold(hold_id()) : Result<void>();
}

Result<bool> Guard::is_within(Transaction& transaction, const std::vector<TypedLosses>& lost, const Rule& rule, const LossesByType& used) const {
  for (const TypedLosses& each : lost) {
    if (each.losses.*rule.losses == 0) continue;
    SCIM_ASSIGN(const bool is_within, is_within(transaction, *each.type, rule, used));
    if (!is_within) return false;
  }
  return true;
}

Result<bool> Guard::is_within(Transaction& transaction, const ResourceType& type, const Rule& rule, const LossesByType& used) const {
  const GuardLimit& limit = config_.*rule.limit;
  if (limit.count && sum_of(used).*rule.losses <= *limit.count) return true;
  if (!limit.percent) return false;
  const std::int64_t of_type = used.at(type.name).*rule.losses;
  SCIM_ASSIGN(const std::int64_t all, all_there_were(transaction, type, rule, of_type));
  return of_type * kWhole <= *limit.percent * all;
}

/// An hour ago, as far as this actor is concerned.
Result<std::int64_t> Guard::all_there_were(Transaction& transaction, const ResourceType& type, const Rule& rule, std::int64_t used) const {
  if (rule.of == Rule::Counts::members) {
    SCIM_ASSIGN(const std::int64_t members, transaction.ledger()->count_members(type));
    return members + used;
  }
  Predicate where;
  if (rule.of == Rule::Counts::active) {
    SCIM_ASSIGN(const Filter filter, parse_filter("active eq true"));
    SCIM_ASSIGN(where, bind(filter, type));
  }
  const Projection nothing = Projection::from_parameters(type, "id", "");
  Query query;
  query.type = &type;
  query.where = &where;
  query.projection = &nothing;
  SCIM_ASSIGN(const std::int64_t left, transaction.count(query));
  return left + used;
}

Result<void> Guard::act(const std::string& what) const {
  switch (config_.action) {
    case GuardAction::off: return {};
    case GuardAction::warn:
      env_.note(Incident::guard_warned);
      env_.log(LogLevel::warning, "guard: " + quote(actor_.name) + " does more than it should: " + what);
      return {};
    case GuardAction::refuse: return refuse(what);
    case GuardAction::hold: break;
  }
  // Its decision would forget the condition.
  if (!request_.if_none_match.empty()) return refuse(what + "; a request with If-None-Match is not held");
  return fail(ErrorKind::held, "more than this client may do: " + what + "; held for an administrator as " + hold_id(), kRetryAfter);
}

Result<void> Guard::refuse(const std::string& why) const {
  env_.note(Incident::guard_refused);
  warn("is refused", why);
  return fail(ErrorKind::forbidden, "more than this client may do: " + why);
}

void Guard::warn(const std::string& what_happens, const std::string& why) const {
  env_.log(LogLevel::warning, "guard: " + quote(request_.method + ' ' + request_.path) + " of " + quote(actor_.name) + ' ' + what_happens + ": " + why);
}

std::string Guard::hold_id() const {
  std::string all;
  for (const std::string* part : {&actor_.name, &request_.method, &request_.path, &request_.query, &request_.if_match, &request_.body}) {
    all.append(std::to_string(part->size())).append(":").append(*part);
  }
  return hex_encode(sha256(all)).substr(0, kIdLength);
}

Result<void> Guard::hold(Ledger& ledger, const Error& reason) const {
  env_.note(Incident::guard_held);
  const HeldRequest request = request_to_hold(reason);
  SCIM_ASSIGN(const Keeping keeping, ledger.hold(request, config_.max_held));
  switch (keeping) {
    case Keeping::kept:
      warn("waits for an administrator", reason.detail);
      return {};
    case Keeping::too_many: break;
  }
  warn("is not kept", "its client has " + std::to_string(config_.max_held) + " requests that wait (guard.max_held)");
  return fail(ErrorKind::held, "more than this client may do, and too many of its requests wait for an administrator already; this one does not", kRetryAfter);
}

HeldRequest Guard::request_to_hold(const Error& reason) const {
  HeldRequest held;
  held.id = hold_id();
  held.first_seen = held.last_seen = env_.now();
  held.reason = reason.detail;
  held.actor = actor_;
  held.method = request_.method;
  held.path = request_.path;
  held.query = request_.query;
  held.if_match = request_.if_match;
  held.body = request_.body;
  held.permission = permission_;
  return held;
}

}  // namespace scim
