// Everything at once in no order: whatever phones, peers and links do, nothing breaks and in the end nothing is left.
#include "tests/unit/bridge/hop_script.h"

#include <random>
#include <set>

namespace sipveil::hop::test {
namespace {

class Disorder {
 public:
  explicit Disorder(unsigned seed) : random_(seed), hop_(config()) {
    // Both sides say these, and each also says the other's names for them.
    for (const char* id : {"call-0", "call-1", "call-2", "call-3", ";tag=a", ";tag=b", ";tag=c"})
      for (Marks* marks : {&hop_.book.of_phone, &hop_.book.of_peers})
        marks->add(id);
  }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) {
      step();
      listen();
    }
  }

  /// All links fail from now on, and time passes.
  void come_to_rest() {
    for (int i = 0; i < 60; ++i) {
      while (!links_.empty()) {
        const LinkId link = *links_.begin();
        links_.erase(link);
        hop_.down(link, failure(Errc::offline, Fault::overlay));
      }
      hop_.wait(3min);
      listen();
    }
    EXPECT_EQ(hop_.hop.exchanges(), 0U);
    EXPECT_EQ(hop_.hop.calls(), 0U);
    EXPECT_EQ(hop_.hop.next_deadline(), TimePoint::max());
  }

 private:
  static Config config() {
    Config config = sample_config();
    config.routes[1].circuit = CircuitPolicy::per_peer;
    return config;
  }
  std::size_t draw(std::size_t below) { return random_() % below; }
  template <class T>
  const T& any_of(const std::vector<T>& list) {
    return list[draw(list.size())];
  }

  std::string some_request(bool from_phone) {
    static const std::vector<std::string> methods{"INVITE", "INVITE", "ACK",       "CANCEL", "BYE",
                                                  "INFO",   "NOTIFY", "SUBSCRIBE", "REFER",  "MESSAGE"};
    const std::string number = std::to_string(draw(6));
    Request request{
        .method = any_of(methods),
        .uri = draw(3) == 0 ? "sip:carol@carol.example" : "sip:bob@bob.example",
        .via =
            (from_phone ? "SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK" : "SIP/2.0/TCP x;branch=z9hG4bK") + number,
        .max_forwards = draw(20) == 0 ? "0" : "70",
        .call_id = "call-" + std::to_string(draw(4))};
    if (draw(2) == 0) { // of a call that stands, as this side knows it, or of nothing
      const std::string tag = draw(2) == 0 ? "b" : "c";
      const bool known = draw(3) != 0;
      request.to += ";tag=" + (!known ? tag : from_phone ? inner(tag) : wire(tag));
      if (known && draw(2) == 0) request.call_id = from_phone ? inner(request.call_id) : wire(request.call_id);
    }
    if (!routes_.empty() && draw(2) == 0) request.extra = "Route: " + any_of(routes_) + "\r\n";
    if (draw(8) == 0) request.extra += "Subscription-State: terminated\r\n";
    if (!from_phone) request.extra += "Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n";
    return request.text();
  }

  void step() {
    switch (draw(12)) {
    case 0:
    case 1: return hop_.phone(some_request(true), draw(4) == 0 ? tcp_phone(7) : udp_phone());
    case 2:
      if (!links_.empty()) hop_.peer(some_link(), some_request(false));
      return;
    case 3:
    case 4:
    case 5: return some_answer();
    case 6:
      if (!links_.empty()) hop_.up(some_link());
      return;
    case 7:
      if (!links_.empty() && draw(3) == 0) {
        const LinkId link = some_link();
        links_.erase(link);
        hop_.down(link);
      }
      return;
    case 8:
      if (links_.size() < 6) links_.insert(hop_.accept());
      return;
    case 9:
      if (!links_.empty()) hop_.hop.on_link_pong(some_link(), hop_.book.time, hop_.book.time);
      return;
    case 10:
      if (draw(20) == 0) hop_.hop.on_inner_unreachable(*InnerAddress::parse("127.0.0.1", 5070), hop_.book.time);
      return;
    case 11: return hop_.wait(std::chrono::milliseconds(draw(draw(20) == 0 ? 60'000 : 400)));
    }
  }

  LinkId some_link() { return *std::next(links_.begin(), static_cast<std::ptrdiff_t>(draw(links_.size()))); }

  /// To a request that the hop has sent, early or late.
  void some_answer() {
    static const std::vector<int> statuses{100, 180, 183, 200, 200, 202, 401, 486, 487, 503};
    if (requests_.empty()) return;
    const auto& [to, text] = any_of(requests_);
    const auto request = parsed(text);
    if (request.method() == sip::Method::ack) return;
    const std::string answer = reply(request, any_of(statuses), draw(2) == 0 ? "b" : "c");
    if (to.inner()) {
      hop_.phone(answer, to);
    } else {
      hop_.peer(to.id, answer);
    }
  }

  /// Takes in what the hop has done.
  void listen() {
    const auto note = [this](const Notebook::Sent& sent) {
      const auto message = parsed(sent.bytes); // it sends nothing that does not parse
      for (const std::string& route : message.record_routes())
        remember(routes_, route);
      if (message.is_request()) remember(requests_, std::pair(sent.to, sent.bytes));
    };
    for (const auto& sent : hop_.book.inner)
      note(sent);
    for (const auto& [link, messages] : hop_.book.links)
      for (const auto& sent : messages)
        note(sent);
    for (const auto& dial : hop_.book.dials) {
      links_.insert(dial.link);
      EXPECT_TRUE(credentials_.insert(dial.isolation->password).second || dial.peer == "carol");
    }
    for (const LinkId link : hop_.book.closed)
      EXPECT_EQ(links_.erase(link), 1U) << "closes each link once, and none that is gone";
    hop_.book.closed.clear();
    hop_.forget();
  }
  template <class T>
  void remember(std::vector<T>& list, T item) {
    if (list.size() < 12) {
      list.push_back(std::move(item));
    } else {
      list[draw(list.size())] = std::move(item);
    }
  }

  std::mt19937 random_;
  Script hop_;
  std::set<LinkId> links_; ///< that the hop may still believe in
  std::set<std::string> credentials_;
  std::vector<std::pair<Flow, std::string>> requests_;
  std::vector<std::string> routes_;
};

class HopDisorder : public ::testing::TestWithParam<unsigned> {};

TEST_P(HopDisorder, BreaksNothingAndLeavesNothing) {
  Disorder disorder(GetParam());
  disorder.run(1500);
  disorder.come_to_rest();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HopDisorder, ::testing::Range(1U, 21U));

} // namespace
} // namespace sipveil::hop::test
