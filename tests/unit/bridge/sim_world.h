#pragma once

#include "bridge/hop/hop.h"
#include "tests/unit/bridge/sim_phone.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sipveil::hop::test {

class World;

/// One hop with its phone, in a simulated world: datagrams between the two, streams to the other end.
class SimEnd final : public Effects {
 public:
  SimEnd(World& world, Config config, unsigned char key, const Flow& phone_at, std::string name);

  void send_inner(const Flow& to, std::string_view bytes) override;
  LinkId new_link_id() override;
  void open_link(LinkId id, const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) override;
  void ping_link(LinkId link) override;
  void write_link(LinkId link, std::string bytes) override;
  void close_link(LinkId link) override;
  void expect_answer(LinkId) override {}
  std::string_view inner_name(const Flow&) override { return "127.0.0.1:5060"; }
  TimePoint now() override;
  std::int64_t unix_time() override { return 1'728'000'000; }
  std::string_view reachable_at() override { return {}; }

 private:
  World& world_;
  Config config_;

 public:
  Hop hop;
  SimPhone phone;
};

/// Two hops back to back, with a clock of its own: phone A - hop A - stream - hop B - phone B. Runs in no time.
///
/// A fault is told by its number: `lost_datagram` is the n-th datagram of the run, `lost_step` the n-th thing that
/// happens to a stream, a dial that succeeds or a message that arrives; the stream breaks in its place. 0: none.
class World {
 public:
  /// Latencies of the run: a datagram's way, a message's way through the tunnel, and a dial.
  static constexpr Duration loopback = 1ms;
  static constexpr Duration tunnel = 300ms;
  static constexpr Duration dialling = 900ms;

  explicit World(Config config_a);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void after(Duration delay, std::function<void()> event) { events_.emplace(now + delay, std::move(event)); }
  /// Until nothing is left to happen.
  void run();
  /// For so long, though links are opened ahead without end.
  void run_for(Duration duration);

  std::size_t lost_datagram = 0;
  std::size_t lost_step = 0;
  std::size_t next_lost_step = 0; ///< once more
  bool silently = false;          ///< a stream that breaks says so to nobody; A finds out, B only when it sends

  /// What is wrong with the way to a peer.
  enum class Trouble {
    none,
    away,    ///< the local router has ended: dials fail at once, streams end
    refused, ///< the far one has: dials fail after a while, streams end
    hangs,   ///< nothing comes through, and nobody says so: dials take until they are given up
    deaf,    ///< the same for what would come back; what is sent arrives
    mute,    ///< streams open, and end ten seconds later: nobody is behind them
  };
  /// From now on, also for streams that are open.
  void trouble(const std::string& peer, Trouble what);
  std::size_t datagrams = 0; ///< so far
  std::size_t steps = 0;
  TimePoint now{1h};
  std::vector<std::string> on_streams; ///< start line of everything that was written to a stream

 private:
  friend class SimEnd;
  /// A stream that A has dialled. What A writes before it is open waits.
  struct Wire {
    LinkId at_a = 0;
    LinkId at_b = 0;
    std::string peer;
    bool open = false;
    bool broken = false;
    bool deaf = false; ///< nothing comes back by it
    std::vector<std::string> waiting;
  };
  using WirePtr = std::shared_ptr<Wire>;

  /// How long A takes to suspect a silent link and to find out about it, by its pings.
  static constexpr Duration suspecting = 3s;
  static constexpr Duration finding_out = 12s;
  static constexpr Duration dial_timeout = 30s;

  /// The next thing happens, unless that is later than `end`.
  bool happens_until(TimePoint end);
  [[nodiscard]] bool is_lost() { return ++steps == lost_step || (next_lost_step != 0 && steps == next_lost_step); }
  void datagram(std::function<void()> deliver);
  void dial(LinkId id, const std::string& peer, std::string first);
  void opens(const WirePtr& wire);
  void fails(const WirePtr& wire, Duration after_all, Error error);
  void falls_silent(const WirePtr& wire);
  [[nodiscard]] Trouble trouble_of(const WirePtr& wire);
  void write(const SimEnd& from, LinkId link, std::string bytes);
  void close(const SimEnd& from, LinkId link);
  void ping(const SimEnd& from, LinkId link);
  void carry(const WirePtr& wire, bool to_b, std::string bytes);
  void break_wire(const WirePtr& wire);
  WirePtr find(const SimEnd& end, LinkId link);

  std::multimap<TimePoint, std::function<void()>> events_;
  std::vector<WirePtr> wires_;
  std::map<std::string, Trouble> troubles_; ///< by peer
  LinkId next_link_ = 1;

 public:
  SimEnd a;
  SimEnd b;
};

} // namespace sipveil::hop::test
