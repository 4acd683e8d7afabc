#include "bridge/net/channel.h"

#include "bridge/sip/message.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <spdlog/spdlog.h>

#include <array>

namespace sipveil::net {
namespace {

/// One read takes a message of ordinary size; kept small because every idle link holds one.
constexpr std::size_t read_buffer_bytes = 2048;

TimePoint clock_now() {
  return std::chrono::steady_clock::now();
}

} // namespace

Channel::Channel(asio::any_io_executor executor, std::uint64_t id, ChannelOwner& owner)
    : executor_(std::move(executor)), id_(id), owner_(owner) {}

void Channel::start(StreamPtr stream, std::optional<Keepalive::Config> keepalive) {
  stream_ = std::move(stream);
  keepalive_config_ = keepalive;
  opened();
}

void Channel::dial(PeerAddress peer, DialOptions options, std::optional<Keepalive::Config> keepalive) {
  keepalive_config_ = keepalive;
  asio::co_spawn(executor_, run_dial(std::move(peer), std::move(options)),
                 asio::bind_cancellation_slot(stop_dialling_.slot(), on_end()));
}

void Channel::spawn(asio::awaitable<void> work) {
  asio::co_spawn(executor_, std::move(work), on_end());
}

std::function<void(std::exception_ptr)> Channel::on_end() {
  return [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (!thrown) return;
    // A mistake of ours. It costs this stream, not the process, and does not stay hidden.
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& mistake) {
      spdlog::error("internal error, the stream is closed: {}", mistake.what());
    }
    self->fail({Errc::closed, Fault::system, "an internal error ended the stream", "", true});
  };
}

asio::awaitable<void> Channel::run_dial(PeerAddress peer, DialOptions options) {
  const auto self = shared_from_this();
  auto stream = co_await sipveil::dial(peer, std::move(options));
  if (closed_) co_return;
  if (!stream) {
    fail(stream.error());
    co_return;
  }
  stream_ = std::move(*stream);
  opened();
  if (!closed_) owner_.on_open(*this);
}

void Channel::opened() {
  if (keepalive_config_) {
    keepalive_.emplace(*keepalive_config_, clock_now());
    owner_.on_deadline_moved(*this);
  }
  spawn(read_loop());
  if (!unsent_.empty()) spawn(write_loop());
}

asio::awaitable<void> Channel::read_loop() {
  const auto self = shared_from_this();
  std::array<char, read_buffer_bytes> buffer; // NOLINT: written before it is read
  while (!closed_) {
    const auto count = co_await stream_->read_some(buffer);
    if (closed_) co_return;
    if (!count) {
      fail(count.error());
      co_return;
    }
    framer_.feed({buffer.data(), *count});
    take_events(clock_now());
  }
}

void Channel::take_events(TimePoint now) {
  for (bool first = true; !closed_; first = false) {
    const auto event = framer_.next();
    const bool waits = std::holds_alternative<sip::Framer::NeedMore>(event);
    // Half a message is a sign of life too; a pong is one by itself, and measures the round trip.
    if (keepalive_ && !std::holds_alternative<sip::Framer::Pong>(event) && (first || !waits))
      keepalive_->on_received(now);
    if (waits) return;
    if (std::holds_alternative<sip::Framer::Ping>(event)) {
      write(keepalive_pong);
    } else if (std::holds_alternative<sip::Framer::Pong>(event)) {
      if (!keepalive_) continue;
      if (const auto pinged = keepalive_->on_pong(now)) owner_.on_pong(*this, *pinged);
    } else if (const auto* frame = std::get_if<sip::Framer::Frame>(&event)) {
      owner_.on_frame(*this, frame->bytes);
    } else if (const auto* broken = std::get_if<sip::Framer::Broken>(&event)) {
      // The last answer tells a peer's programmer what was wrong; nothing after it can be read.
      write(sip::make_refusal(broken->head, broken->status, broken->reason));
      fail({Errc::malformed, Fault::peer, "the stream does not carry SIP any more: " + broken->reason, "", false});
    }
  }
}

asio::awaitable<void> Channel::write_loop() {
  const auto self = shared_from_this();
  writing_ = true;
  std::string batch;
  while (!closed_ && !unsent_.empty()) {
    batch.clear();
    batch.swap(unsent_); // what queued up while a write was under way goes out as one
    const auto written = co_await stream_->write(batch);
    if (closed_) co_return;
    if (!written) {
      fail(written.error());
      co_return;
    }
  }
  writing_ = false;
  if (closing_ && !closed_) {
    closed_ = true;
    stream_->close();
  }
}

void Channel::write(std::string_view bytes) {
  if (closed_ || closing_) return;
  if (is_open() && !writing_) bytes.remove_prefix(stream_->try_write(bytes));
  if (bytes.empty()) return;
  unsent_ += bytes;
  if (unsent_.size() > max_unsent) {
    // Reported from the event loop: the owner is in the middle of something when it writes.
    asio::post(executor_, [self = shared_from_this()] {
      self->fail({Errc::timed_out, Fault::peer, "the other end stopped reading", "", true});
    });
    return;
  }
  if (is_open() && !writing_) {
    writing_ = true;
    spawn(write_loop());
  }
}

void Channel::close(bool after_flush) {
  if (closed_) return;
  if (after_flush && is_open() && (writing_ || !unsent_.empty())) {
    closing_ = true;
    return;
  }
  closed_ = true;
  if (stream_ != nullptr) {
    stream_->close();
  } else {
    stop_dialling_.emit(asio::cancellation_type::terminal); // what would be said first is not said any more
  }
}

void Channel::fail(const Error& error) {
  if (closed_) return;
  const bool was_open = stream_ != nullptr;
  closed_ = true;
  if (stream_ != nullptr) stream_->close();
  if (!closing_) owner_.on_closed(*this, error, was_open);
}

void Channel::expect_answer(TimePoint now) {
  if (!keepalive_) return;
  keepalive_->expect_answer(now);
  owner_.on_deadline_moved(*this);
}

void Channel::ping(TimePoint now) {
  if (!keepalive_ || closed_ || !keepalive_->probe(now)) return;
  send_ping();
  owner_.on_deadline_moved(*this);
}

void Channel::send_ping() {
  framer_.ping_sent();
  write(keepalive_ping);
}

TimePoint Channel::next_deadline() const {
  return keepalive_ && !closed_ && !closing_ ? keepalive_->next_deadline() : TimePoint::max();
}

void Channel::on_time(TimePoint now) {
  if (!keepalive_ || closed_) return;
  switch (keepalive_->on_time(now)) {
  case Keepalive::Action::nothing: break;
  case Keepalive::Action::ping: send_ping(); break;
  case Keepalive::Action::suspect: owner_.on_suspect(*this); break;
  case Keepalive::Action::dead:
    fail({Errc::timed_out, Fault::peer, "the peer was silent for 10 s after a ping", "", true});
    break;
  }
}

std::optional<Duration> Channel::round_trip() const {
  return keepalive_ ? keepalive_->round_trip() : std::nullopt;
}

} // namespace sipveil::net
