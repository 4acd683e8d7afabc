#include "control/operations.h"

#include "control/command_line.h"
#include "control/getinfo.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

namespace sipveil::control {
namespace {

asio::awaitable<Result<std::string>> get_info(ControlClient& client, std::string key) {
  auto reply = co_await client.command("GETINFO " + key);
  if (!reply) co_return reply.error();
  co_return parse_getinfo(key, *reply);
}

/// Runs a command whose answer holds nothing but its status.
asio::awaitable<Result<void>> run(ControlClient& client, std::string name, SecretBytes line) {
  auto reply = co_await client.command(std::move(line));
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return refusal(name, *reply);
  co_return Result<void>();
}

/// What the event handlers of `wait_bootstrapped` leave for it.
struct Progress {
  explicit Progress(const asio::any_io_executor& executor) : changed(executor) {}
  asio::steady_timer changed; ///< runs until the deadline; cut short by each event
  std::function<void(const BootstrapPhase&)> show;
  BootstrapPhase phase;
  bool shown = false;
  std::optional<Error> lost;

  void take(const BootstrapPhase& now) {
    // The answer to GETINFO can be older than an event that overtook it; tor itself never goes back.
    if (shown && (now.percent < phase.percent || now.text() == phase.text())) return;
    phase = now;
    shown = true;
    if (show) show(phase);
  }
};

} // namespace

asio::awaitable<Result<std::string>> version(ControlClient& client) {
  return get_info(client, "version");
}

asio::awaitable<Result<BootstrapPhase>> bootstrap(ControlClient& client) {
  auto value = co_await get_info(client, "status/bootstrap-phase");
  if (!value) co_return value.error();
  co_return parse_bootstrap(*value);
}

asio::awaitable<Result<void>> wait_bootstrapped(ControlClient& client, Duration timeout,
                                                std::function<void(const BootstrapPhase&)> progress) {
  const auto state = std::make_shared<Progress>(client.executor());
  state->show = std::move(progress);
  state->changed.expires_after(timeout);
  EventHandler handler;
  handler.on_event = [state](const Event& event) {
    const auto& status = std::get<StatusClientEvent>(event);
    if (!status.bootstrap) return;
    state->take(*status.bootstrap);
    state->changed.cancel();
  };
  handler.on_lost = [state](const Error& reason) {
    state->lost = reason;
    state->changed.cancel();
  };
  // Subscribed before asking, so that no phase falls between the two.
  auto subscription = co_await client.subscribe(EventKind::status_client, std::move(handler));
  if (!subscription) co_return subscription.error();
  auto now = co_await bootstrap(client);
  if (!now) co_return now.error();
  state->take(*now);
  while (!state->phase.done()) {
    if (state->lost) co_return *state->lost;
    if (!client.is_up())
      co_return Error{Errc::cancelled, Fault::system, "the wait for tor's bootstrap was given up", "", true};
    const auto [code] = co_await state->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    if (code) continue;
    co_return Error{Errc::not_ready, Fault::local_service, fmt::format("tor is not ready: {}", state->phase.text()),
                    "Check this machine's clock and its way to the network; tor's log says more.", true};
  }
  co_return Result<void>();
}

asio::awaitable<Result<std::vector<Endpoint>>> socks_listeners(ControlClient& client) {
  auto value = co_await get_info(client, "net/listeners/socks");
  if (!value) co_return value.error();
  co_return parse_listeners(*value);
}

asio::awaitable<Result<std::vector<CircEvent>>> circuits(ControlClient& client) {
  auto value = co_await get_info(client, "circuit-status");
  if (!value) co_return value.error();
  std::vector<CircEvent> result;
  for (std::string_view rest = *value; !rest.empty();) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty()) continue;
    auto circuit = parse_circuit(line);
    if (!circuit) co_return circuit.error();
    result.push_back(std::move(*circuit));
  }
  co_return result;
}

asio::awaitable<Result<void>> close_circuit(ControlClient& client, std::string id) {
  auto reply = co_await client.command("CLOSECIRCUIT " + id + " IfUnused");
  if (!reply) co_return reply.error();
  if (!reply->ok() && reply->status() != 552) co_return refusal("CLOSECIRCUIT", *reply);
  co_return Result<void>();
}

asio::awaitable<Result<void>> fetch_descriptor(ControlClient& client, const OnionName& onion) {
  auto reply = co_await client.command("HSFETCH " + onion.host().substr(0, onion.host().find('.')));
  if (!reply) co_return reply.error();
  if (!reply->ok()) co_return refusal("HSFETCH", *reply);
  co_return Result<void>();
}

asio::awaitable<Result<std::string>> option(ControlClient& client, std::string name) {
  auto reply = co_await client.command("GETCONF " + name);
  if (!reply) co_return reply.error();
  // "250 Name=value", "250 Name" at its default, 552 for a name that is none; as with GETINFO but for the bare name.
  if (reply->ok() && reply->lines.back().text == name) co_return std::string();
  co_return parse_getinfo(name, *reply);
}

asio::awaitable<Result<void>> take_ownership(ControlClient& client) {
  return run(client, "TAKEOWNERSHIP", SecretBytes(std::string_view("TAKEOWNERSHIP")));
}

asio::awaitable<Result<OnionName>> add_onion(ControlClient& client, OnionRequest request) {
  auto line = add_onion_command(request);
  if (!line) co_return line.error();
  auto bytes = std::move(*line);
  auto reply = co_await client.command(std::move(bytes));
  if (!reply) co_return reply.error();
  co_return parse_add_onion(*reply);
}

asio::awaitable<Result<void>> del_onion(ControlClient& client, OnionName onion) {
  auto reply = co_await client.command("DEL_ONION " + onion.service_id());
  if (!reply) co_return reply.error();
  if (!reply->ok() && reply->status() != 552) co_return refusal("DEL_ONION", *reply);
  co_return Result<void>();
}

asio::awaitable<Result<std::vector<OnionName>>> detached_onions(ControlClient& client) {
  auto value = co_await get_info(client, "onions/detached");
  if (!value) co_return value.error();
  co_return parse_onions(*value);
}

asio::awaitable<Result<void>> onion_client_auth_add(ControlClient& client, OnionName onion, ClientAuthKey key) {
  const auto secret = key.base64();
  return run(client, "ONION_CLIENT_AUTH_ADD",
             join_secret({"ONION_CLIENT_AUTH_ADD ", onion.service_id(), " x25519:", secret.reveal()}));
}

asio::awaitable<Result<void>> onion_client_auth_remove(ControlClient& client, OnionName onion) {
  return run(client, "ONION_CLIENT_AUTH_REMOVE", join_secret({"ONION_CLIENT_AUTH_REMOVE ", onion.service_id()}));
}

} // namespace sipveil::control
