// SPDX-License-Identifier: MIT
#include "sql/expression.h"

#include <algorithm>
#include <charconv>

#include "core/text.h"

namespace scim::sql {
namespace {

std::string call(std::string_view function, const std::string& arguments) {
  return std::string(function) + '(' + arguments + ')';
}

bool is_number(Native native) {
  switch (native) {
    case Native::small:
    case Native::integer:
    case Native::numeric:
    case Native::single:
    case Native::decimal: return true;
    case Native::any:
    case Native::text:
    case Native::alike:
    case Native::padded:
    case Native::uuid:
    case Native::boolean:
    case Native::moment:
    case Native::other: break;
  }
  return false;
}

std::string quoted(const Cell& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return literal(*text);
  return '\'' + literal(value) + '\'';
}

std::string truth_literal(const Cell& value) {
  const std::string text = quoted(value);
  if (text == "'1'" || text == "'t'" || text == "'true'") return "true";
  return text == "'0'" || text == "'f'" || text == "'false'" ? "false" : "NULL";
}

std::string number_literal(const Cell& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return literal(value);
  const bool is_plain = !text->empty() && text->find_first_not_of("0123456789") == std::string::npos;
  return is_plain ? *text : "NULL";
}

/// What is compared with native_literal(): the column where its type has values of its own to compare, else its text.
std::string comparable(const std::string& column, Native native, const Dialect& dialect) {
  return native == Native::boolean || is_number(native) ? column : text_of(column, native, dialect);
}

/// A value of the mapping beside comparable(); NULL: the type does not have it.
std::string native_literal(const Cell& value, Native native) {
  if (native == Native::any) return literal(value);
  if (native == Native::boolean) return truth_literal(value);
  return is_number(native) ? number_literal(value) : quoted(value);
}

/// A shown value, where that may not be of several types.
std::string shown_literal(const Cell& value, Codec codec, const Dialect& dialect) {
  return codec == Codec::boolean && dialect.typing == Typing::strict ? truth_literal(value) : literal(value);
}

/// CASE column WHEN kept THEN shown ...: a text that is none of the words is shown as it is.
std::string words_expression(const std::string& column, const Column& mapped, const Dialect& dialect) {
  std::string text = "CASE " + comparable(column, mapped.native, dialect);
  for (const Column::Word& word : mapped.words) {
    text += " WHEN " + native_literal(word.kept, mapped.native) + " THEN " + shown_literal(word.shown, mapped.codec, dialect);
  }
  if (mapped.codec == Codec::text) text += " ELSE " + text_of(column, mapped.native, dialect);
  return text + " END";
}

/// As format_instant() shows it: a client that asks for what it has seen must find it.
std::string whole_milliseconds(const std::string& micros) { return '(' + micros + " / 1000 * 1000)"; }

std::string cast(const std::string& value, std::string_view type) { return "CAST(" + value + " AS " + std::string(type) + ')'; }

/// Of a column whose type has more to it than its value, what that codec makes of others; nullopt: no more than of any.
std::optional<std::string> native_expression(const std::string& column, Codec codec, Native native, const Dialect& dialect) {
  switch (codec) {
    case Codec::epoch:
    case Codec::epoch_ms: return '(' + cast(column, "BIGINT") + (codec == Codec::epoch ? " * 1000000)" : " * 1000)");
    case Codec::epoch_us: return whole_milliseconds(cast(column, "BIGINT"));
    case Codec::date_time:
    case Codec::iso:
      return whole_milliseconds(call(dialect.instant, native == Native::moment ? column : text_of(column, native, dialect)));
    case Codec::uuid_hex:
      if (native == Native::uuid) return text_of(column, native, dialect);
      return call(dialect.uuid, text_of(column, native, dialect));
    case Codec::boolean:
      if (native == Native::boolean) return column;
      return '(' + comparable(column, native, dialect) + (is_number(native) ? " <> 0)" : " <> '0')");
    case Codec::integer:
      // A literal may be larger than what the column can hold.
      if (native == Native::small) return cast(column, "BIGINT");
      return native == Native::boolean ? std::optional(cast(column, "INTEGER")) : std::nullopt;
    case Codec::decimal:
      // 0.1, not the nearest number that 32 bits have for it.
      if (native == Native::single) return cast(cast(column, "TEXT"), "DOUBLE PRECISION");
      return std::nullopt;
    case Codec::text:
    case Codec::instant_text:
    case Codec::password: return text_of(column, native, dialect);
    case Codec::unset:
    case Codec::number:
    case Codec::instant:
    case Codec::reference: break;
  }
  return std::nullopt;
}

std::string plain_expression(const std::string& column, Codec codec, Native native, const Dialect& dialect) {
  if (native != Native::any) {
    if (auto expression = native_expression(column, codec, native, dialect)) return *std::move(expression);
  }
  switch (codec) {
    case Codec::epoch: return '(' + column + " * 1000000)";
    case Codec::epoch_ms: return '(' + column + " * 1000)";
    case Codec::epoch_us: return whole_milliseconds(column);
    case Codec::date_time:
    case Codec::iso: return whole_milliseconds(call(dialect.instant, column));
    case Codec::uuid_hex: return call(dialect.uuid, column);
    case Codec::unset: return '(' + column + " IS NULL)";
    case Codec::number: return "CAST(" + column + " AS TEXT)";
    case Codec::boolean: return std::string(dialect.truth_start) + column + std::string(dialect.truth_end);
    case Codec::text:
    case Codec::integer:
    case Codec::decimal:
    case Codec::instant:
    case Codec::instant_text:
    case Codec::reference:
    case Codec::password: break;
  }
  return column;
}

std::string without_absent(std::string expression, const Cell& absent, Native native) {
  if (absent == Cell()) return expression;
  const std::string none = native_literal(absent, native);
  return none == "NULL" ? expression : call("nullif", expression + ", " + none);
}

/// What type words are shown in.
Native native_of_words(const Column& column) {
  if (column.native == Native::any) return Native::any;
  if (column.codec == Codec::boolean) return Native::boolean;
  return column.codec == Codec::integer ? Native::integer : Native::text;
}

/// An integer that is written as `text`; nullopt: it would not come back as it is.
std::optional<Cell> number_of(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || std::to_string(number) != text) return std::nullopt;
  return Cell(number);
}

/// Clients write "employee" and mean "Employee".
bool is_same_word(const Cell& word, const Cell& value) {
  const auto* a = std::get_if<std::string>(&word);
  const auto* b = std::get_if<std::string>(&value);
  if (a == nullptr || b == nullptr) return word == value;
  return collation_key(*a, Collation::folded) == collation_key(*b, Collation::folded);
}

/// "2011-05-13 04:42:34.123456": always microseconds, as Django writes it.
std::string sql_date_time(Instant moment) {
  using namespace std::chrono;
  const auto seconds = floor<std::chrono::seconds>(moment);
  std::string micros = std::to_string((moment - seconds).count());
  micros.insert(0, 6 - micros.size(), '0');
  std::string text = format_instant(Instant(seconds));  // YYYY-MM-DDTHH:MM:SS.000Z
  text.resize(text.find('.'));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + '.' + micros;
}

}  // namespace

