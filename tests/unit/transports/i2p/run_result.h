#pragma once

#include "base/error.h"
#include "tests/unit/transports/run.h"

#include <optional>

namespace sipveil::test {

/// `run` for results that have no default value, which co_spawn would need one of.
template <class T>
Result<T> run_result(boost::asio::io_context& io, boost::asio::awaitable<Result<T>> work) {
  std::optional<Result<T>> result;
  const auto keep = [](boost::asio::awaitable<Result<T>> awaited,
                       std::optional<Result<T>>& kept) -> boost::asio::awaitable<void> {
    kept.emplace(co_await std::move(awaited));
  };
  std::exception_ptr thrown;
  boost::asio::co_spawn(io, keep(std::move(work), result), [&](std::exception_ptr failure) { thrown = failure; });
  run_until(io, [&] { return result.has_value() || thrown; });
  if (thrown) std::rethrow_exception(thrown);
  return std::move(result.value());
}

} // namespace sipveil::test
