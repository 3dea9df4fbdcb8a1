// SPDX-License-Identifier: MIT
#include "cli/completion/shell_words.h"

namespace scim::cli {
namespace {

constexpr std::string_view kBlanks = " \t\n";
constexpr std::string_view kCommandEnds = "|;&(";
/// What a backslash escapes inside double quotes (POSIX, 2.2.3).
constexpr std::string_view kSpecialInDouble = "$`\"\\";
constexpr std::string_view kSpecial = " \t\n!\"#$&'()*;<>?[\\]^`{|}~";

/// Reads character by character, as a shell does.
class Splitter {
 public:
  explicit Splitter(std::string_view line) : line_(line) {}

  TypedWords split() {
    while (at_ < line_.size()) step(line_[at_++]);
    end_word();
    if (!has_word_at_end_) words_.emplace_back();
    return {std::move(words_), quotation_};
  }

 private:
  void step(char c) {
    switch (quotation_) {
      case Quotation::none: return step_plain(c);
      case Quotation::single:
        if (c == '\'') quotation_ = Quotation::none;
        else word_ += c;
        return;
      case Quotation::doubled: return step_doubled(c);
    }
  }

  void step_plain(char c) {
    has_word_at_end_ = true;
    if (kBlanks.find(c) != std::string_view::npos) {
      end_word();
      has_word_at_end_ = false;
    } else if (kCommandEnds.find(c) != std::string_view::npos) {
      word_.clear();
      in_word_ = false;
      words_.clear();
      has_word_at_end_ = false;
    } else if (c == '\'') {
      begin_quotation(Quotation::single);
    } else if (c == '"') {
      begin_quotation(Quotation::doubled);
    } else if (c == '\\' && at_ < line_.size()) {
      add(line_[at_++]);
    } else if (c != '\\') {
      add(c);
    }
  }

  void step_doubled(char c) {
    if (c == '"') {
      quotation_ = Quotation::none;
    } else if (c == '\\' && at_ < line_.size() && kSpecialInDouble.find(line_[at_]) != std::string_view::npos) {
      word_ += line_[at_++];
    } else {
      word_ += c;
    }
  }

  void begin_quotation(Quotation quotation) {
    quotation_ = quotation;
    in_word_ = true;
  }
  void add(char c) {
    word_ += c;
    in_word_ = true;
  }
  void end_word() {
    if (in_word_) words_.push_back(std::move(word_));
    word_.clear();
    in_word_ = false;
  }

  std::string_view line_;
  std::size_t at_ = 0;
  std::vector<std::string> words_;
  std::string word_;
  bool in_word_ = false;
  bool has_word_at_end_ = false;
  Quotation quotation_ = Quotation::none;
};

/// A terminal's bash replaces `!` by old commands inside double quotes too, and keeps a backslash before it: it has to stand outside of
/// them.
constexpr std::string_view kBangInDouble = "\"'!'\"";

std::string escaped(std::string_view text, std::string_view special) {
  std::string out;
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// `replacement` in place of each `c`.
std::string with(std::string_view text, char c, std::string_view replacement) {
  std::string out;
  for (const char each : text) {
    if (each == c) out += replacement;
    else out += each;
  }
  return out;
}

}  // namespace

TypedWords split_words(std::string_view line) { return Splitter(line).split(); }

std::string typed(std::string_view text, Quotation quotation) {
  switch (quotation) {
    case Quotation::none: return escaped(text, kSpecial);
    case Quotation::doubled: return with(escaped(text, kSpecialInDouble), '!', kBangInDouble);
    case Quotation::single: break;
  }
  return with(text, '\'', "'\\''");
}

}  // namespace scim::cli
