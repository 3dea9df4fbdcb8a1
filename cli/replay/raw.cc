// SPDX-License-Identifier: MIT
#include "cli/replay/raw.h"

#include <algorithm>
#include <cstdlib>
#include <ostream>

#include "cli/backend.h"
#include "cli/files/input.h"
#include "cli/remote/profile.h"
#include "core/secrets.h"
#include "core/text.h"

namespace scim::cli {
namespace {

tl::unexpected<Failure> misuse(std::string detail) {
  return fail(Failure(ExitCode::usage, {ErrorKind::bad_request, std::move(detail), ""}));
}

std::string ascii_upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

Try<Request> request_of(const RawCommand& command, Console& console) {
  const bool is_method = !command.method.empty() && std::all_of(command.method.begin(), command.method.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
  if (!is_method) return misuse(quote(command.method) + " is no method: GET, POST, PUT, PATCH, DELETE");
  if (!command.target.starts_with('/')) return misuse("the path " + quote(command.target) + " must begin with a slash: '/Users?count=1'");
  const bool is_plain = std::all_of(command.target.begin(), command.target.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
  if (!is_plain) return misuse("the path " + quote(command.target) + " must be percent-encoded: a blank is %20, a quote %22");
  const std::size_t mark = std::min(command.target.find('?'), command.target.size());
  Request request = request_for(ascii_upper(command.method), command.target.substr(0, mark), command.target.substr(std::min(mark + 1, command.target.size())));
  request.if_match = command.if_match;
  request.if_none_match = command.if_none_match;
  if (!command.file.empty()) {
    SCIM_ASSIGN(request.body, read_input(command.file, console.in));
  }
  return request;
}

bool has_secrets(const std::string& body) {
  auto value = parse_json(body, kFileLimits);
  return value ? !Secrets().remove_from(*value).empty() : Secrets().are_named_in(body);
}

/// A password goes by its file: others see the command line of curl, and the shell keeps it.
Try<std::string> body_file_of(const RawCommand& command, const Request& request) {
  if (!has_secrets(request.body)) return std::string();
  if (command.file != "-") return command.file;
  return misuse("--as-curl would put the password onto the command line of curl: -f FILE names a file that curl can read it from");
}

/// The server that the command of curl is for.
Try<RemoteServer> server_of(const Globals& globals, Console& console) {
  if (globals.remote.is_wanted()) return remote_server(globals, console);
  SCIM_ASSIGN(const Config config, configuration(globals));
  if (config.base_url.empty()) return misuse("--as-curl needs a URL: --url, --profile, or base_url in the configuration");
  RemoteServer server;
  server.url = config.base_url;
  server.authorization = "Bearer ";  // whose is to be seen: it is printed as $SCIMCTL_TOKEN
  return server;
}

/// Without it the line would be answered 401.
void say_which_token(const RemoteServer& server, Console& console) {
  const char* const token = std::getenv("SCIMCTL_TOKEN");
  const bool is_set = token != nullptr && *token != '\0';
  if (!server.authorization.empty() && !is_set) console.say("scimctl: the line takes the token from SCIMCTL_TOKEN, which is not set: export it first");
}

Json document_of(const Response& response) {
  Json document{{"status", response.status}, {"headers", Json::object()}};
  for (const auto& [name, value] : response.headers) document["headers"][name] = value;
  auto body = parse_json(response.body, kFileLimits);
  document["body"] = body ? *std::move(body) : Json(response.body);
  return document;
}

/// Bytes as they came; on a terminal JSON is indented, and nothing can take hold of it.
void print_body(const Response& response, Console& console) {
  if (response.body.empty()) return;
  const bool is_as_it_came = console.target == Console::Target::file && console.format != Format::table;
  if (is_as_it_came) {
    console.out << response.body << (response.body.ends_with('\n') ? "" : "\n");
    return;
  }
  const auto body = parse_json(response.body, kFileLimits);
  console.out << (body ? printable_lines(pretty_json(*body)) : printable(response.body) + '\n');
}

void print(const Response& response, const RawCommand& command, Console& console) {
  switch (command.shows) {
    case RawCommand::Shows::body: print_body(response, console); return;
    case RawCommand::Shows::headers_too: break;
  }
  if (console.document_is_asked_for()) {
    console.print(document_of(response));
    return;
  }
  console.out << "HTTP " << response.status << '\n';
  for (const auto& [name, value] : response.headers) console.out << printable(name + ": " + value) << '\n';
  console.out << '\n';
  print_body(response, console);
}

}  // namespace

Try<ExitCode> run(const RawCommand& command, const Globals& globals, Console& console) {
  SCIM_ASSIGN(Request request, request_of(command, console));
  switch (command.does) {
    case RawCommand::Does::print_curl: {
      SCIM_ASSIGN(const RemoteServer server, server_of(globals, console));
      SCIM_ASSIGN(const std::string body_file, body_file_of(command, request));
      const std::string line = curl_command(server, request, body_file);
      if (console.document_is_asked_for()) console.print({{"curl", line}});
      else console.out << line << '\n';
      say_which_token(server, console);
      return ExitCode::ok;
    }
    case RawCommand::Does::send: break;
  }
  SCIM_ASSIGN(const auto backend, Backend::open(globals, console));
  SCIM_ASSIGN(const Response response, backend->exchange(std::move(request)));
  print(response, command, console);
  if (response.status < 400) return ExitCode::ok;
  const Failure failure(response);
  console.say("scimctl: status " + std::to_string(response.status));
  return failure.code;
}

}  // namespace scim::cli