std::string alias_of(std::string_view prefix, int table) { return std::string(prefix) + std::to_string(table); }

std::string column_of(std::string_view alias, std::string_view name) {
  return std::string(alias) + '.' + identifier(name);
}

std::string literal(const Cell& value) {
  struct Writer {
    std::string operator()(std::monostate) const { return "NULL"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return to_text(Json(v)); }
    std::string operator()(const std::string& v) const {
      std::string text = "'";
      for (const char c : v) text.append(c == '\'' ? 2 : 1, c);
      return text + '\'';
    }
  };
  return std::visit(Writer{}, value);
}

Shown shown_as(Codec codec) {
  switch (codec) {
    case Codec::text:
    case Codec::instant_text:
    case Codec::uuid_hex:
    case Codec::number:
    case Codec::reference:
    case Codec::password: return Shown::text;
    case Codec::integer: return Shown::integer;
    case Codec::decimal: return Shown::decimal;
    case Codec::boolean:
    case Codec::unset: return Shown::boolean;
    case Codec::instant:
    case Codec::epoch:
    case Codec::epoch_ms:
    case Codec::epoch_us:
    case Codec::date_time:
    case Codec::iso: return Shown::instant;
  }
  return Shown::text;
}

std::string shown_expression(std::string_view alias, const Column& column, const Dialect& dialect) {
  const std::string name = column_of(alias, column.name);
  const Native native = column.native;
  if (!column.words.empty()) return without_absent(words_expression(name, column, dialect), column.absent, native_of_words(column));
  if (column.absent == Cell() || native_literal(column.absent, native) == "NULL") return plain_expression(name, column.codec, native, dialect);
  const std::string value = comparable(name, native, dialect);
  const bool is_text = native != Native::any && value != name;
  return plain_expression(without_absent(value, column.absent, native), column.codec, is_text ? Native::text : native, dialect);
}

