#include "control/onion_service.h"

#include "control/operations.h"
#include "control/publish_tracker.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sipveil::control {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// Tor removes a service when it sees the end of the control connection; a predecessor that was just killed is
// gone from a busy tor within this time.
constexpr Duration predecessor_leaves = 5s;
constexpr Duration between_tries = 200ms;

// Events that came ahead of the answer that tells our name; PublishTracker's own bound on uploads.
constexpr std::size_t most_early_events = 4096;

} // namespace

/// Shared with the event handlers.
struct OnionService::State {
  explicit State(const asio::any_io_executor& executor) : changed(executor) {}
  asio::steady_timer changed; ///< the deadline of `publish`, cut short by each event
  std::optional<OnionName> name;
  std::optional<PublishTracker> tracker; ///< of the connection `generation`
  std::vector<HsDescEvent> early;
  std::uint64_t generation = 0; ///< the connection that has the service; 0 for none
  std::optional<Error> lost;

  void on_event(const HsDescEvent& event) {
    if (tracker) {
      tracker->on_event(event);
      changed.cancel();
    } else if (early.size() < most_early_events) {
      early.push_back(event);
    }
  }

  void on_lost(const Error& reason) {
    lost = reason;
    generation = 0;
    tracker.reset();
    changed.cancel();
  }

  void on_added(const OnionName& added, std::uint64_t connection) {
    name = added;
    generation = connection;
    tracker.emplace(added);
    for (const auto& event : std::exchange(early, {}))
      tracker->on_event(event);
  }
};

OnionService::OnionService(ControlClient& client, OnionKey key, OnionOptions options)
    : client_(client), key_(std::move(key)), options_(std::move(options)),
      state_(std::make_shared<State>(client.executor())) {}

OnionService::~OnionService() = default;

std::optional<OnionName> OnionService::name() const {
  return state_->name;
}

bool OnionService::published() const {
  return state_->tracker && state_->tracker->published();
}

asio::awaitable<Result<void>> OnionService::listen() {
  if (subscribed_) co_return Result<void>();
  EventHandler handler;
  handler.on_event = [state = state_](const Event& event) { state->on_event(std::get<HsDescEvent>(event)); };
  handler.on_lost = [state = state_](const Error& reason) { state->on_lost(reason); };
  auto subscription = co_await client_.subscribe(EventKind::hs_desc, std::move(handler));
  if (!subscription) co_return subscription.error();
  subscription_ = std::move(*subscription);
  subscribed_ = true;
  co_return Result<void>();
}

asio::awaitable<Result<void>> OnionService::add(TimePoint deadline) {
  const auto state = state_;
  if (state->generation != 0 && state->generation == client_.generation()) co_return Result<void>();
  const auto give_up = std::min(deadline, std::chrono::steady_clock::now() + predecessor_leaves);
  for (;;) {
    state->tracker.reset();
    state->early.clear();
    OnionRequest request{key_.clone(), options_.virtual_port, options_.target, options_.clients};
    auto added = co_await add_onion(client_, std::move(request));
    if (added) {
      if (state->lost) co_return *state->lost;
      state->on_added(*added, client_.generation());
      co_return Result<void>();
    }
    auto error = added.error();
    if (error.code != Errc::address_in_use) co_return error;
    if (std::chrono::steady_clock::now() >= give_up) {
      error.mend = "Stop the other program that publishes the key of this state directory through the same tor.";
      co_return error;
    }
    asio::steady_timer pause(client_.executor(), between_tries);
    co_await pause.async_wait(as_result);
  }
}

asio::awaitable<Result<OnionName>> OnionService::publish() {
  const auto state = state_;
  const auto deadline = std::chrono::steady_clock::now() + options_.timeout;
  state->lost.reset();
  // The subscription comes first: an upload that is not seen to begin would not be waited for.
  auto listening = co_await listen();
  if (!listening) co_return listening.error();
  auto added = co_await add(deadline);
  if (!added) co_return added.error();
  state->changed.expires_at(deadline);
  for (;;) {
    if (state->lost) co_return *state->lost;
    if (!client_.is_up() || !state->tracker)
      co_return Error{Errc::cancelled, Fault::system, "publishing the onion service was given up", "", true};
    if (state->tracker->published()) co_return *state->name;
    const auto [code] = co_await state->changed.async_wait(as_result);
    if (code) continue;
    const auto& tracker = *state->tracker;
    co_return Error{Errc::timed_out, Fault::overlay,
                    fmt::format("the onion service was not published in time: {} directories took its descriptor, {} "
                                "refused it, {} did not answer",
                                tracker.accepted(), tracker.rejected(), tracker.pending()),
                    "Check this machine's clock and that tor is bootstrapped (sipveil doctor).", true};
  }
}

asio::awaitable<Result<void>> OnionService::withdraw() {
  const auto state = state_;
  if (!state->name || state->generation == 0 || state->generation != client_.generation()) co_return Result<void>();
  state->generation = 0;
  state->tracker.reset();
  const auto name = *state->name;
  co_return co_await del_onion(client_, name);
}

} // namespace sipveil::control
