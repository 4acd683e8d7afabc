#pragma once

#include "bridge/hop/hop.h"
#include "tests/unit/bridge/sim_phone.h"
#include "tests/unit/bridge/sim_proxy.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sipveil::hop::test {

class Trapezoid;

/// A bridge with what stands on its inner side: a phone, or a proxy. Each has a network of its own; `inside` is what
/// takes its datagrams.
class SimBridge final : public Effects {
 public:
  SimBridge(Trapezoid& net, std::string name, Config config, unsigned char key, std::string network);

  /// Ends at once, with all its links, and starts again with the same key and what it had given to keep_call.
  void kill();
  void from_inside(std::string bytes);
  [[nodiscard]] std::string own_address() const { return network_ + ".2:5060"; }
  [[nodiscard]] std::string inner_address() const { return inside_.text(); }

  void send_inner(const Flow& to, std::string_view bytes) override;
  LinkId new_link_id() override;
  void open_link(LinkId id, const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) override;
  void ping_link(LinkId) override {}
  void write_link(LinkId link, std::string bytes) override;
  void close_link(LinkId link) override;
  void keep_call(std::string_view label, std::string_view record) override {
    if (record.empty()) {
      kept_.erase(std::string(label));
    } else {
      kept_[std::string(label)] = record;
    }
  }
  void expect_answer(LinkId) override {}
  std::string_view inner_name(const Flow&) override { return own_name_; }
  TimePoint now() override;
  std::int64_t unix_time() override { return 1'728'000'000; }
  std::string_view reachable_at() override { return onion; }

  std::string name;
  std::function<void(const std::string&)> inside;
  std::string onion; ///< ONION:PORT, empty: nobody can dial it
  std::unique_ptr<Hop> hop;

 private:
  Trapezoid& net_;
  Config config_;
  unsigned char key_;
  std::string network_;
  std::string own_name_;
  InnerAddress inside_;
  std::map<std::string, std::string> kept_;
};

/// Alice - bridge A - sidecar A with proxy A - sidecar B with proxy B - bridge B - Bob. Bob registers, by his link or
/// at his onion address; Alice calls him. Everything arrives, in order; what takes time are the phones.
class Trapezoid {
 public:
  explicit Trapezoid(bool bob_has_onion);
  Trapezoid(const Trapezoid&) = delete;
  Trapezoid& operator=(const Trapezoid&) = delete;

  void after(Duration delay, std::function<void()> event) { events_.emplace(now + delay, std::move(event)); }
  /// Until nothing is left to happen in this time.
  void run(Duration duration);
  void register_bob();

  TimePoint now{1h};
  std::vector<std::string> wires; ///< everything that went over a link
  SimBridge a, sidecar_a, sidecar_b, b;
  SimPhone alice, bob;
  SimProxy proxy_a, proxy_b;

 private:
  friend class SimBridge;
  struct End {
    SimBridge* bridge;
    LinkId link;
    bool operator<(const End& other) const { return std::pair(bridge, link) < std::pair(other.bridge, other.link); }
  };
  SimBridge* dialled(const PeerConfig& peer);
  void cut(const End& end, bool both);

  std::multimap<TimePoint, std::function<void()>> events_;
  std::map<End, End> ends_; ///< the other end of each stream
  LinkId next_link_ = 1;
};

} // namespace sipveil::hop::test
