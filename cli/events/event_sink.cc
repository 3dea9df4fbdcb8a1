// SPDX-License-Identifier: MIT
#include "cli/events/event_sink.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ostream>
#include <vector>

#include "cli/remote/curl.h"
#include "cli/remote/origin.h"
#include "core/crypto.h"
#include "core/http.h"
#include "core/text.h"

namespace scim::cli {
namespace {

class Printed final : public EventSink {
 public:
  explicit Printed(Console& console) : console_(console) {}
  Result<void> tell(const Event& event) override {
    console_.out << event.text << '\n' << std::flush;
    if (!console_.out) return fail(ErrorKind::unavailable, "standard output cannot be written");
    return {};
  }

 private:
  Console& console_;
};

class PrintedTogether final : public EventSink {
 public:
  explicit PrintedTogether(Console& console) : console_(console) {}
  Result<void> tell(const Event& event) override {
    events_.push_back(Json::parse(event.text));
    return {};
  }
  Result<void> finish() override {
    console_.print(events_);
    console_.out << std::flush;
    if (!console_.out) return fail(ErrorKind::unavailable, "standard output cannot be written");
    return {};
  }
  bool tells_at_the_end() const override { return true; }

 private:
  Console& console_;
  Json events_ = Json::array();
};

// --- A command -------------------------------------------------------------------------------------------------------

/// A descriptor that is closed with its scope.
class Pipe {
 public:
  explicit Pipe(int fd = -1) : fd_(fd) {}
  ~Pipe() { close(); }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int fd() const { return fd_; }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

 private:
  int fd_;
};

/// The program's environment and what is said of the event.
std::vector<std::string> environment_for(const Event& event) {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) variables.emplace_back(*each);
  variables.push_back("SCIMCTL_EVENT_ID=" + event.id);
  variables.push_back("SCIMCTL_EVENT_TYPE=" + event.type);
  variables.push_back("SCIMCTL_EVENT_RESOURCE=" + event.resource);
  return variables;
}

/// In a process group of its own, with no signal blocked or ignored.
Result<pid_t> spawn(std::string& command, const Event& event, int input) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t all;
  sigset_t none;
  sigfillset(&all);
  sigemptyset(&none);
  ::posix_spawnattr_setsigdefault(&attributes, &all);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setpgroup(&attributes, 0);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
  std::string shell = "sh";
  std::string option = "-c";
  char* const arguments[] = {shell.data(), option.data(), command.data(), nullptr};
  std::vector<std::string> variables = environment_for(event);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);
  pid_t child = 0;
  const int error = ::posix_spawn(&child, "/bin/sh", &files, &attributes, arguments, environment.data());
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&attributes);
  if (error != 0) return fail(ErrorKind::unavailable, "the command cannot be started");
  return child;
}

class Command final : public EventSink {
 public:
  Command(std::string command, std::chrono::seconds timeout) : command_(std::move(command)), timeout_(timeout) {}

  Result<void> tell(const Event& event) override {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return fail(ErrorKind::unavailable, "the command cannot be started");
    Pipe input(ends[0]);
    Pipe output(ends[1]);
    SCIM_ASSIGN(const pid_t child, spawn(command_, event, input.fd()));
    input.close();
    ::fcntl(output.fd(), F_SETFL, O_NONBLOCK);
    const auto until = std::chrono::steady_clock::now() + timeout_;
    write_all(output.fd(), event.text + '\n', until);
    output.close();
    return status_of(child, until);
  }

 private:
  using Moment = std::chrono::steady_clock::time_point;

