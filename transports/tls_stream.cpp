#include "transports/tls_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <array>

namespace sipveil {
namespace {

// One SIP message mostly fits; a link that carries more reads again. A record may have 16 KiB, but every link
// holds this.
constexpr std::size_t read_ahead = 4096;

Error cancelled() {
  return {Errc::cancelled, Fault::system, "the operation was cancelled", "", false};
}

} // namespace

struct TlsStream::State {
  State(StreamPtr stream, TlsEngine machine)
      : lower(std::move(stream)), engine(std::move(machine)), idle(lower->executor()) {
    idle.expires_at(asio::steady_timer::time_point::max());
  }

  StreamPtr lower;
  TlsEngine engine;
  asio::steady_timer idle; // never expires; cancelled whenever a flush has ended
  bool flushing = false;
  bool closed = false;
  std::array<char, read_ahead> cipher_text{};

  /// Marks the lower stream's one write as taken, on every way out.
  class Flush {
   public:
    explicit Flush(State& state) : state_(state) { state_.flushing = true; }
    Flush(const Flush&) = delete;
    Flush& operator=(const Flush&) = delete;
    ~Flush() {
      state_.flushing = false;
      state_.idle.cancel();
    }

   private:
    State& state_;
  };

  // Static functions with a share in the state: the stream object itself may go while they wait.
  static asio::awaitable<Result<void>> flush(std::shared_ptr<State> self) {
    const Flush taken(*self);
    while (self->engine.has_output()) {
      const std::string bytes = self->engine.take_output();
      auto written = co_await self->lower->write(bytes);
      if (!written) co_return written.error();
    }
    co_return Result<void>();
  }

  static asio::awaitable<Result<void>> receive(std::shared_ptr<State> self) {
    auto count = co_await self->lower->read_some(self->cipher_text);
    if (!count) co_return count.error();
    self->engine.feed(std::span<const char>(self->cipher_text).first(*count));
    co_return Result<void>();
  }

  static asio::awaitable<Result<void>> handshake(std::shared_ptr<State> self, std::string early_data) try {
    for (;;) {
      auto done = self->engine.handshake();
      if (done && *done) {
        auto encrypted = self->engine.write(early_data);
        if (!encrypted) co_return encrypted.error();
      }
      // After a failure this is the alert, which tells the peer why; what becomes of it does not matter.
      auto flushed = co_await flush(self);
      if (!done) co_return done.error();
      if (!flushed) co_return flushed.error();
      if (*done) co_return Result<void>();
      auto received = co_await receive(self);
      if (!received) co_return received.error();
    }
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }

  static asio::awaitable<Result<std::size_t>> read_some(std::shared_ptr<State> self, std::span<char> buffer) try {
    for (;;) {
      if (self->closed) co_return cancelled();
      auto count = self->engine.read(buffer);
      // A key update is answered at once (RFC 8446 section 4.6.3); a writer at work takes the answer along.
      if (self->engine.has_output() && !self->flushing) {
        auto flushed = co_await flush(self);
        if (!flushed) co_return flushed.error();
      }
      if (!count) co_return count.error();
      if (*count) co_return **count;
      auto received = co_await receive(self);
      if (!received) co_return received.error();
    }
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }

  static asio::awaitable<Result<void>> write(std::shared_ptr<State> self, std::span<const char> bytes) try {
    // Only the reader's answer to a key update can be under way: there is one writer at a time by contract.
    while (self->flushing && !self->closed)
      co_await self->idle.async_wait(asio::as_tuple(asio::use_awaitable));
    if (self->closed) co_return cancelled();
    auto encrypted = self->engine.write(bytes);
    if (!encrypted) co_return encrypted.error();
    co_return co_await flush(self);
  } catch (const boost::system::system_error&) {
    co_return cancelled();
  }
};

TlsStream::TlsStream(StreamPtr lower, TlsEngine engine)
    : state_(std::make_shared<State>(std::move(lower), std::move(engine))) {}

TlsStream::~TlsStream() {
  TlsStream::close();
}

asio::awaitable<Result<void>> TlsStream::handshake(std::string early_data) {
  return State::handshake(state_, std::move(early_data));
}

asio::awaitable<Result<std::size_t>> TlsStream::read_some(std::span<char> buffer) {
  return State::read_some(state_, buffer);
}

asio::awaitable<Result<void>> TlsStream::write(std::span<const char> bytes) {
  return State::write(state_, bytes);
}

void TlsStream::close() noexcept {
  state_->closed = true;
  state_->lower->close();
  state_->idle.cancel();
}

asio::any_io_executor TlsStream::executor() {
  return state_->lower->executor();
}

} // namespace sipveil
