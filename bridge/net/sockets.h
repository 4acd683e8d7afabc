#pragma once

#include "bridge/config/config.h"
#include "bridge/hop/effects.h"
#include "bridge/hop/hop.h"
#include "bridge/net/channel.h"
#include "bridge/net/link_report.h"
#include "bridge/net/udp.h"
#include "transports/listener.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sipveil::net {

/// How a peer is reached at this moment: options to dial with, or why it cannot be dialled.
using WayOut = std::function<Result<DialOptions>(const PeerConfig& peer)>;

/// Who is told of each link through tor when it is about to be dialled and when it has ended, by its credential.
struct CircuitWatcher {
  std::function<void(const Isolation&)> opened;
  std::function<void(const Isolation&)> closed;
};

/// All sockets of the bridge: what the hop asks for (`hop::Effects`) done with Asio, and what comes in handed to the
/// hop.
class Sockets final : public hop::Effects, public ChannelOwner {
 public:
  /// Inbound links beyond this are closed at once: each costs about 4 KiB, and a peer must not take all descriptors.
  static constexpr std::size_t max_inbound_links = 4096;
  /// The same for the phone side's TCP connections.
  static constexpr std::size_t max_inner_connections = 1024;

  Sockets(asio::io_context& context, const Config& config, WayOut way_out);
  ~Sockets() override;

  /// Must be called once, before anything comes in; the hop must outlive the sockets' use.
  void attach(hop::Hop& hop) { hop_ = &hop; }
  /// Where the hop's calls are kept, see hop::Effects::keep_call.
  void set_keeper(std::function<void(std::string_view, std::string_view)> keep) { keep_ = std::move(keep); }
  /// See hop::Effects::refresh_address.
  void set_refresh(std::function<void(const PeerConfig&)> refresh) { refresh_ = std::move(refresh); }
  void set_circuit_watcher(CircuitWatcher watcher) { circuits_ = std::move(watcher); }
  /// How our own address is asked for, see hop::Effects::reachable_at; empty while there is none.
  void set_reachable_at(std::function<std::string()> find) { find_reachable_at_ = std::move(find); }
  /// Opens the phone side's listeners and the tunnel's. Errors name the configuration key.
  [[nodiscard]] Result<void> listen();
  /// Opens the listener to which tor delivers and tells where it listens. nullopt: the system chooses a port of
  /// 127.0.0.1.
  [[nodiscard]] Result<Endpoint> listen_for_onion(const std::optional<Endpoint>& wanted);

  /// A link that comes in by something else than a listener of ours: I2P.
  void take_link(StreamPtr stream);

  /// Re-arms the timer after anything that may have moved a deadline.
  void rearm();
  /// Stops listening, and closes every stream once it is flushed.
  void close_all();
  [[nodiscard]] bool idle() const { return channels_.empty(); }

  [[nodiscard]] std::vector<LinkReport> links() const;

  // hop::Effects
  void send_inner(const hop::Flow& to, std::string_view bytes) override;
  void open_link(hop::LinkId id, const PeerConfig& peer, std::optional<Isolation> isolation,
                 std::string first) override;
  hop::LinkId new_link_id() override { return next_id_++; }
  void ping_link(hop::LinkId link) override;
  void refresh_address(const PeerConfig& peer) override {
    if (refresh_) refresh_(peer);
  }
  void write_link(hop::LinkId link, std::string bytes) override;
  void close_link(hop::LinkId link) override;
  void expect_answer(hop::LinkId link) override;
  std::string_view inner_name(const hop::Flow& flow) override;
  TimePoint now() override;
  void keep_call(std::string_view label, std::string_view record) override {
    if (keep_) keep_(label, record);
  }
  std::int64_t unix_time() override;
  std::string_view reachable_at() override;

 private:
  enum class Kind : std::uint8_t { outbound_link, inbound_link, inner_connection };
  struct Entry {
    std::shared_ptr<Channel> channel;
    Kind kind = Kind::outbound_link;
    hop::Flow flow;                     ///< inner connection: what the hop knows it by
    std::optional<Isolation> isolation; ///< link through tor: whose circuits end with it
  };

  // ChannelOwner
  void on_open(Channel& channel) override;
  void on_frame(Channel& channel, std::string_view message) override;
  void on_pong(Channel& channel, TimePoint pinged) override;
  void on_suspect(Channel& channel) override;
  void on_closed(Channel& channel, const Error& error, bool was_open) override;
  void on_deadline_moved(Channel& channel) override;

  [[nodiscard]] Result<Endpoint> listen_for_links(const Endpoint& endpoint, std::string key);
  void accept_inner(std::uint8_t listener, StreamPtr stream, const std::string& from);
  void send_by_tcp(const hop::Flow& to, std::string_view bytes);
  Channel* find(std::uint64_t id);
  void circuit_ended(const Entry& entry);
  void on_timer();
  [[nodiscard]] Keepalive::Config keepalive() const;

  asio::io_context& context_;
  const Config& config_;
  WayOut way_out_;
  std::function<void(std::string_view, std::string_view)> keep_;
  std::function<std::string()> find_reachable_at_;
  CircuitWatcher circuits_;
  std::function<void(const PeerConfig&)> refresh_;
  std::string reachable_at_;
  hop::Hop* hop_ = nullptr;
  std::vector<std::string> inner_names_; ///< host:port of each inner listener, as it stands in our Via
  std::vector<std::unique_ptr<UdpListener>> udp_;
  std::vector<std::unique_ptr<Listener>> tcp_;
  boost::unordered_flat_map<std::uint64_t, Entry> channels_;
  boost::unordered_flat_map<std::string, std::uint64_t> inner_by_address_;
  hop::TimerQueue<Channel> channel_timers_;
  asio::steady_timer timer_;
  TimePoint armed_ = TimePoint::max();
  std::uint64_t next_id_;
  std::size_t inbound_links_ = 0;
  std::size_t inner_connections_ = 0;
};

} // namespace sipveil::net
