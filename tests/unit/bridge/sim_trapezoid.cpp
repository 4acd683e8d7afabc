#include "tests/unit/bridge/sim_trapezoid.h"

#include "tests/unit/bridge/hop_script.h"

namespace sipveil::hop::test {
namespace {

constexpr Duration instant = 1ms;
const std::string alice_at = "10.1.0.1:5062";
const std::string proxy_a_at = "10.2.0.1:5060";
const std::string proxy_b_at = "10.3.0.1:5060";
const std::string bob_at = "10.4.0.1:5072";
constexpr unsigned char bobs_onion = 9;

Config bridge_config(const std::string& listen, const std::string& deliver_to, const std::string& domain,
                     const std::string& peer) {
  Config config;
  config.role = domain == "*" ? Role::phone : Role::proxy;
  config.inner.listen = {*HostPort::parse(listen)};
  config.inner.deliver_to = *HostPort::parse(deliver_to);
  config.tor.emplace();
  config.peers.push_back(onion_peer(peer, 1));
  config.routes.push_back({.domain = domain, .peers = {{peer, 1, 1}}});
  return config;
}

InnerAddress address_of(const std::string& text) {
  const auto parsed = *HostPort::parse(text);
  return *InnerAddress::parse(parsed.host(), parsed.port());
}

} // namespace

SimBridge::SimBridge(Trapezoid& net, std::string bridge_name, Config config, unsigned char key, std::string network)
    : name(std::move(bridge_name)), net_(net), config_(std::move(config)), key_(key), network_(std::move(network)),
      own_name_(network_ + ".2:5060"), inside_(address_of(config_.inner.deliver_to->text())) {
  hop = std::make_unique<Hop>(config_, key_of(key_), *this, identity::KeyBook(key_of(key_)));
}

void SimBridge::kill() {
  hop = std::make_unique<Hop>(config_, key_of(key_), *this, identity::KeyBook(key_of(key_)));
  for (const auto& [label, record] : std::map(kept_))
    hop->resume(label, record, net_.now);
  for (bool found = true; std::exchange(found, false);)
    for (const auto& [end, other] : net_.ends_)
      if (end.bridge == this) {
        net_.cut(end, false);
        found = true;
        break;
      }
}

void SimBridge::from_inside(std::string bytes) {
  net_.after(instant, [this, bytes = std::move(bytes)] {
    hop->on_message({Carrier::udp, 0, inside_, 0}, bytes, net_.now);
  });
}

void SimBridge::send_inner(const Flow& to, std::string_view bytes) {
  EXPECT_EQ(to.address, inside_) << "nobody else is there";
  net_.after(instant, [this, bytes = std::string(bytes)] { inside(bytes); });
}

LinkId SimBridge::new_link_id() {
  return net_.next_link_++;
}

void SimBridge::open_link(LinkId id, const PeerConfig& peer, std::optional<Isolation>, std::string first) {
  const Trapezoid::End here{this, id};
  SimBridge* const other = net_.dialled(peer);
  if (other == nullptr) {
    ADD_FAILURE() << "nobody is at " << peer.name;
    return;
  }
  const Trapezoid::End there{other, net_.next_link_++};
  net_.ends_.emplace(here, there);
  net_.ends_.emplace(there, here);
  net_.after(instant, [this, here, there] {
    if (!net_.ends_.contains(here)) return;
    there.bridge->hop->on_inbound_link(there.link, net_.now);
    hop->on_link_up(here.link, net_.now);
  });
  if (!first.empty()) write_link(here.link, std::move(first));
}

void SimBridge::write_link(LinkId link, std::string bytes) {
  const auto found = net_.ends_.find({this, link});
  if (found == net_.ends_.end()) return;
  EXPECT_THAT(bytes, ::testing::Not(::testing::ContainsRegex("10\\.[1-4]\\.0")))
      << "an inner address has left " << name;
  net_.wires.push_back(bytes);
  net_.after(instant, [this, there = found->second, bytes = std::move(bytes)] {
    if (net_.ends_.contains(there)) there.bridge->hop->on_message(Flow::over_link(there.link), bytes, net_.now);
  });
}

void SimBridge::close_link(LinkId link) {
  net_.after(instant, [this, link] { net_.cut({this, link}, false); }); // behind what was written before
}

TimePoint SimBridge::now() {
  return net_.now;
}

Trapezoid::Trapezoid(bool bob_has_onion)
    : a(*this, "bridge A", bridge_config("10.1.0.2:5060", alice_at, "*", "sidecar A"), 1, "10.1.0"),
      sidecar_a(*this, "sidecar A", bridge_config("10.2.0.2:5060", proxy_a_at, "bob.example", "sidecar B"), 2,
                "10.2.0"),
      sidecar_b(*this, "sidecar B", bridge_config("10.3.0.2:5060", proxy_b_at, "alice.example", "sidecar A"), 3,
                "10.3.0"),
      b(*this, "bridge B", bridge_config("10.4.0.2:5060", bob_at, "*", "sidecar B"), 4, "10.4.0"),
      alice(
          "alice", alice_at, [this](std::string bytes) { a.from_inside(std::move(bytes)); },
          [this](Duration delay, std::function<void()> event) { after(delay, std::move(event)); }),
      bob(
          "bob", bob_at, [this](std::string bytes) { b.from_inside(std::move(bytes)); },
          [this](Duration delay, std::function<void()> event) { after(delay, std::move(event)); }),
      proxy_a("alice.example", proxy_a_at, [this](std::string bytes) { sidecar_a.from_inside(std::move(bytes)); }),
      proxy_b("bob.example", proxy_b_at, [this](std::string bytes) { sidecar_b.from_inside(std::move(bytes)); }) {
  if (bob_has_onion) b.onion = OnionName::from_public_key({bobs_onion}).host() + ":5060";
  a.inside = [this](const std::string& bytes) { alice.receive(bytes); };
  b.inside = [this](const std::string& bytes) { bob.receive(bytes); };
  sidecar_a.inside = [this](const std::string& bytes) { proxy_a.receive(bytes); };
  sidecar_b.inside = [this](const std::string& bytes) { proxy_b.receive(bytes); };
}

void Trapezoid::run(Duration duration) {
  const TimePoint end = now + duration;
  SimBridge* const bridges[] = {&a, &sidecar_a, &sidecar_b, &b};
  for (;;) {
    TimePoint next = events_.empty() ? TimePoint::max() : events_.begin()->first;
    for (SimBridge* bridge : bridges)
      next = std::min(next, bridge->hop->next_deadline());
    if (next > end) break;
    now = std::max(now, next);
    if (!events_.empty() && events_.begin()->first <= now) {
      const auto happen = std::move(events_.begin()->second);
      events_.erase(events_.begin());
      happen();
    } else {
      for (SimBridge* bridge : bridges)
        bridge->hop->on_time(now);
    }
  }
  now = end;
}

void Trapezoid::register_bob() {
  bob.enrol("sip:bob.example");
  run(1s);
}

SimBridge* Trapezoid::dialled(const PeerConfig& peer) {
  for (SimBridge* bridge : {&a, &sidecar_a, &sidecar_b, &b})
    if (peer.name == bridge->name || (!bridge->onion.empty() && peer.name == "tor:" + bridge->onion)) return bridge;
  return nullptr;
}

void Trapezoid::cut(const End& end, bool both) {
  const auto found = ends_.find(end);
  if (found == ends_.end()) return;
  const End there = found->second;
  ends_.erase(found);
  ends_.erase(there);
  there.bridge->hop->on_link_down(there.link, failure(Errc::closed, Fault::peer), now);
  if (both) end.bridge->hop->on_link_down(end.link, failure(Errc::closed, Fault::peer), now);
}

} // namespace sipveil::hop::test