  static int left(Moment until) {
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(rest.count(), 0));
  }

  /// A command that does not read it all has its reasons: its status counts.
  static void write_all(int fd, std::string_view text, Moment until) {
    while (!text.empty()) {
      pollfd wait{fd, POLLOUT, 0};
      if (::poll(&wait, 1, left(until)) <= 0) return;
      const ssize_t count = ::write(fd, text.data(), text.size());
      if (count <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  Result<void> status_of(pid_t child, Moment until) const {
    int status = 0;
    while (true) {
      const pid_t ended = ::waitpid(child, &status, WNOHANG);
      if (ended == child) break;
      if (ended < 0) return fail(ErrorKind::unavailable, "what became of the command cannot be known");
      if (left(until) == 0) {
        ::kill(-child, SIGKILL);
        ::waitpid(child, &status, 0);
        return fail(ErrorKind::unavailable, "the command took longer than " + std::to_string(timeout_.count()) + " s (--exec-timeout), and was ended");
      }
      ::poll(nullptr, 0, 5);
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    const std::string how = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status)) : "signal " + std::to_string(WTERMSIG(status));
    return fail(ErrorKind::unavailable, "the command failed: " + how);
  }

  std::string command_;
  const std::chrono::seconds timeout_;
};

// --- A webhook -------------------------------------------------------------------------------------------------------

constexpr long kConnectSeconds = 5;
constexpr long kAnswerSeconds = 15;
constexpr std::string_view kSecretPrefix = "whsec_";

struct FreeList {
  void operator()(curl_slist* list) const { libcurl().curl_slist_free_all(list); }
};
struct FreeCurl {
  void operator()(CURL* curl) const { libcurl().curl_easy_cleanup(curl); }
};

std::size_t ignore_body(char*, std::size_t size, std::size_t count, void*) { return size * count; }

class Webhook final : public EventSink {
 public:
  Webhook(std::string url, std::string key, std::string ca_file) : url_(std::move(url)), key_(std::move(key)), ca_file_(std::move(ca_file)) {}
  ~Webhook() override { cleanse(key_); }
  Webhook(const Webhook&) = delete;
  Webhook& operator=(const Webhook&) = delete;

  Result<void> tell(const Event& event) override {
    if (!curl_) curl_.reset(libcurl().curl_easy_init());
    if (!curl_) return fail(ErrorKind::unavailable, "libcurl cannot be started");
    libcurl().curl_easy_reset(curl_.get());
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    const std::unique_ptr<curl_slist, FreeList> headers = headers_for(event, std::to_string(now));
    char reason[CURL_ERROR_SIZE] = "";
    const auto set = [&](CURLoption option, auto value) { libcurl().curl_easy_setopt(curl_.get(), option, value); };
    set(CURLOPT_URL, url_.c_str());
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(event.text.size()));
    set(CURLOPT_POSTFIELDS, event.text.c_str());
    set(CURLOPT_HTTPHEADER, headers.get());
    set(CURLOPT_USERAGENT, "scimctl/" SCIMCTL_VERSION);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
    set(CURLOPT_TIMEOUT, kAnswerSeconds);
    set(CURLOPT_ERRORBUFFER, reason);
    set(CURLOPT_WRITEFUNCTION, ignore_body);
    if (!ca_file_.empty()) set(CURLOPT_CAINFO, ca_file_.c_str());
    const CURLcode code = libcurl().curl_easy_perform(curl_.get());
    if (code != CURLE_OK) return fail(ErrorKind::unavailable, std::string("the webhook cannot be reached: ") + (*reason != '\0' ? reason : libcurl().curl_easy_strerror(code)));
    long status = 0;
    libcurl().curl_easy_getinfo(curl_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (succeeded(static_cast<int>(status))) return {};
    return fail(ErrorKind::unavailable, "the webhook answered " + std::to_string(status));
  }

 private:
  std::unique_ptr<curl_slist, FreeList> headers_for(const Event& event, const std::string& timestamp) const {
    const std::string signature = base64_encode(hmac_sha256(key_, event.id + '.' + timestamp + '.' + event.text));
    curl_slist* list = nullptr;
    for (const std::string& header : {std::string("Content-Type: application/json"), "webhook-id: " + event.id, "webhook-timestamp: " + timestamp,
                                      "webhook-signature: v1," + signature, std::string("Expect:")}) {
      list = libcurl().curl_slist_append(list, header.c_str());
    }
    return std::unique_ptr<curl_slist, FreeList>(list);
  }

  const std::string url_;
  std::string key_;
  const std::string ca_file_;
  std::unique_ptr<CURL, FreeCurl> curl_;
};

}  // namespace

std::unique_ptr<EventSink> print_events(Console& console) { return std::make_unique<Printed>(console); }

std::unique_ptr<EventSink> print_array_of_events(Console& console) { return std::make_unique<PrintedTogether>(console); }

std::unique_ptr<EventSink> run_for_events(std::string command, std::chrono::seconds timeout) {
  return std::make_unique<Command>(std::move(command), timeout);
}

Result<std::unique_ptr<EventSink>> post_events(std::string url, const std::string& secret, std::string ca_file) {
  const std::string scheme = ascii_lower(url.substr(0, url.find("://")));
  const bool is_web = (scheme == "http" || scheme == "https") && !authority_of(url).empty();
  if (!is_web) return fail(ErrorKind::invalid_value, "--webhook: " + quote(url) + " is no URL of http or https");
  SCIM_TRY(load_curl());
  SCIM_TRY(load_crypto());
  std::string key = secret;
  if (secret.starts_with(kSecretPrefix)) {
    const auto decoded = base64_decode(std::string_view(secret).substr(kSecretPrefix.size()));
    if (!decoded) return fail(ErrorKind::invalid_value, "the secret begins with whsec_, and what follows is not base64");
    key = *decoded;
  }
  if (key.empty()) return fail(ErrorKind::invalid_value, "the secret is empty");
  return std::make_unique<Webhook>(std::move(url), std::move(key), std::move(ca_file));
}

}  // namespace scim::cli
