#include "bridge/daemon/onion_unit.h"

#include "base/backoff.h"
#include "bridge/daemon/complaints.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <spdlog/spdlog.h>

namespace sipveil {

namespace asio = boost::asio;

void log_published(const OnionName& name, std::uint16_t port, std::string_view how) {
  spdlog::info("onion service published{}: others reach this bridge at tor:{}:{}", how, name.host(), port);
}

void log_kept(const OnionName& name, std::uint16_t port) {
  spdlog::info("onion service kept from before: others reach this bridge at tor:{}:{}", name.host(), port);
}

asio::awaitable<void> OnionUnit::dialling_tor_ready(std::uint64_t) {
  co_return;
}

namespace {

/// Where to record what stays in tor: nowhere for a tor of our own, which ends with us.
std::filesystem::path outlives_us(const Config& config) {
  return config.tor->spawn ? std::filesystem::path() : config.state_dir;
}

} // namespace

AddedOnion::AddedOnion(control::ControlClient& client, control::OnionKey key, const Config& config, Endpoint target)
    : client_(client), port_(config.onion->port),
      service_(client, std::move(key),
               control::OnionOptions{.virtual_port = config.onion->port,
                                     .target = std::move(target),
                                     .clients = config.onion->clients,
                                     .state_directory = outlives_us(config)}),
      retry_(client.executor()) {}

asio::awaitable<void> AddedOnion::dialling_tor_ready(std::uint64_t generation) {
  const auto self = shared_from_this();
  Backoff backoff({.first = 2s, .cap = 60s});
  Complaints complaints("onion service");
  while (!stopping_ && client_.is_up() && client_.generation() == generation) {
    const auto name = co_await service_.publish();
    if (stopping_) co_return;
    if (name) co_return service_.kept() ? log_kept(*name, port_) : log_published(*name, port_);
    complaints.say(name.error());
    retry_.expires_after(backoff.next());
    co_await retry_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

asio::awaitable<void> AddedOnion::stop() {
  stopping_ = true;
  retry_.cancel();
  const auto self = shared_from_this();
  if (const auto withdrawn = co_await service_.withdraw(); !withdrawn)
    spdlog::warn("the onion service may stay in tor: {}", withdrawn.error().text());
}

} // namespace sipveil
