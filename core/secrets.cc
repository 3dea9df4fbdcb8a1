// SPDX-License-Identifier: MIT
#include "core/secrets.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/member.h"
#include "core/text.h"

namespace scim {
namespace {

/// A file of an admin may hold more than a request.
constexpr JsonLimits kLimits = {.depth = 64, .nodes = std::numeric_limits<std::size_t>::max()};

/// Parameters of a URL that let somebody in (RFC 6750 2.3, and what gateways make of it).
constexpr std::array<std::string_view, 8> kCredentials = {"access_token", "token", "client_secret", "secret", "api_key", "apikey", "key", "authorization"};

/// What stands between a name and a value in a filter, in any dialect.
constexpr std::string_view kSeparators = " \t()[]=<>!,;\"'";
constexpr std::size_t kLongestOperator = 2;

/// Shorter than most passwords: such a text may be a part of any word.
constexpr std::size_t kShortestSecret = 6;

/// What clients call a password that is none to the server.
constexpr std::array<std::string_view, 4> kTellingWords = {"password", "passwd", "pwd", "secret"};
/// One slip of the fingers in so many characters.
constexpr std::size_t kCharactersOfASlip = 4;
/// Of ServiceProviderConfig: whether they can be changed.
constexpr std::string_view kChangePassword = "changepassword";

bool is_told_by(std::string_view name, std::string_view word) {
  const std::size_t slips = word.size() / kCharactersOfASlip;
  return name.find(word) != std::string_view::npos || edit_distance(name, word, slips) <= slips;
}

bool is_secret(const Attribute& attribute) { return attribute.mutability == Mutability::write_only || attribute.returned == Returned::never; }

/// Whether a backslash keeps the next character, as in JSON; there are servers that do not know it.
enum class Escapes { known, unknown };
constexpr std::array<Escapes, 2> kReadings = {Escapes::known, Escapes::unknown};

/// Which characters of a filter belong to a string.
class Quotes {
 public:
  explicit Quotes(Escapes escapes) : escapes_(escapes) {}
  bool take(char c) {
    if (!is_open_) return is_open_ = c == '"';
    if (is_escaped_) is_escaped_ = false;
    else if (c == '\\' && escapes_ == Escapes::known) is_escaped_ = true;
    else if (c == '"') is_open_ = false;
    return true;
  }
  bool is_open() const { return is_open_; }

 private:
  const Escapes escapes_;
  bool is_open_ = false;
  bool is_escaped_ = false;
};

/// Without what stands in brackets and what stands in quotes there.
std::string without_brackets(std::string_view path) {
  std::string out;
  Quotes quotes(Escapes::known);
  int depth = 0;
  for (const char c : path) {
    const bool in_string = quotes.take(c);
    if (!in_string && c == '[') ++depth;
    if (depth == 0) out += c;
    if (!in_string && c == ']') --depth;
  }
  return out;
}

/// "emails.value" of "urn:...:User:emails[type eq "work"].value".
std::string plain_path(std::string_view path) {
  const std::string plain = ascii_lower(trim(without_brackets(path)));
  return plain.substr(plain.rfind(':') + 1);
}

/// The path of an operation of a PATCH, which may have forgotten its op; "" if it has none, or `object` is no operation.
std::string path_of_operation(const Json& object) {
  const bool is_operation = find_member(object, "op") != nullptr || find_member(object, "value") != nullptr;
  const Json* const path = is_operation ? find_member(object, "path") : nullptr;
  return path != nullptr && path->is_string() ? path->get<std::string>() : "";
}

bool is_removed(const Json& value) { return value.is_string() && value.get_ref<const std::string&>() == kRemoved; }

void append_texts(const Json& value, std::vector<std::string>& found) {
  if (value.is_string()) found.push_back(value.get<std::string>());
  if (!value.is_structured()) return;
  for (const Json& part : value) append_texts(part, found);
}

/// What a client has put into a string, a document instead of a part of one; null: it is a plain text.
Json packed_document(const Json& value) {
  const std::string_view text = value.is_string() ? trim(value.get_ref<const std::string&>()) : std::string_view();
  if (!text.starts_with('{') && !text.starts_with('[')) return nullptr;
  auto document = parse_json(text, kLimits);
  return document ? *std::move(document) : Json();
}

bool is_word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '$'; }

bool is_text_character(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80; }

bool is_word(const std::string& text, std::size_t begin, std::size_t end) {
  const bool begins = begin == 0 || !is_text_character(text[begin - 1]) || !is_text_character(text[begin]);
  const bool ends = end == text.size() || !is_text_character(text[end]) || !is_text_character(text[end - 1]);
  return begins && ends;
}

void hide(std::string& text, const std::string& secret) {
  if (secret.empty()) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    const bool is_hidden = !is_short_secret(secret) || is_word(text, at, at + secret.size());
    if (is_hidden) text.replace(at, secret.size(), kRemoved);
    at += is_hidden ? kRemoved.size() : 1;
  }
}

