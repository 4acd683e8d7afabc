#include "bridge/net/sockets.h"

#include "base/random.h"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace sipveil::net {
namespace {

/// A phone's TCP port on loopback or the LAN answers at once or not at all.
constexpr Duration inner_dial_timeout = 5s;

/// RFC 5626 leaves pinging to the side that opened the flow. An inbound link that was silent for so long is asked once
/// whether it is still there, so that dead ones do not pile up.
constexpr Duration inbound_idle = std::chrono::minutes(30);

/// Deadlines that lie close together are served together: thousands of transactions end each second, and no timer of
/// SIP asks for more exactness than this.
constexpr Duration timer_grain = 10ms;

TimePoint round_up(TimePoint when) {
  if (when == TimePoint::max()) return when;
  const auto over = when.time_since_epoch() % timer_grain;
  return over == Duration::zero() ? when : when + (timer_grain - over);
}

} // namespace

Sockets::Sockets(asio::io_context& context, const Config& config, WayOut way_out)
    : context_(context), config_(config), way_out_(std::move(way_out)), timer_(context),
      // Link numbers stand in route tokens: a random start keeps a restarted bridge from taking an old one for its own.
      next_id_(random_u64() >> 1U) {}

Sockets::~Sockets() = default;

Result<void> Sockets::listen() {
  const auto executor = context_.get_executor();
  for (std::size_t i = 0; i < config_.inner.listen.size(); ++i) {
    const HostPort& address = config_.inner.listen[i];
    const auto index = static_cast<std::uint8_t>(i);
    inner_names_.push_back(address.text());
    auto udp = UdpListener::open(executor, address,
                                 {[this, index](const hop::InnerAddress& from, std::string_view datagram) {
                                    hop_->on_message({hop::Carrier::udp, index, from, 0}, datagram, now());
                                    rearm();
                                  },
                                  [this](const hop::InnerAddress& to) {
                                    hop_->on_inner_unreachable(to, now());
                                    rearm();
                                  }});
    if (!udp) return udp.error();
    udp_.push_back(std::move(*udp));
    const auto endpoint = Endpoint::parse(address.text());
    if (!endpoint) return endpoint.error();
    auto tcp = Listener::open(
        executor, *endpoint, {.key = "[inner] listen", .far_end = Fault::phone},
        [this, index](StreamPtr stream, const std::string& from) { accept_inner(index, std::move(stream), from); });
    if (!tcp) return tcp.error();
    tcp_.push_back(std::move(*tcp));
  }
  for (const HostPort& address : config_.tunnel.listen) {
    const auto endpoint = Endpoint::parse(address.text());
    if (!endpoint) return endpoint.error();
    const auto opened = listen_for_links(*endpoint, "[tunnel] listen");
    if (!opened) return opened.error();
  }
  return {};
}

Result<Endpoint> Sockets::listen_for_onion(const std::optional<Endpoint>& wanted) {
  if (wanted) return listen_for_links(*wanted, "[onion] listen");
  const auto any_port = Endpoint::parse_listen("127.0.0.1:0");
  if (!any_port) return any_port.error();
  return listen_for_links(*any_port, "[onion] listen");
}

Result<Endpoint> Sockets::listen_for_links(const Endpoint& endpoint, std::string key) {
  auto listener = Listener::open(context_.get_executor(), endpoint, {.key = std::move(key), .far_end = Fault::peer},
                                 [this](StreamPtr stream, const std::string&) { take_link(std::move(stream)); });
  if (!listener) return listener.error();
  tcp_.push_back(std::move(*listener));
  return tcp_.back()->endpoint();
}

void Sockets::take_link(StreamPtr stream) {
  if (inbound_links_ >= max_inbound_links) return stream->close();
  ++inbound_links_;
  auto channel = std::make_shared<Channel>(context_.get_executor(), next_id_++, *this);
  channels_[channel->id()] = {channel, Kind::inbound_link, {}, {}};
  hop_->on_inbound_link(channel->id(), now());
  Keepalive::Config patient;
  patient.idle = inbound_idle;
  channel->start(std::move(stream), patient);
}

