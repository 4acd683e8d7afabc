#pragma once

#include "base/clock.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>

namespace sipveil::test {

// Longer than anything here takes on a loaded machine; a test that meets it has hung.
inline constexpr Duration patience = 10s;

/// Runs the loop until `condition` holds; fails the test after `patience`.
template <class Condition>
void run_until(boost::asio::io_context& io, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (io.stopped()) io.restart();
    if (std::chrono::steady_clock::now() > end) {
      ADD_FAILURE() << "the awaited condition did not come true";
      return;
    }
    io.run_one_for(20ms);
  }
}

/// Runs the loop until the coroutine has ended, and gives its result. An exception that escapes ends the
/// test.
template <class T>
T run(boost::asio::io_context& io, boost::asio::awaitable<T> work) {
  std::optional<T> result;
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, std::move(work), [&](std::exception_ptr failure, T value) {
    thrown = failure;
    result.emplace(std::move(value));
  });
  run_until(io, [&] { return result.has_value(); });
  if (thrown) std::rethrow_exception(thrown);
  return std::move(result.value());
}

} // namespace sipveil::test
