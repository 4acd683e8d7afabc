#include "transports/i2p/inbound.h"

#include "base/backoff.h"
#include "base/log.h"
#include "transports/i2p/last_session.h"
#include "transports/i2p/reach_check.h"
#include "transports/i2p/session.h"
#include "transports/i2p/streams.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>

namespace sipveil::i2p {
namespace {

using asio::experimental::awaitable_operators::operator||;

// SAM is back as soon as the router is. A short cap, since callers are without us until then.
constexpr Backoff::Limits pause_before_session{500ms, 5s};
// The router may not have made the session yet when the first STREAM ACCEPT asks for it.
constexpr Backoff::Limits pause_before_accept{250ms, 5s};
constexpr Duration pause_between_checks = 2s;
// A destination that is reached at all is mostly so within 15 s, within 40 s after the router has been restarted. For
// one whose LeaseSet i2pd could not publish at first it waits 100 s or more until it tries again: a new session is
// sooner. Where nothing is that fast, the next ones are given twice and four times as long.
constexpr Duration longest_unreachable = 60s;
constexpr unsigned doublings = 2;
// A router that lost our destination without a word is found out; each check costs the building of a session.
constexpr Duration recheck_interval = 30min;

Error ends(std::string what) {
  return {Errc::closed, Fault::local_service, std::move(what), "", true};
}

TimePoint now() {
  return std::chrono::steady_clock::now();
}

asio::awaitable<void> pause(Duration length) {
  asio::steady_timer timer(co_await asio::this_coro::executor, length);
  co_await timer.async_wait(asio::use_awaitable);
}

} // namespace

std::string InboundState::text() const {
  switch (phase) {
  case Phase::connecting: return "connecting to the I2P router";
  case Phase::clearing: return "the I2P router clears the last session of our destination away";
  case Phase::building: return "the I2P router builds tunnels";
  case Phase::publishing: return "tunnels are built, others cannot reach us yet";
  case Phase::reachable: return "reachable";
  case Phase::lost: return problem ? problem->what : "the I2P router is gone";
  }
  return "";
}

class Inbound::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::any_io_executor executor, InboundOptions options, Accept accept, Watch watch)
      : executor_(std::move(executor)), options_(std::move(options)), accept_(std::move(accept)),
        watch_(std::move(watch)), called_(executor_),
        last_({options_.sam, session_id_of(options_.key.name), options_.clearing, options_.first}) {}

  void start() {
    asio::co_spawn(
        executor_, live(shared_from_this()),
        asio::bind_cancellation_slot(stop_.slot(), [self = shared_from_this()](const std::exception_ptr& thrown) {
          if (thrown && !self->stopped_) self->enter(Phase::lost, ends("an internal error ended our I2P destination"));
        }));
  }

  void stop() {
    if (std::exchange(stopped_, true)) return;
    stop_.emit(asio::cancellation_type::terminal);
  }

  [[nodiscard]] const InboundState& state() const { return state_; }
  [[nodiscard]] std::string session_id() const { return session_id_; }

 private:
  using Phase = InboundState::Phase;
  using SelfPtr = std::shared_ptr<Core>;

  void enter(Phase phase, std::optional<Error> problem = std::nullopt) {
    const auto what = [](const std::optional<Error>& error) { return error ? error->what : std::string(); };
    if (stopped_ || (state_.phase == phase && what(state_.problem) == what(problem))) return;
    state_ = {phase, std::move(problem)};
    watch_(state_);
  }

  static asio::awaitable<void> live(SelfPtr self) try {
    Backoff backoff(pause_before_session);
    for (;;) {
      LastSession::Tell tell = [&](std::optional<Error> held) {
        const auto phase = held ? Phase::lost : Phase::clearing;
        self->enter(phase, std::move(held));
      };
      co_await self->last_.cleared(std::move(tell));
      self->was_reached_ = false;
      Error problem = co_await one_session(self);
      self->last_.ended();
      self->session_id_.clear();
      if (self->was_reached_) backoff.reset();
      self->enter(Phase::lost, std::move(problem));
      co_await pause(backoff.next());
    }
  } catch (const boost::system::system_error&) {
    // Stopped: nothing throws but awaiting after that,
  } catch (const asio::multiple_exceptions&) {
    // or several at once that do.
  }

  /// Until it has ended, or is of no use any more: why.
  static asio::awaitable<Error> one_session(SelfPtr self) {
    SessionSpec spec;
    spec.id = session_id_of(self->options_.key.name);
    spec.tunnels = self->options_.tunnels;
    spec.key = self->options_.key.private_key.clone();
    const auto session = Session::open(self->executor_, self->options_.sam, std::move(spec));
    auto requested = co_await session->requested();
    if (!requested) co_return requested.error();
    self->last_.asked();
    self->session_id_ = session->id();
    self->enter(Phase::building);
    auto first = co_await (follow(self, *session) || check(self) || accept(self, session->id()));
    co_return std::visit([](Error& error) { return std::move(error); }, first);
  }

  /// The session itself.
  static asio::awaitable<Error> follow(SelfPtr self, Session& session) {
    auto established = co_await session.established();
    if (!established) co_return established.error();
    if (self->state_.phase == Phase::building) self->enter(Phase::publishing);
    if (!session.inherited()) co_return co_await session.ended();
    co_return ends("the I2P router has not cleared the last session of our destination away yet");
  }

  /// Whether others reach us, as long as it may be hoped for.
  static asio::awaitable<Error> check(SelfPtr self) {
    const Duration patience = longest_unreachable * (1U << std::min(self->unreached_, doublings));
    TimePoint good = now();
    for (;;) {
      const auto reached = co_await call_ourselves(self, patience / 2);
      self->checking_.reset();
      if (reached) {
        self->was_reached_ = true;
        self->unreached_ = 0;
        if (self->state_.phase != Phase::reachable) self->enter(Phase::reachable);
        co_await pause(recheck_interval);
        good = now();
        continue;
      }
      if (self->state_.phase == Phase::reachable) self->enter(Phase::publishing);
      if (now() - good > patience) {
        ++self->unreached_;
        co_return ends("nobody reaches our I2P destination");
      }
      co_await pause(pause_between_checks);
    }
  }

  /// limit: what a session takes, 4 to 13 s, and for i2pd to find a LeaseSet that has just been published.
  static asio::awaitable<Result<void>> call_ourselves(SelfPtr self, Duration limit) {
    const std::function<void(const B32Name&)> caller = [&](const B32Name& name) { self->checking_ = name; };
    auto first =
        co_await (check_reach(self->options_.sam, self->options_.tunnels, self->options_.key.name, limit, caller) ||
                  answer_ourselves(self));
    co_return std::visit([](Result<void>& result) { return std::move(result); }, first);
  }

  /// The other side of call_ourselves. Ends only by being cancelled.
  static asio::awaitable<Result<void>> answer_ourselves(SelfPtr self) {
    for (;;) {
      if (self->from_ourselves_) co_await answer_check(std::move(self->from_ourselves_));
      self->called_.expires_at(asio::steady_timer::time_point::max());
      co_await self->called_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
  }

  /// Takes streams, one at a time: several STREAM ACCEPTs of one session are what i2pd 2.45 mixes up under load, so
  /// that two callers' streams come by one connection. Streams that come meanwhile wait in i2pd, up to 128 of them for
  /// 10 s, and the next accept takes two round trips on loopback. Ends only by being cancelled.
  static asio::awaitable<Error> accept(SelfPtr self, std::string session) {
    Backoff backoff(pause_before_accept);
    for (;;) {
      auto accepted = co_await stream_accept(self->options_.sam, session);
      if (accepted) {
        backoff.reset();
        self->take(std::move(accepted->stream), accepted->caller.name());
      } else {
        co_await pause(backoff.next());
      }
    }
  }

  void take(StreamPtr stream, const B32Name& caller) {
    if (checking_ == caller) {
      from_ourselves_ = std::move(stream);
      called_.cancel();
      return;
    }
    const auto& allow = options_.allow;
    if (!allow.empty() && std::find(allow.begin(), allow.end(), caller) == allow.end()) {
      unsigned held_back = 0;
      if (refusals_.allow(now(), held_back))
        spdlog::info("refused a caller whose I2P destination is not in [destination] allow ({} like it held back)",
                     held_back);
      return;
    }
    if (!stopped_) accept_(std::move(stream), caller);
  }

  asio::any_io_executor executor_;
  InboundOptions options_;
  Accept accept_;
  Watch watch_;
  asio::cancellation_signal stop_;
  InboundState state_;
  std::string session_id_;
  std::optional<B32Name> checking_; // the destination from which we call ourselves at the moment
  StreamPtr from_ourselves_;        // its stream, as it has come in
  asio::steady_timer called_;       // never expires; cancelled when that one is there
  LastSession last_;
  RateLimit refusals_;
  unsigned unreached_ = 0; // sessions given up one after the other because nobody reached them
  bool was_reached_ = false;
  bool stopped_ = false;
};

Inbound::Inbound(asio::any_io_executor executor, InboundOptions options, Accept accept, Watch watch)
    : core_(std::make_shared<Core>(std::move(executor), std::move(options), std::move(accept), std::move(watch))) {}

Inbound::~Inbound() {
  core_->stop();
}

void Inbound::start() {
  core_->start();
}

void Inbound::stop() {
  core_->stop();
}

const InboundState& Inbound::state() const {
  return core_->state();
}

std::string Inbound::session_id() const {
  return core_->session_id();
}

} // namespace sipveil::i2p
