#include "transports/i2p/datagram_format.h"

#include "transports/i2p/line_reader.h"

#include <fmt/format.h>

namespace sipveil::i2p {

std::string write_datagram(std::string_view session, const Destination& to, std::string_view payload) {
  return fmt::format("3.0 {} {}\n{}", session, to.base64(), payload);
}

Result<ReceivedDatagram> read_datagram(Style style, std::string_view bytes) {
  if (style == Style::raw) return ReceivedDatagram{std::nullopt, std::string(bytes)};
  const auto end = bytes.substr(0, LineReader::max_line + 1).find('\n');
  if (end == std::string_view::npos)
    return Error{Errc::malformed, Fault::local_service, "a datagram from the I2P router begins with no destination", "",
                 true};
  const auto line = bytes.substr(0, end);
  auto from = Destination::parse(line.substr(0, line.find(' ')));
  if (!from) return from.error();
  return ReceivedDatagram{std::move(*from), std::string(bytes.substr(end + 1))};
}

} // namespace sipveil::i2p