std::optional<Cell> kept_cell(const Column& column, const Cell& shown, Instant now) {
  if (column.codec == Codec::unset) return shown == Cell(std::int64_t{0}) ? moment_cell(column.moment, now) : Cell();
  if (shown == Cell()) return column.absent;
  if (!column.words.empty()) {
    for (const Column::Word& word : column.words) {
      if (is_same_word(word.shown, shown)) return word.kept;
    }
    return std::nullopt;
  }
  if (const auto* text = std::get_if<std::string>(&shown)) {
    if (column.codec == Codec::uuid_hex) return uuid_to_hex(*text).value_or(*text);
    if (column.codec == Codec::number) return number_of(*text);
    return shown;
  }
  if (shown_as(column.codec) == Shown::instant) {
    return moment_cell(column.codec, Instant(std::chrono::microseconds(std::get<std::int64_t>(shown))));
  }
  return shown;
}

Cell moment_cell(Codec format, Instant moment) {
  const std::int64_t micros = moment.time_since_epoch().count();
  switch (format) {
    case Codec::epoch: return std::chrono::floor<std::chrono::seconds>(moment).time_since_epoch().count();
    case Codec::epoch_ms: return std::chrono::floor<std::chrono::milliseconds>(moment).time_since_epoch().count();
    case Codec::date_time: return sql_date_time(moment);
    case Codec::iso:
    case Codec::instant_text: return format_instant(moment);
    case Codec::text:
    case Codec::integer:
    case Codec::decimal:
    case Codec::boolean:
    case Codec::instant:
    case Codec::epoch_us:
    case Codec::uuid_hex:
    case Codec::unset:
    case Codec::number:
    case Codec::reference:
    case Codec::password: break;
  }
  return micros;
}

bool can_be_id(std::string_view text) { return is_utf8(text) && text.find('\0') == std::string_view::npos; }

std::vector<std::string> kept_ids(const Column& column, std::string_view id) {
  if (!can_be_id(id)) return {};
  std::vector<std::string> ids = {std::string(id)};
  if (compares_itself(column.native) && !own_text(column.native, ids.front())) return {};
  if (column.codec != Codec::uuid_hex || column.native == Native::uuid) return ids;
  if (auto hex = uuid_to_hex(id)) ids.push_back(*std::move(hex));
  return ids;
}

std::string text_of(const std::string& column, Native native, const Dialect& dialect) {
  if (native == Native::any || native == Native::text) return column;
  const std::string text = cast(column, "TEXT");
  return native == Native::alike ? '(' + text + std::string(dialect.by_bytes) + ')' : text;
}

bool compares_itself(Native native) {
  switch (native) {
    case Native::alike:
    case Native::padded:
    case Native::uuid:
    case Native::small:
    case Native::integer: return true;
    case Native::any:
    case Native::text:
    case Native::boolean:
    case Native::numeric:
    case Native::single:
    case Native::decimal:
    case Native::moment:
    case Native::other: break;
  }
  return false;
}

std::optional<std::string> own_text(Native native, const std::string& text) {
  bool is_possible = true;
  if (native == Native::uuid) is_possible = uuid_to_hex(text).has_value();
  if (native == Native::padded) is_possible = !text.ends_with(' ');
  if (native == Native::small || native == Native::integer) is_possible = number_of(text).has_value();
  return is_possible ? std::optional(text) : std::nullopt;
}

/// A number may be larger than what the column can hold.
std::string_view own_placeholder(Native native) {
  return native == Native::small || native == Native::integer ? "CAST(? AS BIGINT)" : "?";
}

std::optional<std::string> uuid_to_hex(std::string_view uuid) {
  if (uuid.size() != 36) return std::nullopt;
  std::string hex;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    const char c = uuid[i];
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash != (c == '-')) return std::nullopt;
    if (is_dash) continue;
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) return std::nullopt;
    hex += c;
  }
  return hex;
}

}  // namespace scim::sql
