// A router that sends anything, in pieces of any size. Byte 0 is the size of the pieces; the rest is cut into lines,
// each of which is read as a reply and as what else a line of SAM can be. However it is cut, the lines must be the
// same; a destination that is read must be written as one that reads the same; no error may quote what came.
#include "base/encoding.h"
#include "transports/i2p/datagram_format.h"
#include "transports/i2p/destination.h"
#include "transports/i2p/line_reader.h"
#include "transports/i2p/reply.h"
#include "transports/i2p/sam_error.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sipveil::i2p;

struct Lines {
  std::vector<std::string> lines;
  std::optional<sipveil::Errc> error;
  bool operator==(const Lines&) const = default;
};

Lines cut(std::string_view input, std::size_t piece) {
  LineReader reader;
  Lines result;
  while (!input.empty()) {
    const auto room = reader.room();
    if (room.empty()) std::abort();
    const auto part = input.substr(0, std::min(piece, room.size()));
    std::copy(part.begin(), part.end(), room.begin());
    reader.received(part.size());
    input.remove_prefix(part.size());
    for (;;) {
      auto line = reader.line();
      if (!line) {
        result.error = line.error().code;
        return result;
      }
      if (!*line) break;
      result.lines.emplace_back((*line)->reveal());
    }
  }
  return result;
}

void read_destination(std::string_view text) {
  const auto destination = Destination::parse(text);
  if (destination) {
    if (Destination::parse(destination->base64()).value() != *destination) std::abort();
    if (destination->name().host().size() != 60) std::abort();
  }
  static_cast<void>(Destination::of_private_key(text));
}

void read_line(const std::string& line) {
  read_destination(line.substr(0, line.find(' ')));
  const auto reply = Reply::parse(sipveil::SecretBytes(std::string_view(line)));
  if (!reply) {
    if (reply.error().what.empty()) std::abort();
    return;
  }
  for (const char* key : {"PUB", "PRIV", "VALUE", "DESTINATION"})
    if (const auto value = reply->value(key)) read_destination(*value);
  if (!reply->ok() && sam_error(*reply).what.empty()) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Lines bytewise = cut(input, 1);
  const Lines pieces = cut(input, std::size_t{1} + data[0]);
  if (bytewise != pieces) std::abort();
  for (const auto& line : bytewise.lines)
    read_line(line);
  for (const auto style : {Style::datagram, Style::raw})
    static_cast<void>(read_datagram(style, input));
  return 0;
}
