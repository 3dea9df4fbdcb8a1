// SPDX-License-Identifier: MIT
#include "cli/apply/edited_file.h"

#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

#include "cli/files/input.h"
#include "core/text.h"

extern char** environ;

namespace scim::cli {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

std::string editor() {
  for (const char* name : {"VISUAL", "EDITOR"}) {
    if (std::string words = variable(name); !words.empty()) return words;
  }
  return "vi";
}

tl::unexpected<Error> cannot(const std::string& what, int error) {
  return fail(ErrorKind::bad_request, what + ": " + std::strerror(error));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// Ctrl-C and Ctrl-\ are the editor's while it runs.
class SignalsIgnored {
 public:
  SignalsIgnored() : interrupt_(::signal(SIGINT, SIG_IGN)), quit_(::signal(SIGQUIT, SIG_IGN)) {}
  ~SignalsIgnored() {
    static_cast<void>(::signal(SIGINT, interrupt_));
    static_cast<void>(::signal(SIGQUIT, quit_));
  }
  SignalsIgnored(const SignalsIgnored&) = delete;
  SignalsIgnored& operator=(const SignalsIgnored&) = delete;

 private:
  sighandler_t interrupt_;
  sighandler_t quit_;
};

/// Signals that we ignore would else be ignored there, too.
int spawn(const std::string& command, const std::string& file, pid_t& child) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGQUIT, SIGPIPE}) ::sigaddset(&signals, signal);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh";
  std::string option = "-c";
  std::string line = command + " \"$@\"";
  std::string name = command;
  std::string path = file;
  char* const arguments[] = {shell.data(), option.data(), line.data(), name.data(), path.data(), nullptr};
  const int error = ::posix_spawn(&child, "/bin/sh", nullptr, &attributes, arguments, environ);
  ::posix_spawnattr_destroy(&attributes);
  return error;
}

}  // namespace

Try<EditedFile> EditedFile::make(const std::string& text, const std::string& ending) {
  const std::string folder = variable("TMPDIR");
  std::string path = (folder.empty() ? "/tmp" : folder) + "/scimctl-XXXXXX" + ending;
  const int file = ::mkstemps(path.data(), static_cast<int>(ending.size()));  // mode 0600
  if (file < 0) return cannot(path + " cannot be made", errno);
  EditedFile made(path);
  const bool is_written = write_all(file, text);
  const int error = errno;
  const bool is_closed = ::close(file) == 0;
  if (is_written && is_closed) return made;
  return cannot(path + " cannot be written", error);
}

EditedFile::~EditedFile() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Try<void> EditedFile::edit() const {
  const std::string command = editor();
  const SignalsIgnored ignored;
  pid_t child = 0;
  if (const int error = spawn(command, path_, child); error != 0) return cannot("the editor cannot be started", error);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return fail(ErrorKind::bad_request, "the editor " + quote(command) + " failed; VISUAL or EDITOR name another one");
}

Try<std::string> EditedFile::text() const {
  std::istringstream none;
  SCIM_ASSIGN(std::string text, read_input(path_, none));
  return text;
}

}  // namespace scim::cli
