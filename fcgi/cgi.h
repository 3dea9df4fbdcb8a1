// SPDX-License-Identifier: MIT
// The meeting point of FastCGI and CGI (RFC 3875): variables, a body to read, an answer to write.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace scim::fcgi {

/// NAME=value strings, as environ has them. Borrowed: valid as long as the array is.
class CgiVariables {
 public:
  explicit CgiVariables(const char* const* environment) : environment_(environment) {}

  /// The value of `name`; the last one if it was sent twice, so that a later fastcgi_param overrides an included
  /// file. "" if absent.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  /// All values of a request header in one list, as RFC 9110 5.3 joins them: `header("AUTHORIZATION")`.
  std::string header(std::string_view name) const;
  /// Calls action(name, value) for each, in the order in which they were sent.
  template <class Action>
  void for_each(Action action) const {
    for (const char* const* at = environment_; at != nullptr && *at != nullptr; ++at) {
      const char* equals = std::strchr(*at, '=');
      if (equals != nullptr) action(std::string_view(*at, static_cast<std::size_t>(equals - *at)), std::string_view(equals + 1));
    }
  }

 private:
  std::optional<std::string_view> next(std::string_view prefix, std::string_view name, const char* const*& at) const;
  const char* const* environment_;
};

/// One request and its answer.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual CgiVariables variables() const = 0;
  /// Up to `size` bytes of the body; 0 at its end, or when the peer is gone.
  virtual std::size_t read(char* buffer, std::size_t size) = 0;
  /// false: the peer is gone.
  virtual bool write(std::string_view bytes) = 0;
  /// Whether read() has ended because the client has taken too long. The web server looks after that where there is one for each request.
  virtual bool is_late() const { return false; }
  /// Whether the web server can tell an answer that is broken off from one that has ended: others are not begun before they
  /// are whole.
  enum class Breaks { unseen, seen };
  virtual Breaks breaks() const = 0;
  /// What has been written is the beginning of an answer that never comes. Only with Breaks::seen.
  virtual void break_off() = 0;
};

/// Plain CGI: the environment, standard input and standard output of this process.
class CgiExchange final : public Exchange {
 public:
  CgiExchange(const char* const* environment, int input, int output);
  CgiVariables variables() const override { return variables_; }
  std::size_t read(char* buffer, std::size_t size) override;
  bool write(std::string_view bytes) override;
  Breaks breaks() const override { return Breaks::unseen; }
  void break_off() override {}

 private:
  CgiVariables variables_;
  int input_;
  int output_;
  std::size_t unread_;  ///< of CONTENT_LENGTH: the server need not close standard input after the body
};

}  // namespace scim::fcgi
