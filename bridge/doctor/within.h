#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sipveil::doctor {

/// The result of an operation, or `late` if it takes longer than `time`; the operation is then cancelled.
template <class T>
boost::asio::awaitable<Result<T>> within(Duration time, boost::asio::awaitable<Result<T>> operation, Error late) {
  using namespace boost::asio::experimental::awaitable_operators;
  boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
  auto first = co_await (std::move(operation) || timer.async_wait(boost::asio::use_awaitable));
  if (first.index() == 1) co_return late;
  co_return std::get<0>(std::move(first));
}

} // namespace sipveil::doctor
