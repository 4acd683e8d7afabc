#include "control/onion_service.h"

#include "control/operations.h"
#include "control/publish_tracker.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sipveil::control {
namespace {

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

// A service that is not detached is that of another program, or of an older sipveil that was just killed: tor removes
// it when it sees the end of that control connection, a busy one within this time.
constexpr Duration predecessor_leaves = 5s;
constexpr Duration between_tries = 200ms;

// Events that came ahead of the answer that tells our name; PublishTracker's own bound on uploads.
constexpr std::size_t most_early_events = 4096;

Error refused_by_all(std::size_t directories) {
  return {Errc::refused, Fault::overlay,
          fmt::format("no directory took the onion service's descriptor: {} refused it", directories),
          "Check this machine's clock; sipveil tries again.", true};
}

Error given_up() {
  return {Errc::cancelled, Fault::system, "publishing the onion service was given up", "", true};
}

} // namespace

/// Shared with the event handlers.
struct OnionService::State {
  explicit State(const asio::any_io_executor& executor) : changed(executor), ended(executor, TimePoint::max()) {}
  asio::steady_timer changed; ///< the deadline of `publish`, cut short by each event
  asio::steady_timer ended;   ///< never runs out; cut short by the end of `publish`
  bool publishing = false;
  bool wanted = false; ///< false: `publish` is to end
  bool kept = false;
  std::string digest; ///< of what is in tor, once it was added or found
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
    kept = false;
    tracker.reset();
    changed.cancel();
  }

  void on_kept(const OnionName& found, std::uint64_t connection) {
    on_added(found, connection);
    tracker->assume_published();
    kept = true;
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
    : client_(client), key_(std::move(key)), options_(std::move(options)), record_(options_.state_directory),
      state_(std::make_shared<State>(client.executor())) {}

OnionService::~OnionService() = default;

std::optional<OnionName> OnionService::name() const {
  return state_->name;
}

bool OnionService::published() const {
  return state_->tracker && state_->tracker->published();
}

bool OnionService::kept() const {
  return state_->kept;
}

OnionRequest OnionService::request() const {
  return {key_.clone(), options_.virtual_port, options_.target, options_.clients};
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
  auto digest = onion_digest(request());
  if (!digest) co_return digest.error();
  state->digest = std::move(*digest);
  const auto give_up = std::min(deadline, std::chrono::steady_clock::now() + predecessor_leaves);
  while (state->wanted) {
    state->tracker.reset();
    state->early.clear();
    if (!record_.says(state->digest)) record_.forget();
    auto added = co_await add_onion(client_, request());
    if (added) {
      record_.forget(); // not published yet
      if (state->lost) co_return *state->lost;
      state->on_added(*added, client_.generation());
      co_return Result<void>();
    }
    auto error = added.error();
    if (error.code != Errc::address_in_use) co_return error;
    const auto detached = co_await find_detached();
    if (state->lost) co_return *state->lost;
    if (detached && record_.says(state->digest)) {
      state->on_kept(*detached, client_.generation());
      co_return Result<void>();
    }
    if (std::chrono::steady_clock::now() >= give_up) {
      error.mend = "Stop the other program that publishes the key of this state directory through the same tor.";
      co_return error;
    }
    if (detached) {
      if (auto deleted = co_await del_onion(client_, *detached); !deleted) co_return deleted.error();
      continue;
    }
    asio::steady_timer pause(client_.executor(), between_tries);
    co_await pause.async_wait(as_result);
  }
  co_return given_up();
}

/// The service of our key, if it is detached. A tor that does not tell is taken to have none: what follows is the same
/// as for another program's service.
asio::awaitable<std::optional<OnionName>> OnionService::find_detached() {
  const auto names = key_.possible_names();
  if (!names) co_return std::nullopt;
  const auto detached = co_await detached_onions(client_);
  if (!detached) co_return std::nullopt;
  const auto found = std::find_first_of(detached->begin(), detached->end(), names->begin(), names->end());
  co_return found == detached->end() ? std::nullopt : std::optional(*found);
}

void OnionService::record_published() {
  if (record_.says(state_->digest)) return;
  if (const auto written = record_.keep(options_.target, state_->digest); !written)
    spdlog::warn("after a crash the onion service would have to be published anew: {}", written.error().text());
}

asio::awaitable<Result<OnionName>> OnionService::publish() {
  const auto state = state_;
  state->wanted = true;
  state->publishing = true;
  auto outcome = co_await add_and_wait();
  state->publishing = false;
  state->ended.cancel();
  co_return outcome;
}

asio::awaitable<Result<OnionName>> OnionService::add_and_wait() {
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
    if (!state->wanted || !client_.is_up() || !state->tracker) co_return given_up();
    if (state->tracker->published()) {
      record_published();
      co_return *state->name;
    }
    if (state->tracker->refused()) {
      const auto refusals = state->tracker->rejected();
      static_cast<void>(co_await take_away());
      co_return refused_by_all(refusals);
    }
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
  state->wanted = false;
  state->changed.cancel();
  // An ADD_ONION that tor has been given already is answered first; then we know what there is to take away.
  while (state->publishing)
    co_await state->ended.async_wait(as_result);
  co_return co_await take_away();
}

asio::awaitable<Result<void>> OnionService::take_away() {
  const auto state = state_;
  const bool ours = state->generation != 0 && state->generation == client_.generation();
  auto name = ours ? state->name : std::nullopt;
  state->generation = 0;
  state->kept = false;
  state->tracker.reset();
  if (!client_.is_up()) {
    if (!record_.exists()) co_return Result<void>();
    co_return Error{Errc::not_ready, Fault::local_service, "there is no control connection to take it away by", "",
                    true};
  }
  if (!name && record_.exists()) name = co_await find_detached();
  if (!name) co_return Result<void>();
  record_.forget();
  co_return co_await del_onion(client_, *name);
}

} // namespace sipveil::control