/// Whether an operation says nothing any more.
bool is_lost(const Json& part) {
  if (!part.is_object() || find_member(part, "op") == nullptr) return false;
  const Json* const value = find_member(part, "value");
  const Json* const path = find_member(part, "path");
  return (value != nullptr && is_removed(*value)) || (path != nullptr && is_removed(*path));
}

/// An operation without a path whose value had nothing but secrets.
bool is_emptied(const Json& part) {
  const Json* const value = part.is_object() && find_member(part, "op") != nullptr ? find_member(part, "value") : nullptr;
  return value != nullptr && value->is_object() && value->empty();
}

}  // namespace

Secrets::Secrets(const Registry& registry) : Secrets() {
  for (const auto& type : registry.types()) append(type->attributes);
}

void Secrets::append(const std::vector<Attribute>& attributes) {
  for (const Attribute& attribute : attributes) {
    const bool is_part = attribute.parent != nullptr && !attribute.parent->is_extension;
    const std::string name = ascii_lower((is_part ? attribute.parent->name + '.' : std::string()) + attribute.name);
    if (is_secret(attribute)) names_.push_back(name);
    known_.insert(ascii_lower(attribute.name));
    append(attribute.sub_attributes);
  }
}

/// An attribute that no schema has, by a name that says what it is for, or nearly does.
bool Secrets::sounds_secret(std::string_view name) const {
  if (name == kChangePassword || known_.contains(name)) return false;
  return std::any_of(kTellingWords.begin(), kTellingWords.end(), [&](std::string_view word) { return is_told_by(name, word); });
}

/// Whether `path`, a part of it, or what it is a part of, is secret.
bool Secrets::covers(std::string_view path) const {
  constexpr std::string_view kDividers = "./";
  const auto begins = [&](const std::string& name) {
    return path.starts_with(name) && (path.size() == name.size() || kDividers.find(path[name.size()]) != std::string_view::npos);
  };
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find_first_of(kDividers));
    if (sounds_secret(part) || std::any_of(names_.begin(), names_.end(), begins)) return true;
    path.remove_prefix(std::min(path.find_first_of(kDividers), path.size() - 1) + 1);
  }
  return false;
}

bool Secrets::is_named_by(std::string_view word) const {
  return sounds_secret(word) || std::any_of(names_.begin(), names_.end(), [&](const std::string& name) { return name.substr(0, name.find('.')) == word; });
}

/// Whether a secret, or what it is a part of, is named outside of quotes, however these are read.
bool Secrets::are_compared_in(std::string_view filter) const {
  const std::string lower = ascii_lower(filter) + ' ';
  return std::any_of(kReadings.begin(), kReadings.end(), [&](Escapes escapes) {
    Quotes quotes(escapes);
    std::string word;
    bool is_named = false;
    bool is_anywhere = false;
    for (const char c : lower) {
      const bool in_string = quotes.take(c);
      if (is_word_character(c)) {
        word += c;
        continue;
      }
      is_anywhere = is_anywhere || is_named_by(word);
      is_named = is_named || (!in_string && is_named_by(word));
      word.clear();
    }
    // A string without an end is no string.
    return is_named || (quotes.is_open() && is_anywhere);
  });
}

/// What a filter that compares them has to say, in quotes of whatever kind, or without.
void Secrets::append_compared(std::string_view filter, std::vector<std::string>& found) const {
  append_quoted(filter, found);
  std::vector<std::string> words;
  for (std::size_t at = filter.find_first_not_of(kSeparators); at != std::string_view::npos; at = filter.find_first_not_of(kSeparators, at)) {
    const std::size_t end = std::min(filter.find_first_of(kSeparators, at), filter.size());
    words.emplace_back(filter.substr(at, end - at));
    at = end;
  }
  constexpr std::size_t kNext = 2;  // the operator, if it is a word, and the value
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!covers(plain_path(words[i]))) continue;
    for (std::size_t next = i + 1; next <= i + kNext && next < words.size(); ++next) {
      if (words[next].size() > kLongestOperator) found.push_back(words[next]);
    }
  }
}

bool Secrets::are_named_in(std::string_view text) const {
  const std::string lower = ascii_lower(text);
  const auto has = [&](std::string_view word) { return lower.find(word) != std::string::npos; };
  const bool is_told = std::any_of(kTellingWords.begin(), kTellingWords.end(), has);
  return is_told || std::any_of(names_.begin(), names_.end(), [&](const std::string& name) { return has(name.substr(name.rfind('.') + 1)); });
}

void Secrets::remove(Json& value, const std::string& parent, std::vector<std::string>& found) const {
  if (value.is_object()) remove_from_object(value, parent, found);
  if (!value.is_array()) return;
  for (Json& element : value) remove(element, parent, found);
}

