#include "transports/i2p/session.h"

#include "base/clock.h"
#include "transports/i2p/sam_error.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace sipveil::i2p {
namespace {

// The first tunnel of a session takes 4 s or more; a router that answers this soon has built none.
constexpr auto soonest_tunnel = 1s;

Error cancelled() {
  return {Errc::cancelled, Fault::system, "waiting for the I2P session was cancelled", "", false};
}

TimePoint now() {
  return std::chrono::steady_clock::now();
}

} // namespace

struct Session::State {
  State(const asio::any_io_executor& executor, Endpoint where, SessionSpec what)
      : changed(executor, asio::steady_timer::time_point::max()), sam(std::move(where)), spec(std::move(what)) {}

  enum class Phase : std::uint8_t { connecting, requested, established };

  asio::steady_timer changed; // never expires; cancelled when something has changed
  asio::cancellation_signal stop{};
  Endpoint sam;
  SessionSpec spec;
  Phase phase = Phase::connecting;
  bool inherited = false;
  std::optional<Destination> destination{};
  std::optional<Error> failure{};

  void move_to(Phase next) {
    phase = next;
    changed.cancel();
  }

  void fail(Error error) {
    if (!failure) failure = std::move(error);
    changed.cancel();
  }

  /// Creates the session and reads its connection to the end: why it ended.
  asio::awaitable<Error> run() {
    auto connection = co_await SamConnection::open(sam);
    if (!connection) co_return connection.error();
    {
      const SecretBytes request = request::session_create(spec);
      spec.key.reset(); // the router has it from now on
      auto sent = co_await (*connection)->send(request.reveal());
      if (!sent) co_return sent.error();
    }
    const TimePoint begun = now();
    move_to(Phase::requested);
    {
      auto status = co_await (*connection)->reply(Reply::Kind::session);
      if (!status) co_return status.error();
      if (!status->ok()) co_return sam_error(*status);
      auto own = Destination::of_private_key(status->value("DESTINATION").value_or(""));
      if (!own) co_return own.error();
      destination = std::move(*own);
    }
    inherited = now() - begun < soonest_tunnel;
    move_to(Phase::established);
    // Nothing more is asked here: what comes next is a PING, which reply() answers, or the end.
    auto surplus = co_await (*connection)->reply(Reply::Kind::session);
    if (!surplus) co_return surplus.error();
    co_return sam_error(*surplus);
  }

  static asio::awaitable<void> live(std::shared_ptr<State> self) try {
    self->fail(co_await self->run());
  } catch (const boost::system::system_error&) {
    self->fail(cancelled());
  }

  template <class Condition>
  static asio::awaitable<Result<void>> wait(std::shared_ptr<State> self, Condition condition) try {
    while (!condition(*self)) {
      if (self->failure) co_return *self->failure;
      co_await self->changed.async_wait(asio::as_tuple(asio::use_awaitable));
      const asio::cancellation_state own = co_await asio::this_coro::cancellation_state;
      if (own.cancelled() != asio::cancellation_type::none) co_return cancelled();
    }
    if (self->failure) co_return *self->failure;
    co_return Result<void>();
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }
};

std::shared_ptr<Session> Session::open(const asio::any_io_executor& executor, Endpoint sam, SessionSpec spec) {
  auto state = std::make_shared<State>(executor, std::move(sam), std::move(spec));
  // The handler keeps the signal for as long as somebody may emit it into the coroutine. An exception that gets here is
  // a mistake of ours: it costs this session, not the process.
  asio::co_spawn(executor, State::live(state),
                 asio::bind_cancellation_slot(state->stop.slot(), [state](const std::exception_ptr& thrown) {
                   if (thrown)
                     state->fail({Errc::closed, Fault::system, "an internal error ended the I2P session", "", true});
                 }));
  return std::shared_ptr<Session>(new Session(std::move(state)));
}

Session::~Session() {
  close();
}

const std::string& Session::id() const {
  return state_->spec.id;
}

asio::awaitable<Result<void>> Session::requested() {
  return State::wait(state_, [](const State& state) { return state.phase != State::Phase::connecting; });
}

asio::awaitable<Result<void>> Session::established() {
  return State::wait(state_, [](const State& state) { return state.phase == State::Phase::established; });
}

bool Session::is_established() const {
  return state_->phase == State::Phase::established;
}

const std::optional<Destination>& Session::destination() const {
  return state_->destination;
}

bool Session::inherited() const {
  return state_->inherited;
}

asio::awaitable<Error> Session::ended() {
  auto end = co_await State::wait(state_, [](const State&) { return false; });
  co_return end.error();
}

const std::optional<Error>& Session::failure() const {
  return state_->failure;
}

void Session::close() {
  state_->fail(cancelled());
  state_->stop.emit(asio::cancellation_type::terminal);
}

} // namespace sipveil::i2p
