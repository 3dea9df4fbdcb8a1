// SPDX-License-Identifier: MIT
// The load: one thread, kept connections with a request under way on each, and the answers' statuses checked.
//
// usage: bench_load --port N [--connections N] [--seconds S] [--slices N] [--header LINE]... [--pid NAME=PID]...
//                   [--once FILE]... [FILE]...
// Each FILE has requests (load_plan.h). Their turns alternate, `slices` for each, so that what else the machine does hits
// all of them alike; S seconds for each file in all. A file begins anew when it is used up, or, after --once, ends.
// Connection i of n sends lines i, i + n, ... in this order. Prints JSON: an object for each file, in which the rates and the
// processor time (microseconds for each request, of each process and its children) are lists, one number for each slice.
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/bench/load_connection.h"
#include "tests/bench/load_plan.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr int kAnySuccess = 2;
constexpr Seconds kPatience{120};  // for one answer, with sanitizers on a busy machine

struct Options {
  std::uint16_t port = 0;
  std::size_t connections = 8;
  Seconds seconds{3};
  int slices = 6;
  std::string headers = "Host: 127.0.0.1\r\n";
  std::vector<std::pair<std::string, int>> pids;
  enum class Repeat { anew, once };
  std::vector<std::pair<std::string, Repeat>> files;
};

/// What one file has come to.
struct Tally {
  std::vector<Planned> plan;
  Options::Repeat repeat = Options::Repeat::anew;
  std::vector<std::size_t> next;  // for each connection, the line that it sends next
  std::vector<double> latencies;  // seconds
  std::vector<double> rates;      // of each slice
  std::map<int, std::uint64_t> statuses;
  std::map<std::string, std::vector<double>> cpu;  // of each slice, microseconds for each request
  std::uint64_t bytes = 0;
  std::uint64_t wrong = 0;
  std::string first_wrong;
  double seconds = 0;
};

/// Seconds of processor time of another process and all its threads, to the nanosecond; 0 if it is gone.
double clock_of(int pid) {
  clockid_t clock{};
  timespec time{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// The same of the children that it has waited for, in clock ticks: what PostgreSQL starts for a part of a query ends with it.
double ended_children_of(const std::string& process) {
  constexpr int kBetween = 13;  // fields after the name, which may have blanks itself, and before cutime
  std::ifstream stat(process + "/stat");
  std::string line;
  std::getline(stat, line);
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string between;
  for (int i = 0; i < kBetween; ++i) fields >> between;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Of a process and its children: each connection to PostgreSQL is one.
double cpu_of(int pid) {
  const std::string id = std::to_string(pid);
  const std::string process = "/proc/" + id;
  double seconds = clock_of(pid) + ended_children_of(process);
  std::ifstream children(process + "/task/" + id + "/children");
  for (int child = 0; children >> child;) seconds += clock_of(child);
  return seconds;
}

class Load {
 public:
  explicit Load(const Options& options)
      : options_(options), slots_(options.connections), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

  bool connect() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (!connect(i)) return false;
    }
    return true;
  }

  /// False if the server is gone.
  bool slice(Tally& tally, Seconds length) {
    std::map<std::string, double> before;
    for (const auto& [name, pid] : options_.pids) before[name] = cpu_of(pid);
    const std::size_t answered = tally.latencies.size();
    const auto start = Clock::now();
    if (!run(tally, start + std::chrono::duration_cast<Clock::duration>(length))) return false;
    const double seconds = Seconds(Clock::now() - start).count();
    tally.seconds += seconds;
    const auto count = static_cast<double>(tally.latencies.size() - answered);
    if (count == 0) return true;
    tally.rates.push_back(count / seconds);
    for (const auto& [name, pid] : options_.pids) tally.cpu[name].push_back((cpu_of(pid) - before[name]) * 1e6 / count);
    return true;
  }

 private:
  struct Slot {
    Connection connection;
    std::size_t line = 0;
    Clock::time_point sent;
    bool busy = false;
  };

  bool connect(std::size_t i) {
    if (!slots_[i].connection.connect(options_.port)) {
      std::perror("bench_load: connect");
      return false;
    }
    return watch(i, EPOLL_CTL_ADD);
  }

  bool watch(std::size_t i, int operation) {
    epoll_event event{};
    event.events = EPOLLIN;
    if (slots_[i].connection.wants_to_write()) event.events |= EPOLLOUT;
    event.data.u64 = i;
    return ::epoll_ctl(epoll_, operation, slots_[i].connection.fd(), &event) == 0;
  }

  bool run(Tally& tally, Clock::time_point end) {
    std::size_t busy = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) busy += start(tally, i) ? 1 : 0;
    std::array<epoll_event, 64> events{};
    while (busy > 0) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), static_cast<int>(kPatience.count()) * 1000);
      if (count <= 0) {
        std::fputs("bench_load: no answer\n", stderr);
        return false;
      }
      for (int e = 0; e < count; ++e) {
        const std::size_t i = events[static_cast<std::size_t>(e)].data.u64;
        const Connection::Event event = advance(i);
        if (event == Connection::Event::waiting) continue;
        if (!slots_[i].busy) {  // closed while idle, as web servers do after so many requests
          if (!connect(i)) return false;
          continue;
        }
        if (!finish(tally, i, event)) return false;
        const bool more = Clock::now() < end && start(tally, i);
        busy -= more ? 0 : 1;
      }
    }
    return true;
  }

  /// Whether there was something left to send.
  bool start(Tally& tally, std::size_t i) {
    Slot& slot = slots_[i];
    std::size_t& next = tally.next[i];
    if (next >= tally.plan.size()) {
      if (tally.repeat == Options::Repeat::once) return false;
      next = i % tally.plan.size();
    }
    slot.line = next;
    next += slots_.size();
    slot.sent = Clock::now();
    slot.connection.send(tally.plan[slot.line].bytes);
    slot.busy = true;
    if (slot.connection.wants_to_write()) watch(i, EPOLL_CTL_MOD);
    return true;
  }

  Connection::Event advance(std::size_t i) {
    Connection& connection = slots_[i].connection;
    if (connection.wants_to_write()) {
      if (connection.flush() == Connection::Event::broken) return Connection::Event::broken;
      if (!connection.wants_to_write()) watch(i, EPOLL_CTL_MOD);
    }
    return connection.receive();
  }

  bool finish(Tally& tally, std::size_t i, Connection::Event event) {
    Slot& slot = slots_[i];
    const Planned& planned = tally.plan[slot.line];
    const int status = event == Connection::Event::broken ? 0 : slot.connection.status();
    tally.latencies.push_back(Seconds(Clock::now() - slot.sent).count());
    tally.bytes += slot.connection.answer_bytes();
    ++tally.statuses[status];
    slot.busy = false;
    const bool good = planned.status == kAnySuccess ? status / 100 == kAnySuccess : status == planned.status;
    if (!good && tally.wrong++ == 0) {
      tally.first_wrong = planned.bytes.substr(0, planned.bytes.find('\r')) + ": " + std::to_string(status);
    }
    return event != Connection::Event::broken || connect(i);
  }

  const Options& options_;
  std::vector<Slot> slots_;
  int epoll_;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + '"';
}

