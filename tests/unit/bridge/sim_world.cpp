#include "tests/unit/bridge/sim_world.h"

#include "tests/unit/bridge/hop_script.h"

#include <utility>

namespace sipveil::hop::test {

SimEnd::SimEnd(World& world, Config config, unsigned char key, const Flow& phone_at, std::string name)
    : world_(world), config_(std::move(config)), hop(config_, key_of(key), *this, identity::KeyBook(key_of(key))),
      phone(
          std::move(name), phone_at.address.text(),
          [this, phone_at](std::string bytes) {
            world_.datagram(
                [this, phone_at, bytes = std::move(bytes)] { hop.on_message(phone_at, bytes, world_.now); });
          },
          [this](Duration delay, std::function<void()> event) { world_.after(delay, std::move(event)); }) {}

void SimEnd::send_inner(const Flow& to, std::string_view bytes) {
  EXPECT_EQ(to.address.text(), phone.address());
  world_.datagram([this, bytes = std::string(bytes)] { phone.receive(bytes); });
}
LinkId SimEnd::new_link_id() {
  return world_.next_link_++;
}
void SimEnd::open_link(LinkId id, const PeerConfig& peer, std::optional<Isolation>, std::string first) {
  world_.dial(id, peer.name, std::move(first));
}
void SimEnd::ping_link(LinkId link) {
  world_.ping(*this, link);
}
void SimEnd::write_link(LinkId link, std::string bytes) {
  world_.write(*this, link, std::move(bytes));
}
void SimEnd::close_link(LinkId link) {
  world_.close(*this, link);
}
TimePoint SimEnd::now() {
  return world_.now;
}

namespace {

Config config_b() {
  Config config = sample_config();
  config.inner.deliver_to = *HostPort::parse("127.0.0.1:5072");
  return config;
}

} // namespace

World::World(Config config_a)
    : a(*this, std::move(config_a), 1, udp_phone(5062), "alice"), b(*this, config_b(), 2, udp_phone(5072), "bob") {}

bool World::happens_until(TimePoint end) {
  const TimePoint event = events_.empty() ? TimePoint::max() : events_.begin()->first;
  const TimePoint next = std::min({event, a.hop.next_deadline(), b.hop.next_deadline()});
  if (next > end || next == TimePoint::max()) return false;
  now = std::max(now, next);
  if (event <= now) {
    const auto happen = std::move(events_.begin()->second);
    events_.erase(events_.begin());
    happen();
  } else {
    a.hop.on_time(now);
    b.hop.on_time(now);
  }
  return true;
}

void World::run() {
  const TimePoint end = now + 2h;
  while (happens_until(end)) {
  }
  EXPECT_TRUE(events_.empty()) << "the world does not come to rest";
  EXPECT_EQ(std::min(a.hop.next_deadline(), b.hop.next_deadline()), TimePoint::max()) << "nor do the hops";
}

void World::run_for(Duration duration) {
  const TimePoint end = now + duration;
  while (happens_until(end)) {
  }
  now = end;
}

void World::datagram(std::function<void()> deliver) {
  if (++datagrams == lost_datagram) return;
  after(loopback, std::move(deliver));
}

void World::dial(LinkId id, const std::string& peer, std::string first) {
  auto wire = std::make_shared<Wire>();
  wire->at_a = id;
  wire->peer = peer;
  if (!first.empty()) wire->waiting.push_back(std::move(first));
  wires_.push_back(wire);
  if (trouble_of(wire) == Trouble::away) return fails(wire, 0s, failure(Errc::unreachable, Fault::local_service));
  after(dialling, [this, wire] {
    if (!wire->broken) opens(wire); // else it was closed meanwhile
  });
}

/// As it should, or whatever is wrong with its way by now.
void World::opens(const WirePtr& wire) {
  const Trouble trouble = trouble_of(wire);
  if (is_lost() || trouble == Trouble::refused) return fails(wire, 0s, failure(Errc::offline, Fault::overlay));
  if (trouble == Trouble::away) return fails(wire, 0s, failure(Errc::unreachable, Fault::local_service));
  if (trouble == Trouble::hangs || trouble == Trouble::deaf)
    fails(wire, dial_timeout - dialling, failure(Errc::timed_out, Fault::overlay));
  if (trouble == Trouble::hangs) return;
  wire->open = true;
  if (trouble == Trouble::mute) {
    fails(wire, 10s, failure(Errc::closed, Fault::peer));
    return a.hop.on_link_up(wire->at_a, now);
  }
  wire->at_b = next_link_++;
  b.hop.on_inbound_link(wire->at_b, now);
  for (std::string& bytes : std::exchange(wire->waiting, {}))
    carry(wire, true, std::move(bytes));
  wire->deaf = trouble == Trouble::deaf;
  if (!wire->deaf) a.hop.on_link_up(wire->at_a, now);
}

void World::fails(const WirePtr& wire, Duration after_all, Error error) {
  after(after_all, [this, wire, error = std::move(error)] {
    if (!std::exchange(wire->broken, true)) a.hop.on_link_down(wire->at_a, error, now);
  });
}

/// A finds out, B does not.
void World::falls_silent(const WirePtr& wire) {
  wire->broken = true;
  after(suspecting, [this, wire] { a.hop.on_link_suspect(wire->at_a, now); });
  after(finding_out, [this, wire] { a.hop.on_link_down(wire->at_a, failure(Errc::timed_out, Fault::peer), now); });
}

World::Trouble World::trouble_of(const WirePtr& wire) {
  return troubles_[wire->peer];
}

void World::trouble(const std::string& peer, Trouble what) {
  troubles_[peer] = what;
  for (const WirePtr& wire : std::vector(wires_)) {
    if (wire->peer != peer || !wire->open || wire->broken) continue;
    switch (what) {
    case Trouble::none: break;
    case Trouble::away:
    case Trouble::refused: break_wire(wire); break;
    case Trouble::deaf: wire->deaf = true; break;
    case Trouble::hangs:
    case Trouble::mute: falls_silent(wire); break;
    }
    if (what == Trouble::deaf) {
      after(suspecting, [this, wire] { a.hop.on_link_suspect(wire->at_a, now); });
      fails(wire, finding_out, failure(Errc::timed_out, Fault::peer));
    }
  }
}

void World::write(const SimEnd& from, LinkId link, std::string bytes) {
  const WirePtr wire = find(from, link);
  if (wire == nullptr || wire->broken) return;
  if (!wire->open) {
    wire->waiting.push_back(std::move(bytes));
  } else {
    carry(wire, &from == &a, std::move(bytes));
  }
}

void World::ping(const SimEnd& from, LinkId link) {
  const WirePtr wire = find(from, link);
  if (wire == nullptr || wire->broken || &from != &a) return;
  if (wire->at_b == 0) // nobody is there
    after(4s, [this, wire] {
      if (!wire->broken) a.hop.on_link_suspect(wire->at_a, now);
    });
  after(2 * tunnel, [this, wire, pinged = now] {
    if (!wire->broken && !wire->deaf && wire->at_b != 0) a.hop.on_link_pong(wire->at_a, pinged, now);
  });
}

void World::carry(const WirePtr& wire, bool to_b, std::string bytes) {
  on_streams.push_back(bytes.substr(0, bytes.find("\r\n")));
  for (const char* mark : {"127.0.0.1", "call-of-", "tag=alice", "tag=bob", "z9hG4bKalice", "z9hG4bKbob"})
    EXPECT_THAT(bytes, ::testing::Not(::testing::HasSubstr(mark)));
  after(tunnel, [this, wire, to_b, bytes = std::move(bytes)] {
    if (wire->broken || (!to_b && wire->deaf) || wire->at_b == 0) return;
    if (is_lost()) return break_wire(wire);
    if (to_b) {
      b.hop.on_message(Flow::over_link(wire->at_b), bytes, now);
    } else {
      a.hop.on_message(Flow::over_link(wire->at_a), bytes, now);
    }
  });
}

void World::break_wire(const WirePtr& wire) {
  if (silently) return falls_silent(wire);
  wire->broken = true;
  a.hop.on_link_down(wire->at_a, failure(Errc::closed, Fault::peer), now);
  b.hop.on_link_down(wire->at_b, failure(Errc::closed, Fault::peer), now);
}

void World::close(const SimEnd& from, LinkId link) {
  const WirePtr wire = find(from, link);
  if (wire == nullptr || wire->broken) return;
  if (!wire->open || wire->at_b == 0) {
    wire->broken = true;
    return;
  }
  after(tunnel, [this, wire, by_a = &from == &a] { // behind what was written before
    if (std::exchange(wire->broken, true)) return;
    if (by_a) {
      b.hop.on_link_down(wire->at_b, failure(Errc::closed, Fault::peer), now);
    } else {
      a.hop.on_link_down(wire->at_a, failure(Errc::closed, Fault::peer), now);
    }
  });
}

World::WirePtr World::find(const SimEnd& end, LinkId link) {
  for (const WirePtr& wire : wires_)
    if ((&end == &a ? wire->at_a : wire->at_b) == link) return wire;
  return nullptr;
}

} // namespace sipveil::hop::test
