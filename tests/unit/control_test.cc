// SPDX-License-Identifier: MIT
// Signals while the program serves.
#include "fcgi/control.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>

#include <chrono>
#include <future>
#include <memory>

#include "frozen_env.h"

namespace scim::fcgi {
namespace {

using std::chrono::minutes;

class Serving final : public Generation {
 public:
  explicit Serving(int& reopened) : reopened_(reopened) {}
  void respond(std::size_t, Exchange&) override {}
  Result<void> ask_database() override { return {}; }
  Result<void> reopen_journal() override {
    ++reopened_;
    return {};
  }
  Writers writers() const override { return {}; }

 private:
  int& reopened_;
};

TEST(Control, SaysThatItStopsWhileAReloadHasBegun) {
  test::FrozenEnv env;
  int reopened = 0;
  Generations generations(std::make_unique<Serving>(reopened));
  Notifier notifier("");
  Fd reload(::eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK));
  const Fd stop(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  std::promise<void> has_begun, has_stopped, may_end;
  bool has_loaded = false;
  {
    const auto load = [&]() -> Result<std::unique_ptr<Generation>> {
      has_begun.set_value();
      may_end.get_future().wait();
      has_loaded = true;
      return fail(ErrorKind::invalid_value, "it is wrong");
    };
    const Control control({std::move(reload), stop.get()}, generations, load, [&] { has_stopped.set_value(); }, notifier, env);
    EXPECT_EQ(has_begun.get_future().wait_for(minutes(1)), std::future_status::ready);
    ::eventfd_write(stop.get(), 1);
    EXPECT_EQ(has_stopped.get_future().wait_for(minutes(1)), std::future_status::ready);
    may_end.set_value();
  }
  EXPECT_TRUE(has_loaded) << "it is waited for at the end";
  EXPECT_EQ(reopened, 1) << "also where the configuration is refused";
}

}  // namespace
}  // namespace scim::fcgi
