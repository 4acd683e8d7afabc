#include "transports/i2p/session_use.h"

namespace sipveil::i2p {

SessionUse::SessionUse(std::shared_ptr<SharedSession> shared, B32Name peer)
    : shared_(std::move(shared)), peer_(std::move(peer)) {
  ++shared_->uses_;
}

void SessionUse::failed() {
  shared_->spent_.insert(peer_);
}

void SessionUse::end() {
  if (std::exchange(ended_, true)) return;
  failed(); // an orderly end looks the same as one for trouble, to which a new session is the answer
  if (--shared_->uses_ > 0) return;
  shared_->session().close();
  const auto gone = std::move(shared_->gone_);
  if (gone) gone();
}

namespace {

class SessionStream final : public Stream {
 public:
  SessionStream(std::unique_ptr<SocketStream> stream, std::shared_ptr<SessionUse> use)
      : stream_(std::move(stream)), use_(std::move(use)) {}
  ~SessionStream() override { SessionStream::close(); }
  SessionStream(const SessionStream&) = delete;
  SessionStream& operator=(const SessionStream&) = delete;

  asio::awaitable<Result<std::size_t>> read_some(std::span<char> buffer) override {
    return watch(use_, stream_->read_some(buffer));
  }
  asio::awaitable<Result<void>> write(std::span<const char> bytes) override {
    return watch(use_, stream_->write(bytes));
  }
  std::size_t try_write(std::span<const char> bytes) noexcept override { return stream_->try_write(bytes); }
  void close() noexcept override {
    stream_->close();
    use_->end();
  }
  asio::any_io_executor executor() override { return stream_->executor(); }

 private:
  template <class T>
  static asio::awaitable<Result<T>> watch(std::shared_ptr<SessionUse> use, asio::awaitable<Result<T>> operation) {
    auto result = co_await std::move(operation);
    if (!result) use->failed();
    co_return result;
  }

  std::unique_ptr<SocketStream> stream_;
  std::shared_ptr<SessionUse> use_; // shared with pending operations, so that they may outlive the stream
};

} // namespace

StreamPtr bind_to_session(std::unique_ptr<SocketStream> stream, std::shared_ptr<SessionUse> use) {
  return std::make_unique<SessionStream>(std::move(stream), std::move(use));
}

} // namespace sipveil::i2p