void Sockets::accept_inner(std::uint8_t listener, StreamPtr stream, const std::string& from) {
  const auto parsed = HostPort::parse(from);
  const auto address = parsed ? hop::InnerAddress::parse(parsed->host(), parsed->port()) : std::nullopt;
  if (!address || inner_connections_ >= max_inner_connections) return stream->close();
  ++inner_connections_;
  auto channel = std::make_shared<Channel>(context_.get_executor(), next_id_++, *this);
  channels_[channel->id()] = {
      channel, Kind::inner_connection, {hop::Carrier::tcp, listener, *address, channel->id()}, {}};
  channel->label = address->text();
  inner_by_address_[channel->label] = channel->id();
  channel->start(std::move(stream), std::nullopt);
}

void Sockets::send_inner(const hop::Flow& to, std::string_view bytes) {
  if (to.carrier == hop::Carrier::tcp) return send_by_tcp(to, bytes);
  if (to.listener < udp_.size()) udp_[to.listener]->send(to.address, bytes);
}

void Sockets::send_by_tcp(const hop::Flow& to, std::string_view bytes) {
  if (Channel* channel = find(to.id)) return channel->write(bytes);
  const std::string label = to.address.text();
  if (const auto known = inner_by_address_.find(label); known != inner_by_address_.end())
    if (Channel* channel = find(known->second)) return channel->write(bytes);
  // RFC 3261 section 18.2.2: the connection is gone, so a new one to the same address.
  const auto peer = PeerAddress::parse("tcp:" + label);
  if (!peer || inner_connections_ >= max_inner_connections) return;
  ++inner_connections_;
  auto channel = std::make_shared<Channel>(context_.get_executor(), next_id_++, *this);
  channels_[channel->id()] = {
      channel, Kind::inner_connection, {hop::Carrier::tcp, to.listener, to.address, channel->id()}, {}};
  channel->label = label;
  inner_by_address_[label] = channel->id();
  channel->write(bytes);
  DialOptions options;
  options.timeout = inner_dial_timeout;
  channel->dial(*peer, std::move(options), std::nullopt);
}

void Sockets::open_link(hop::LinkId id, const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) {
  auto channel = std::make_shared<Channel>(context_.get_executor(), id, *this);
  Entry& entry = channels_[id] = {channel, Kind::outbound_link, {}, {}};
  channel->label = peer.name;
  auto options = way_out_(peer);
  if (!options) {
    // Told from the event loop: the hop is still in the middle of sending.
    asio::post(context_, [this, channel, error = options.error()] { on_closed(*channel, error, false); });
    return;
  }
  if (isolation && circuits_.opened && std::holds_alternative<ViaTor>(peer.via)) {
    circuits_.opened(*isolation);
    entry.isolation = isolation;
  }
  // A way with a credential of its own is one that all its links share, and the configuration says so.
  if (!options->isolation) options->isolation = std::move(isolation);
  options->early_data = std::move(first);
  channel->dial(peer.address, std::move(*options), peer.keepalive ? std::optional(keepalive()) : std::nullopt);
}

void Sockets::write_link(hop::LinkId link, std::string bytes) {
  if (Channel* channel = find(link)) channel->write(bytes);
}

void Sockets::close_link(hop::LinkId link) {
  const auto found = channels_.find(link);
  if (found == channels_.end()) return;
  const auto channel = found->second.channel;
  spdlog::debug("link {} to {}: not needed any more", link, redact(channel->label));
  if (found->second.kind == Kind::inbound_link) --inbound_links_;
  circuit_ended(found->second);
  channel_timers_.cancel(*channel);
  channels_.erase(found);
  channel->close(true);
}

void Sockets::expect_answer(hop::LinkId link) {
  if (Channel* channel = find(link)) channel->expect_answer(now());
}

void Sockets::ping_link(hop::LinkId link) {
  if (Channel* channel = find(link)) channel->ping(now());
}

std::string_view Sockets::inner_name(const hop::Flow& flow) {
  return flow.listener < inner_names_.size() ? std::string_view(inner_names_[flow.listener]) : std::string_view();
}

TimePoint Sockets::now() {
  return std::chrono::steady_clock::now();
}

std::int64_t Sockets::unix_time() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()).time_since_epoch().count();
}

std::string_view Sockets::reachable_at() {
  if (find_reachable_at_) reachable_at_ = find_reachable_at_();
  return reachable_at_;
}

