// What one call costs the hop itself, without sockets: six messages and their answers, and its route tokens.
#include "base/random.h"
#include "bridge/config/load.h"
#include "bridge/hop/hop.h"
#include "bridge/hop/route_token.h"

#include <benchmark/benchmark.h>

#include <string>

namespace {

using namespace sipveil;

constexpr std::string_view config_text = R"(role = "phone"
state_dir = "/nonexistent"
[inner]
listen = ["127.0.0.1:5060"]
[[peer]]
name = "bob"
address = "tcp:127.0.0.1:6060"
via = "direct"
[[route]]
domain = "bob.example"
peers = ["bob"]
circuit = "shared"
)";

/// Keeps the last text for the phone and for the link; time stands still.
class Sink final : public hop::Effects {
 public:
  void send_inner(const hop::Flow&, std::string_view bytes) override { to_phone.assign(bytes); }
  hop::LinkId new_link_id() override { return 1; }
  void open_link(hop::LinkId, const PeerConfig&, std::optional<Isolation>, std::string first) override {
    to_peer = std::move(first);
  }
  void ping_link(hop::LinkId) override {}
  void write_link(hop::LinkId, std::string bytes) override { to_peer = std::move(bytes); }
  void close_link(hop::LinkId) override {}
  void expect_answer(hop::LinkId) override {}
  std::string_view inner_name(const hop::Flow&) override { return "127.0.0.1:5060"; }
  TimePoint now() override { return time; }
  std::int64_t unix_time() override { return 1'728'000'000; }
  std::string_view reachable_at() override { return {}; }

  std::string to_phone;
  std::string to_peer;
  TimePoint time{};
};

std::string header_lines(const std::string& message, std::string_view name) {
  std::string lines;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t end = message.find("\r\n", at);
    if (end == std::string::npos || end == at) break;
    const std::string line = message.substr(at, end + 2 - at);
    if (line.starts_with(name)) lines += line;
    at = end + 2;
  }
  return lines;
}

/// `to`: its header line; that of the answer inside the dialog.
std::string request(std::string_view method, int number, int cseq, const std::string& routes, const std::string& to,
                    std::string_view body) {
  const std::string call = std::to_string(number);
  return std::string(method) + " sip:bob@bob.example SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bK-" +
         std::string(method) + call + "\r\n" + routes + "From: <sip:alice@alice.example>;tag=a" + call + "\r\n" + to +
         "Call-ID: " + call + "@127.0.0.1\r\nCSeq: " + std::to_string(cseq) + " " + std::string(method) +
         "\r\nContact: <sip:alice@127.0.0.1:5062>\r\nMax-Forwards: 70\r\n" +
         (body.empty() ? "" : "Content-Type: application/sdp\r\n") + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + std::string(body);
}

std::string answer(const std::string& sent, int status, int number) {
  std::string to = header_lines(sent, "To:");
  if (to.find(";tag=") == std::string::npos) to.insert(to.size() - 2, ";tag=b" + std::to_string(number));
  return "SIP/2.0 " + std::to_string(status) + " Answer\r\n" + header_lines(sent, "Via:") +
         header_lines(sent, "Record-Route:") + header_lines(sent, "From:") + to + header_lines(sent, "Call-ID:") +
         header_lines(sent, "CSeq:") + "Contact: <sip:bob@127.0.0.1:5082>\r\nContent-Length: 0\r\n\r\n";
}

constexpr std::string_view sdp = "v=0\r\no=alice 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
                                 "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

/// INVITE, 180, 200, ACK, BYE, 200 through the calling side; building the texts is part of the time, about a fifth.
void whole_call(benchmark::State& state) {
  const auto parsed = parse(config_text, "bench.toml");
  const Config& config = std::get<Config>(parsed);
  Sink sink;
  SecretBytes key(std::size_t{32});
  fill_random(key.writable());
  hop::Hop hop(config, key, sink, identity::KeyBook(key));
  hop::Flow phone;
  phone.address = *hop::InnerAddress::parse("127.0.0.1", 5062);
  const hop::Flow link = hop::Flow::over_link(1);
  int number = 0;
  for (auto _ : state) {
    ++number;
    sink.time += std::chrono::milliseconds(1);
    hop.on_message(phone, request("INVITE", number, 1, {}, "To: <sip:bob@bob.example>\r\n", sdp), sink.time);
    if (number == 1) hop.on_link_up(1, sink.time);
    const std::string invite = sink.to_peer;
    hop.on_message(link, answer(invite, 180, number), sink.time);
    hop.on_message(link, answer(invite, 200, number), sink.time);
    std::string route = header_lines(sink.to_phone, "Record-Route:");
    if (!route.empty()) route = "Route" + route.substr(std::string_view("Record-Route").size());
    const std::string to = header_lines(sink.to_phone, "To:");
    hop.on_message(phone, request("ACK", number, 1, route, to, {}), sink.time);
    hop.on_message(phone, request("BYE", number, 2, route, to, {}), sink.time);
    hop.on_message(link, answer(sink.to_peer, 200, number), sink.time);
    hop.on_time(sink.time);
    if (!sink.to_peer.starts_with("BYE ") || !sink.to_phone.starts_with("SIP/2.0 200 "))
      return state.SkipWithError("the call was not carried to its end");
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(whole_call)->Unit(benchmark::kMicrosecond);

hop::RouteToken sample_token() {
  hop::RouteToken token;
  token.phone = *hop::InnerAddress::parse("127.0.0.1", 5062);
  token.peer = "bob";
  return token;
}

void seal_token(benchmark::State& state) {
  SecretBytes key(std::size_t{32});
  const LocalSeal seal(key);
  const hop::RouteTokens tokens(seal);
  const auto token = sample_token();
  for (auto _ : state)
    benchmark::DoNotOptimize(tokens.seal(token, "1@127.0.0.1", 20000));
}
BENCHMARK(seal_token);

void open_token(benchmark::State& state) {
  SecretBytes key(std::size_t{32});
  const LocalSeal seal(key);
  const hop::RouteTokens tokens(seal);
  const auto text = tokens.seal(sample_token(), "1@127.0.0.1", 20000);
  for (auto _ : state)
    benchmark::DoNotOptimize(tokens.open(text, "1@127.0.0.1", 20000));
}
BENCHMARK(open_token);

} // namespace