void Secrets::remove_from_object(Json& object, const std::string& parent, std::vector<std::string>& found) const {
  const std::string operation = path_of_operation(object);
  const std::string target = plain_path(operation);
  const auto take = [&](Json& value) {
    append_texts(value, found);
    value = std::string(kRemoved);
  };
  for (auto& [name, value] : object.items()) {
    const bool is_value = !operation.empty() && equal_ignoring_case(name, "value");
    const std::string path = is_value ? target : plain_path(name);
    // A path that ends in a secret says nothing by itself; one that looks for its value does.
    const bool is_looking = !operation.empty() && equal_ignoring_case(name, "path") && operation.find('[') != std::string::npos;
    const bool is_filter = is_looking || equal_ignoring_case(name, "filter");
    const bool compares = is_filter && value.is_string() && are_compared_in(value.get_ref<const std::string&>());
    if (compares) append_compared(value.get_ref<const std::string&>(), found);
    const Json packed = packed_document(value);
    Json unpacked = packed;
    remove(unpacked, path, found);
    const bool is_packed = unpacked != packed;
    if (compares || is_packed || covers(path) || (!is_value && covers(parent + '.' + path))) take(value);
    else remove(value, path, found);
  }
}

/// Whether a parameter of a URL is one.
bool Secrets::is_credential_name(std::string_view name) const {
  const auto is_same = [&](std::string_view other) { return equal_ignoring_case(other, name); };
  return std::any_of(kCredentials.begin(), kCredentials.end(), is_same) || covers(plain_path(name));
}

std::vector<std::string> Secrets::remove_from(Json& body) const {
  std::vector<std::string> found;
  remove(body, "", found);
  return found;
}

std::vector<std::string> Secrets::sent_with(const Request& request) const {
  std::vector<std::string> found;
  removed_from_query(request.query, found);
  auto body = parse_json(request.body, kLimits);
  if (body) remove(*body, "", found);
  else if (are_named_in(request.body)) append_quoted(request.body, found);
  return found;
}

std::string Secrets::removed_from_query(std::string_view query, std::vector<std::string>& found) const {
  std::string out;
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(parameter.size() + 1, query.size()));
    const std::size_t equals = parameter.find('=');
    const auto name = percent_decode(parameter.substr(0, equals), Plus::space);
    const auto text = percent_decode(parameter.substr(std::min(std::min(equals, parameter.size()) + 1, parameter.size())), Plus::space);
    const bool is_credential = name && is_credential_name(*name);
    const bool is_kept = name && text && !is_credential && (!equal_ignoring_case(*name, "filter") || !are_compared_in(*text));
    if (is_credential && text) found.push_back(*text);
    if (!is_kept && text) append_compared(*text, found);
    out += out.empty() ? "" : "&";
    out += is_kept ? std::string(parameter) : std::string(parameter.substr(0, equals)) + '=' + percent_encode(kRemoved);
  }
  return out;
}

void append_quoted(std::string_view text, std::vector<std::string>& found) {
  for (const char quote : {'"', '\''}) {
    std::string raw;
    std::string plain;
    bool is_open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == quote) {
        if (is_open) found.push_back(raw);
        if (is_open && raw != plain) found.push_back(plain);
        is_open = !is_open;
        raw.clear();
        plain.clear();
        continue;
      }
      const bool is_escape = text[i] == '\\' && i + 1 < text.size();
      if (is_escape) raw += text[i++];
      raw += text[i];
      plain += text[i];
    }
  }
}

bool is_short_secret(const std::string& secret) { return secret.size() < kShortestSecret; }

void hide_secrets(std::string& text, std::vector<std::string> secrets) {
  const std::size_t count = secrets.size();
  for (std::size_t i = 0; i < count; ++i) {
    const std::string in_json = to_text(Json(secrets[i]));
    secrets.push_back(percent_encode(secrets[i]));
    secrets.push_back(in_json.substr(1, in_json.size() - 2));
  }
  // The longest first: one may be a part of another.
  std::stable_sort(secrets.begin(), secrets.end(), [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  for (const std::string& secret : secrets) hide(text, secret);
}

void hide_secrets(Json& value, const std::vector<std::string>& secrets) {
  if (value.is_string()) hide_secrets(value.get_ref<std::string&>(), secrets);
  if (!value.is_structured()) return;
  for (Json& part : value) hide_secrets(part, secrets);
}

bool drop_removed(Json& body) {
  bool any = false;
  if (body.is_object()) {
    std::vector<std::string> gone;
    for (const auto& [name, value] : body.items()) {
      if (is_removed(value)) gone.push_back(name);
    }
    for (const std::string& name : gone) body.erase(name);
    any = !gone.empty();
  }
  if (body.is_array()) any = std::erase_if(body.get_ref<Json::array_t&>(), is_lost) > 0;
  for (Json& part : body) {
    if (!part.is_structured() || !drop_removed(part)) continue;
    any = true;
  }
  if (any && body.is_array()) std::erase_if(body.get_ref<Json::array_t&>(), is_emptied);
  return any;
}

}  // namespace scim