double at(std::vector<double>& sorted, double part) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(static_cast<double>(sorted.size()) * part))];
}

void print_list(const std::vector<double>& numbers) {
  const char* comma = "";
  std::fputs("[", stdout);
  for (const double number : numbers) std::printf("%s%.3f", std::exchange(comma, ", "), number);
  std::fputs("]", stdout);
}

void print(const std::string& file, Tally& tally) {
  std::sort(tally.latencies.begin(), tally.latencies.end());
  const std::size_t requests = tally.latencies.size();
  const double per = requests == 0 ? 0 : 1.0 / static_cast<double>(requests);
  std::printf("{\"file\": %s, \"requests\": %zu, \"seconds\": %.4f, \"rate\": %.2f, \"p50_us\": %.1f, \"p99_us\": %.1f,\n",
              quoted(file).c_str(), requests, tally.seconds, static_cast<double>(requests) / std::max(tally.seconds, 1e-9),
              at(tally.latencies, 0.5) * 1e6, at(tally.latencies, 0.99) * 1e6);
  std::printf(" \"bytes\": %.1f, \"wrong\": %llu, \"first_wrong\": %s, \"statuses\": {", static_cast<double>(tally.bytes) * per,
              static_cast<unsigned long long>(tally.wrong), quoted(tally.first_wrong).c_str());
  const char* comma = "";
  for (const auto& [status, count] : tally.statuses) {
    std::printf("%s\"%d\": %llu", std::exchange(comma, ", "), status, static_cast<unsigned long long>(count));
  }
  std::printf("}, \"cpu_us\": {");
  comma = "";
  for (const auto& [name, each] : tally.cpu) {
    std::printf("%s%s: ", std::exchange(comma, ", "), quoted(name).c_str());
    print_list(each);
  }
  std::printf("}, \"rates\": ");
  print_list(tally.rates);
  std::printf("}");
}

int usage() {
  std::fputs("usage: bench_load --port N [--connections N] [--seconds S] [--slices N] [--header LINE]...\n"
             "                  [--pid NAME=PID]... [--once FILE]... [FILE]...\n", stderr);
  return 2;
}

std::pair<std::string, int> named_pid(const std::string& text) {
  const std::size_t equals = text.find('=');
  return {text.substr(0, equals), equals == std::string::npos ? 0 : std::atoi(text.c_str() + equals + 1)};
}

bool parse_option(std::string_view name, const std::string& value, Options& options) {
  const int number = std::atoi(value.c_str());
  if (name == "--port") options.port = static_cast<std::uint16_t>(number);
  else if (name == "--connections") options.connections = static_cast<std::size_t>(std::max(1, number));
  else if (name == "--seconds") options.seconds = Seconds(std::atof(value.c_str()));
  else if (name == "--slices") options.slices = std::max(1, number);
  else if (name == "--once") options.files.emplace_back(value, Options::Repeat::once);
  else if (name == "--header") options.headers += value + "\r\n";
  else if (name == "--pid") options.pids.push_back(named_pid(value));
  else return false;
  return true;
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (!name.starts_with("--")) {
      options.files.emplace_back(name, Options::Repeat::anew);
    } else if (++i == argc || !parse_option(name, argv[i], options)) {
      return false;
    }
  }
  return options.port != 0 && !options.files.empty();
}

int main_with(const Options& options) {
  std::vector<Tally> tallies(options.files.size());
  for (std::size_t f = 0; f < tallies.size(); ++f) {
    tallies[f].plan = read_plan(options.files[f].first, options.headers);
    tallies[f].repeat = options.files[f].second;
    if (tallies[f].plan.empty()) return 2;
    for (std::size_t i = 0; i < options.connections; ++i) tallies[f].next.push_back(i);
  }
  Load load(options);
  if (!load.connect()) return 1;
  for (int slice = 0; slice < options.slices; ++slice) {
    for (Tally& tally : tallies) {
      if (!load.slice(tally, options.seconds / options.slices)) return 1;
    }
  }
  for (std::size_t f = 0; f < tallies.size(); ++f) {
    std::fputs(f == 0 ? "[" : ",\n", stdout);
    print(options.files[f].first, tallies[f]);
  }
  std::puts("]");
  return 0;
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
  bench::Options options;
  return bench::parse(argc, argv, options) ? bench::main_with(options) : bench::usage();
}
