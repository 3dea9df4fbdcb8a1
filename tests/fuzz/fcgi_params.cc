// SPDX-License-Identifier: MIT
// A whole request as a web server hands it over: lines NAME=value, an empty line, the body. The answer is a CGI document around a SCIM
// document, whatever came, and never a fault of ours.
#include <vector>

#include "fcgi/gateway.h"
#include "tests/fuzz/property.h"
#include "tests/fuzz/sample_store.h"
#include "tests/fuzz/scim_answer.h"

namespace scim::fuzz {
namespace {

class Sent final : public fcgi::Exchange {
 public:
  Sent(std::string_view rest, const std::string& authorization) {
    bool says_who = false;
    for (std::string_view line = take_line(rest); !line.empty(); line = take_line(rest)) {
      says_who = says_who || line.starts_with("HTTP_AUTHORIZATION=");
      lines_.emplace_back(line);
    }
    if (!says_who) lines_.push_back("HTTP_AUTHORIZATION=" + authorization);
    body_ = rest;
    for (const std::string& line : lines_) environment_.push_back(line.c_str());
    environment_.push_back(nullptr);
  }
  fcgi::CgiVariables variables() const override { return fcgi::CgiVariables(environment_.data()); }
  std::size_t read(char* buffer, std::size_t size) override {
    const std::size_t count = body_.copy(buffer, size, read_);
    read_ += count;
    return count;
  }
  bool write(std::string_view bytes) override {
    written += bytes;
    return true;
  }
  Breaks breaks() const override { return Breaks::seen; }
  void break_off() override { is_broken_off = true; }

  std::string written;
  bool is_broken_off = false;

 private:
  std::vector<std::string> lines_;
  std::vector<const char*> environment_;
  std::string body_;
  std::size_t read_ = 0;
};

/// RFC 3875 6: headers that end with CR LF, an empty line, the body.
void check_document(std::string_view written, std::string_view method) {
  std::string_view rest = written;
  int status = 0;
  std::string length;
  while (true) {
    const std::size_t end = rest.find("\r\n");
    expect(end != std::string_view::npos, "headers end with an empty line", std::string(written));
    const std::string line(rest.substr(0, end));
    rest.remove_prefix(end + 2);
    if (line.empty()) break;
    expect(line.find(": ") != std::string::npos, "a header has a name and a value", line);
    for (const char c : line) expect(c >= ' ' && c <= '~', "headers are printable", line);
    if (line.starts_with("Status: ")) status = std::stoi(line.substr(8));
    if (line.starts_with("Content-Length: ")) length = line.substr(16);
  }
  const bool shows_body = fcgi::has_body(status, method);
  expect(shows_body || rest.empty(), "no body where none belongs", std::string(written));
  if (!length.empty() && shows_body) expect(length == std::to_string(rest.size()), "Content-Length is that of the body", std::string(written));
  if (shows_body) check_answer(status, rest, Method::any);
}

}  // namespace
}  // namespace scim::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace scim;
  static fuzz::SampleStore sample;  // there is no other place between two inputs
  Config config = sample.config();
  config.base_url = fuzz::SampleStore::kBaseUrl;
  const fcgi::Gateway gateway = fcgi::gateway(config);
  fcgi::RequestEnv env(sample.env());
  fuzz::Sent sent(fuzz::text_of(data, size), sample.authorization());
  fcgi::respond(sent, gateway, [&](const Request& request) { return sample.handle(request); }, env);
  fuzz::expect(!sent.is_broken_off, "an answer that has begun ends", sent.written);
  fuzz::check_document(sent.written, sent.variables().get("REQUEST_METHOD"));
  return 0;
}
