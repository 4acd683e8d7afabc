#include "transports/socket_stream.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <sys/socket.h>

namespace sipveil {
namespace {

using boost::system::error_code;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

void set_no_delay(SocketStream::Socket& socket) {
  error_code ignored; // a unix socket has no such option and needs none
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
}

Error cancelled() {
  return {Errc::cancelled, Fault::system, "the operation was cancelled", "", false};
}

} // namespace

struct SocketStream::State {
  Socket socket;
  Fault far_end;
  bool closed = false;
  bool writing = false; ///< a write is pending, whose bytes come first
  std::string unread{};

  /// Our own close or cancellation, the orderly or sudden end of the stream, or something else.
  Error error(const error_code& code) const {
    if (closed || code == asio::error::operation_aborted) return cancelled();
    if (code == asio::error::eof) return {Errc::closed, far_end, "the other end closed the stream", "", true};
    if (code == asio::error::connection_reset || code == asio::error::broken_pipe)
      return {Errc::closed, far_end, "the other end broke the stream off", "", true};
    return {Errc::io, Fault::system, "the socket failed: " + code.message(), "", true};
  }

  /// Marks the one write as pending, on every way out.
  class Writing {
   public:
    explicit Writing(State& state) : state_(state) { state_.writing = true; }
    Writing(const Writing&) = delete;
    Writing& operator=(const Writing&) = delete;
    ~Writing() { state_.writing = false; }

   private:
    State& state_;
  };

  // Static functions with a share in the state: the stream object itself may go while they wait.
  static asio::awaitable<error_code> connect(std::shared_ptr<State> self, Address address) try {
    auto [failure] = co_await self->socket.async_connect(address, as_result);
    if (self->closed) co_return asio::error::operation_aborted;
    if (!failure) set_no_delay(self->socket);
    co_return failure;
  } catch (const boost::system::system_error& thrown) {
    co_return thrown.code(); // the coroutine had been cancelled before this call
  }

  static asio::awaitable<Result<std::size_t>> read_some(std::shared_ptr<State> self, std::span<char> buffer) try {
    if (self->closed) co_return cancelled();
    if (!self->unread.empty()) {
      const std::size_t count = std::min(buffer.size(), self->unread.size());
      std::copy_n(self->unread.begin(), count, buffer.begin());
      self->unread.erase(0, count);
      co_return count;
    }
    auto [failure, count] =
        co_await self->socket.async_read_some(asio::buffer(buffer.data(), buffer.size()), as_result);
    if (failure || self->closed) co_return self->error(failure);
    co_return count;
  } catch (const boost::system::system_error& thrown) {
    co_return self->error(thrown.code());
  }

  static asio::awaitable<Result<void>> write(std::shared_ptr<State> self, std::span<const char> bytes) try {
    if (self->closed) co_return cancelled();
    const Writing pending(*self);
    auto [failure, count] =
        co_await asio::async_write(self->socket, asio::buffer(bytes.data(), bytes.size()), as_result);
    if (failure || self->closed) co_return self->error(failure);
    co_return Result<void>();
  } catch (const boost::system::system_error& thrown) {
    co_return self->error(thrown.code());
  }
};

SocketStream::SocketStream(const asio::any_io_executor& executor, Fault far_end)
    : state_(std::make_shared<State>(State{Socket(executor), far_end})) {}

SocketStream::SocketStream(Socket socket, Fault far_end)
    : state_(std::make_shared<State>(State{std::move(socket), far_end})) {
  set_no_delay(state_->socket);
}

SocketStream::~SocketStream() {
  SocketStream::close();
}

asio::awaitable<error_code> SocketStream::connect(Address address) {
  return State::connect(state_, std::move(address));
}

void SocketStream::unread(std::string bytes) {
  state_->unread.insert(0, bytes);
}

void SocketStream::set_far_end(Fault far_end) {
  state_->far_end = far_end;
}

asio::awaitable<Result<std::size_t>> SocketStream::read_some(std::span<char> buffer) {
  return State::read_some(state_, buffer);
}

asio::awaitable<Result<void>> SocketStream::write(std::span<const char> bytes) {
  return State::write(state_, bytes);
}

std::size_t SocketStream::try_write(std::span<const char> bytes) noexcept {
  if (state_->closed || state_->writing) return 0;
  const auto count = ::send(state_->socket.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  // An error shows again, with its reason, in the write that follows.
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void SocketStream::close() noexcept {
  state_->closed = true;
  error_code ignored; // whatever close() says, the descriptor is gone
  state_->socket.close(ignored);
}

asio::any_io_executor SocketStream::executor() {
  return state_->socket.get_executor();
}

} // namespace sipveil
