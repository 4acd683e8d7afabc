// What one message costs: parse, the edits of a hop, print; and cutting a stream.
#include "bridge/sip/framing.h"
#include "bridge/sip/message.h"

#include <benchmark/benchmark.h>

#include <string>
#include <variant>

namespace {

using sipveil::sip::Framer;
using sipveil::sip::Message;

// 750 bytes, as a softphone writes it.
std::string invite() {
  std::string text = "INVITE sip:bob@biloxi.example SIP/2.0\r\n"
                     "Via: SIP/2.0/UDP 127.0.0.1:5062;rport;branch=z9hG4bKnashds8jkq\r\n"
                     "Max-Forwards: 70\r\n"
                     "To: <sip:bob@biloxi.example>\r\n"
                     "From: \"Alice\" <sip:alice@atlanta.example>;tag=wrovp\r\n"
                     "Call-ID: kpdbsvjbxgxmhtk@127.0.0.1\r\n"
                     "CSeq: 851 INVITE\r\n"
                     "Contact: <sip:alice@127.0.0.1:5062>\r\n"
                     "Content-Type: application/sdp\r\n"
                     "Allow: INVITE,ACK,BYE,CANCEL,OPTIONS,PRACK,REFER,NOTIFY,SUBSCRIBE,INFO,MESSAGE\r\n"
                     "Supported: replaces,norefersub,100rel\r\n"
                     "User-Agent: Softphone/1.10.2\r\n";
  constexpr std::size_t whole = 750;
  const std::size_t body = whole - text.size() - std::string("Content-Length: 999\r\n\r\n").size();
  text += "Content-Length: " + std::to_string(body) + "\r\n\r\n";
  return text.append(body, 'x');
}

Message parsed(const std::string& text) {
  return std::move(std::get<Message>(Message::parse(text)));
}

void parse(benchmark::State& state) {
  const std::string text = invite();
  for (auto _ : state)
    benchmark::DoNotOptimize(parsed(text));
}
BENCHMARK(parse);

void one_hop(benchmark::State& state) {
  const std::string text = invite();
  for (auto _ : state) {
    Message message = parsed(text);
    message.push_via("SIP/2.0/TCP abcdefghijklmnop.invalid;branch=z9hG4bK0123456789abcdef0123456789abcdef");
    message.set_max_forwards(69);
    message.push_record_route("<sip:0123456789abcdef@abcdefghijklmnop.invalid;transport=tcp;lr>");
    benchmark::DoNotOptimize(message.print());
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(one_hop);

void edit(benchmark::State& state) {
  const Message original = parsed(invite());
  for (auto _ : state) {
    Message message = original.clone();
    message.mark_received("127.0.0.1", 5062);
    message.push_via("SIP/2.0/TCP abcdefghijklmnop.invalid;branch=z9hG4bK0123456789abcdef0123456789abcdef");
    message.pop_via();
    benchmark::DoNotOptimize(message);
  }
}
BENCHMARK(edit);

void print(benchmark::State& state) {
  const Message message = parsed(invite());
  for (auto _ : state)
    benchmark::DoNotOptimize(message.print());
}
BENCHMARK(print);

void respond(benchmark::State& state) {
  const Message message = parsed(invite());
  for (auto _ : state)
    benchmark::DoNotOptimize(make_response(message, 180, "Ringing", "0123456789abcdef"));
}
BENCHMARK(respond);

void refuse(benchmark::State& state) {
  std::string text = invite();
  text[text.find("70\r\n")] = 'x';
  for (auto _ : state)
    benchmark::DoNotOptimize(Message::parse(text));
}
BENCHMARK(refuse);

// Reads of the given size cut out of a stream of messages.
void framing(benchmark::State& state) {
  std::string stream;
  for (int i = 0; i < 100; ++i)
    stream += invite();
  const auto step = static_cast<std::size_t>(state.range(0));
  std::size_t frames = 0;
  for (auto _ : state) {
    Framer framer;
    for (std::size_t at = 0; at < stream.size(); at += step) {
      framer.feed(std::string_view(stream).substr(at, step));
      while (!std::holds_alternative<Framer::NeedMore>(framer.next()))
        ++frames;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(frames));
}
BENCHMARK(framing)->Arg(1)->Arg(498)->Arg(1448)->Arg(65536);

} // namespace
