// Framer: however a stream is cut into reads, the frames are the same, within the bounds, and byte for byte
// what came.
#include "bridge/sip/framing.h"

#include "bridge/sip/message.h"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using sipveil::sip::Framer;

// Frames and the break, without keepalives: a CRLF may be a pong or half a ping, depending on how the reads
// fall. False once the stream is given up.
bool drain(Framer& framer, std::string& log, std::string_view all) {
  while (true) {
    const Framer::Event event = framer.next();
    if (std::holds_alternative<Framer::NeedMore>(event)) return true;
    if (const auto* const frame = std::get_if<Framer::Frame>(&event)) {
      if (frame->bytes.size() > sipveil::sip::max_message_bytes || all.find(frame->bytes) == std::string_view::npos)
        std::abort();
      log.append(frame->bytes).append("|");
    } else if (const auto* const broken = std::get_if<Framer::Broken>(&event)) {
      log.append("broken ").append(std::to_string(broken->status)).append(broken->head);
      return false;
    }
  }
}

std::string run(std::string_view bytes, std::size_t step) {
  Framer framer;
  std::string log;
  bool alive = true;
  for (std::size_t at = 0; at < bytes.size() && alive; at += step) {
    framer.feed(bytes.substr(at, step));
    alive = drain(framer, log, bytes);
  }
  return log;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string whole = run(bytes, size + 1);
  if (run(bytes, 1) != whole || run(bytes, 7) != whole) std::abort();
  return 0;
}
