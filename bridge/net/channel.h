#pragma once

#include "bridge/hop/timer_queue.h"
#include "bridge/sip/framing.h"
#include "transports/dial.h"
#include "transports/keepalive.h"
#include "transports/stream.h"

#include <boost/asio/cancellation_signal.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::net {

class Channel;

/// Who listens to a channel. Calls come from the executor's thread, never from within a call into the channel.
class ChannelOwner {
 public:
  virtual ~ChannelOwner() = default;
  virtual void on_open(Channel& channel) = 0;
  virtual void on_frame(Channel& channel, std::string_view message) = 0;
  virtual void on_pong(Channel& channel, TimePoint pinged) = 0;
  /// A pong is late: the path may have died without a word.
  virtual void on_suspect(Channel& channel) = 0;
  /// The last call for this channel; it has closed itself. `was_open` tells a lost stream from a failed dial.
  virtual void on_closed(Channel& channel, const Error& error, bool was_open) = 0;
  /// The keepalive's next deadline may have moved nearer.
  virtual void on_deadline_moved(Channel& channel) = 0;
};

/// A stream that carries framed SIP: reads and cuts messages, answers pings, writes each message with one write, and,
/// with a keepalive, finds out when the other end has gone. Used for links and for the phone side's TCP connections.
/// Single-threaded; kept alive by its own pending operations.
class Channel : public std::enable_shared_from_this<Channel> {
 public:
  /// Unsent bytes beyond this end the channel: a peer that reads nothing for so long is gone, and what is queued for it
  /// (a thousand messages) would be of no use.
  static constexpr std::size_t max_unsent = 1024 * 1024;

  Channel(asio::any_io_executor executor, std::uint64_t id, ChannelOwner& owner);

  /// An accepted stream.
  void start(StreamPtr stream, std::optional<Keepalive::Config> keepalive);
  /// Dials; what is written meanwhile goes out in order once the stream is open.
  void dial(PeerAddress peer, DialOptions options, std::optional<Keepalive::Config> keepalive);

  void write(std::string_view bytes);
  /// Ends the channel without a call to the owner. `after_flush`: what is unsent goes out first.
  void close(bool after_flush);

  void expect_answer(TimePoint now);
  /// Pings at once, unless a ping is under way or this channel has no keepalive.
  void ping(TimePoint now);
  [[nodiscard]] TimePoint next_deadline() const;
  void on_time(TimePoint now);

  [[nodiscard]] std::uint64_t id() const { return id_; }
  [[nodiscard]] bool is_open() const { return stream_ != nullptr && !closed_; }
  [[nodiscard]] std::optional<Duration> round_trip() const;
  /// Whatever the owner wants to remember, e.g. the address of a phone's connection.
  std::string label;

  std::size_t timer_slot = hop::TimerQueue<Channel>::idle;

 private:
  void spawn(asio::awaitable<void> work);
  std::function<void(std::exception_ptr)> on_end();
  asio::awaitable<void> run_dial(PeerAddress peer, DialOptions options);
  asio::awaitable<void> read_loop();
  void take_events(TimePoint now);
  asio::awaitable<void> write_loop();
  void opened();
  void send_ping();
  void fail(const Error& error);

  asio::any_io_executor executor_;
  std::uint64_t id_;
  ChannelOwner& owner_;
  StreamPtr stream_;
  asio::cancellation_signal stop_dialling_;
  sip::Framer framer_;
  std::optional<Keepalive::Config> keepalive_config_;
  std::optional<Keepalive> keepalive_;
  std::string unsent_;
  bool writing_ = false;
  bool closing_ = false; ///< close once all is written
  bool closed_ = false;
};

} // namespace sipveil::net
