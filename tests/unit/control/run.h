#pragma once

#include "base/clock.h"
#include "base/random.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace sipveil::testing {

namespace asio = boost::asio;

// No step of these tests waits for anything but loopback; this is for a machine that is very busy.
inline constexpr Duration patience = 20s;

/// Runs the io_context until the condition holds; false if it does not in time.
inline bool run_until(asio::io_context& io, const std::function<bool()>& condition) {
  io.restart();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (io.run_one_until(deadline) == 0) return condition();
  }
  return true;
}

/// Runs the io_context until the coroutine is done and gives its result.
template <class T>
T run(asio::io_context& io, asio::awaitable<T> work) {
  std::optional<T> result;
  asio::co_spawn(
      io, [&result, &work]() -> asio::awaitable<void> { result.emplace(co_await std::move(work)); }, asio::detached);
  if (!run_until(io, [&] { return result.has_value(); })) throw std::runtime_error("the coroutine did not end in time");
  return std::move(*result);
}

inline void run(asio::io_context& io, asio::awaitable<void> work) {
  bool done = false;
  asio::co_spawn(
      io,
      [&done, &work]() -> asio::awaitable<void> {
        co_await std::move(work);
        done = true;
      },
      asio::detached);
  if (!run_until(io, [&] { return done; })) throw std::runtime_error("the coroutine did not end in time");
}

/// A directory of its own for a test, removed with it.
class TemporaryDirectory {
 public:
  TemporaryDirectory()
      : path_(std::filesystem::temp_directory_path() / fmt::format("sv-{}-{}", ::getpid(), random_hex(4))) {
    std::filesystem::create_directories(path_);
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

} // namespace sipveil::testing
