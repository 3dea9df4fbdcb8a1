// SPDX-License-Identifier: MIT
// The ceiling: a FastCGI responder as libfcgi's examples write it, a thread for each connection, that looks at nothing
// and answers as many bytes as the path says. GET /raw/734/201 is 734 bytes of body with status 201.
//
// usage: bench_raw SOCKET THREADS
#include <fcgiapp.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

constexpr int kBacklog = 512;

struct Wanted {
  std::size_t bytes = 0;
  std::string status = "200";
};

Wanted wanted_of(std::string_view uri) {
  constexpr std::string_view kPrefix = "/raw/";
  Wanted wanted;
  if (!uri.starts_with(kPrefix)) return wanted;
  const std::string rest(uri.substr(kPrefix.size()));
  char* end = nullptr;
  wanted.bytes = std::strtoul(rest.c_str(), &end, 10);
  if (*end == '/') wanted.status = end + 1;
  return wanted;
}

/// What responders of this kind do: the body whole, the headers that every answer has, and the filler.
void answer(FCGX_Request& request, std::string& filler) {
  char buffer[65536];
  while (FCGX_GetStr(buffer, sizeof buffer, request.in) > 0) {
  }
  const char* uri = FCGX_GetParam("REQUEST_URI", request.envp);
  const Wanted wanted = wanted_of(uri == nullptr ? "" : uri);
  if (filler.size() < wanted.bytes) filler.resize(wanted.bytes, 'x');
  const bool bodiless = wanted.status == "204";
  std::string head = "Status: " + wanted.status + "\r\nContent-Type: application/scim+json\r\n";
  if (!bodiless) head += "Content-Length: " + std::to_string(wanted.bytes) + "\r\n";
  head += "\r\n";
  FCGX_PutStr(head.data(), static_cast<int>(head.size()), request.out);
  if (!bodiless) FCGX_PutStr(filler.data(), static_cast<int>(wanted.bytes), request.out);
}

void serve(int socket) {
  FCGX_Request request;
  FCGX_InitRequest(&request, socket, 0);
  std::string filler;
  while (FCGX_Accept_r(&request) == 0) answer(request, filler);
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc == 3 ? std::atoi(argv[2]) : 0;
  if (threads < 1) {
    std::fputs("usage: bench_raw SOCKET THREADS\n", stderr);
    return 2;
  }
  FCGX_Init();
  std::signal(SIGTERM, SIG_DFL);  // libfcgi takes it for a wish to finish, between requests that may never come
  const int socket = FCGX_OpenSocket(argv[1], kBacklog);
  if (socket < 0) {
    std::perror(argv[1]);
    return 1;
  }
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) workers.emplace_back(serve, socket);
  for (std::thread& worker : workers) worker.join();
  return 0;
}