void Sockets::on_open(Channel& channel) {
  const auto found = channels_.find(channel.id());
  if (found == channels_.end()) return;
  if (found->second.kind == Kind::outbound_link) {
    spdlog::debug("link {} to {}: open", channel.id(), redact(channel.label));
    hop_->on_link_up(channel.id(), now());
  }
  rearm();
}

void Sockets::on_frame(Channel& channel, std::string_view message) {
  const auto found = channels_.find(channel.id());
  if (found == channels_.end()) return;
  const bool inner = found->second.kind == Kind::inner_connection;
  const hop::Flow flow = inner ? found->second.flow : hop::Flow::over_link(channel.id());
  hop_->on_message(flow, message, now());
  rearm();
}

void Sockets::on_pong(Channel& channel, TimePoint pinged) {
  hop_->on_link_pong(channel.id(), pinged, now());
  rearm();
}

void Sockets::on_suspect(Channel& channel) {
  spdlog::debug("link {} to {}: it is late with an answer", channel.id(), redact(channel.label));
  hop_->on_link_suspect(channel.id(), now());
  rearm();
}

void Sockets::on_closed(Channel& channel, const Error& error, bool was_open) {
  const auto found = channels_.find(channel.id());
  if (found == channels_.end()) return;
  const Kind kind = found->second.kind;
  const auto keep_alive = found->second.channel;
  const hop::InnerAddress address = found->second.flow.address;
  circuit_ended(found->second);
  channel_timers_.cancel(channel);
  channels_.erase(found);
  switch (kind) {
  case Kind::inbound_link: --inbound_links_; [[fallthrough]];
  case Kind::outbound_link:
    spdlog::debug("link {} to {}: {}: {}", channel.id(), redact(channel.label), was_open ? "lost" : "not opened",
                  error.text());
    hop_->on_link_down(channel.id(), error, now());
    break;
  case Kind::inner_connection: {
    --inner_connections_;
    const auto known = inner_by_address_.find(channel.label);
    if (known != inner_by_address_.end() && known->second == channel.id()) inner_by_address_.erase(known);
    if (!was_open) hop_->on_inner_unreachable(address, now());
    break;
  }
  }
  rearm();
}

void Sockets::on_deadline_moved(Channel& channel) {
  channel_timers_.set(channel, channel.next_deadline());
  rearm();
}

void Sockets::rearm() {
  TimePoint next = std::min(hop_->next_deadline(), channel_timers_.next());
  // A timer that fires too early finds nothing to do and costs less than moving it with every message.
  if (next >= armed_) return;
  next = round_up(next);
  if (next >= armed_) return;
  armed_ = next;
  timer_.expires_at(next);
  timer_.async_wait([this](const boost::system::error_code& failed) {
    if (!failed) on_timer();
  });
}

void Sockets::on_timer() {
  armed_ = TimePoint::max();
  const TimePoint time = now();
  hop_->on_time(time);
  while (Channel* due = channel_timers_.pop_due(time)) {
    const auto channel = due->shared_from_this(); // a dead one leaves the table on its way
    channel->on_time(time);
    if (find(channel->id()) != nullptr && channel->next_deadline() != TimePoint::max())
      channel_timers_.set(*channel, channel->next_deadline());
  }
  rearm();
}

void Sockets::close_all() {
  for (auto& listener : tcp_)
    listener->close();
  for (auto& udp : udp_)
    udp->close();
  timer_.cancel();
  for (auto& [id, entry] : channels_) {
    channel_timers_.cancel(*entry.channel);
    entry.channel->close(true);
  }
  channels_.clear();
}

std::vector<LinkReport> Sockets::links() const {
  std::vector<LinkReport> reports;
  for (const auto& [id, entry] : channels_) {
    if (entry.kind == Kind::inner_connection) continue;
    reports.push_back({id, entry.kind == Kind::inbound_link, entry.channel->is_open(), entry.channel->label,
                       entry.channel->round_trip()});
  }
  return reports;
}

Channel* Sockets::find(std::uint64_t id) {
  const auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : found->second.channel.get();
}

void Sockets::circuit_ended(const Entry& entry) {
  if (entry.isolation) circuits_.closed(*entry.isolation);
}

Keepalive::Config Sockets::keepalive() const {
  Keepalive::Config keepalive;
  keepalive.idle = config_.tunnel.keepalive;
  return keepalive;
}

} // namespace sipveil::net
