#include "bridge/hop/route_token.h"

#include "base/encoding.h"

#include <algorithm>

namespace sipveil::hop {
namespace {

constexpr unsigned char version = 2;
constexpr std::size_t max_peer_name = 96;
constexpr std::size_t max_uri = 255;
constexpr std::size_t max_routes = 32;
constexpr std::size_t max_route = 0xffff; // `sealed_size` keeps all of them below
constexpr std::size_t block = 32;

constexpr std::string_view token_mark = ";sv=";
constexpr std::string_view wire_entry = "<sip:anonymous.invalid;lr";
enum RouteForm : unsigned char { text_form = 0, token_form = 1, wire_form = 2 };

/// A route of the form `before;sv=TOKEN>`, its token decoded; a token is half of what a route takes.
struct SplitRoute {
  std::string_view before;
  Bytes token;
};
std::optional<SplitRoute> split_route(std::string_view route) {
  const auto mark = route.find(token_mark);
  if (mark == std::string_view::npos || !route.ends_with('>')) return std::nullopt;
  const std::string_view text = route.substr(mark + token_mark.size(), route.size() - mark - token_mark.size() - 1);
  auto token = base32_decode(text);
  if (!token || base32_encode(*token) != text) return std::nullopt;
  return SplitRoute{route.substr(0, mark), *std::move(token)};
}

void put(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;)
    bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
}

void put_text(Bytes& bytes, std::string_view text, std::size_t most, unsigned size) {
  const auto cut = as_bytes(text.substr(0, most));
  put(bytes, cut.size(), size);
  bytes.insert(bytes.end(), cut.begin(), cut.end());
}

void put_route(Bytes& bytes, const std::string& route) {
  const auto split = split_route(route);
  if (!split) {
    put(bytes, text_form, 1);
    return put_text(bytes, route, max_route, 2);
  }
  const bool wire = split->before == wire_entry;
  put(bytes, wire ? wire_form : token_form, 1);
  if (!wire) put_text(bytes, split->before, max_route, 2);
  put_text(bytes, as_text(split->token), split->token.size(), 2);
}

/// Reads big-endian numbers from the front; turns bad when the bytes run out.
class Reader {
 public:
  explicit Reader(std::span<const unsigned char> bytes) : rest_(bytes) {}
  std::uint64_t number(std::size_t size) {
    std::uint64_t value = 0;
    for (unsigned char byte : take(size))
      value = value << 8U | byte;
    return value;
  }
  std::span<const unsigned char> take(std::size_t size) {
    if (rest_.size() < size) {
      good_ = false;
      return {};
    }
    const auto front = rest_.first(size);
    rest_ = rest_.subspan(size);
    return front;
  }
  std::string text(std::size_t length_size) { return std::string(as_text(take(number(length_size)))); }
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::span<const unsigned char> rest_;
  bool good_ = true;
};

std::string read_route(Reader& reader) {
  const auto form = reader.number(1);
  if (form == text_form) return reader.text(2);
  const std::string before = form == wire_form ? std::string(wire_entry) : reader.text(2);
  return before + std::string(token_mark) + base32_encode(as_bytes(reader.text(2))) + ">";
}

std::optional<RouteToken> decode(std::span<const unsigned char> plaintext, unsigned today) {
  Reader reader(plaintext);
  RouteToken token;
  if (reader.number(1) != version) return std::nullopt;
  const auto origin = reader.number(1);
  const auto opened_inside = reader.number(1);
  const auto for_wire = reader.number(1);
  const auto carrier = reader.number(1);
  token.listener = static_cast<std::uint8_t>(reader.number(1));
  const auto day = static_cast<unsigned>(reader.number(2));
  const auto family = reader.number(1);
  token.phone.port = static_cast<std::uint16_t>(reader.number(2));
  token.phone.v6 = family == 6;
  const auto address = reader.take(family == 6 ? 16 : 4);
  if (!reader.good() || origin > 1 || opened_inside > 1 || for_wire > 1 || carrier > 1 || (family != 4 && family != 6))
    return std::nullopt;
  // Days are 16 bits wide and only compared, never shown; a day ahead is a clock that was set back.
  if (day > today + 1 || day + RouteTokens::life_days < today) return std::nullopt;
  std::copy(address.begin(), address.end(), token.phone.ip.begin());
  token.origin = origin == 0 ? RouteToken::Origin::inner : RouteToken::Origin::tunnel;
  token.opened_inside = opened_inside == 1;
  token.for_wire = for_wire == 1;
  token.carrier = carrier == 0 ? Carrier::udp : Carrier::tcp;
  token.link = reader.number(8);
  token.peer = reader.text(1);
  token.issued = static_cast<std::uint32_t>(reader.number(4));
  token.sealing = static_cast<std::uint8_t>(reader.number(1));
  token.sealed_parties = static_cast<std::uint8_t>(reader.number(1));
  token.from_uri = reader.text(1);
  token.to_uri = reader.text(1);
  for (auto routes = std::min<std::size_t>(reader.number(1), max_routes); routes > 0 && reader.good(); --routes)
    token.routes.push_back(read_route(reader));
  if (!reader.good()) return std::nullopt;
  return token;
}

} // namespace

std::size_t sealed_size(const std::vector<std::string>& routes) {
  if (routes.size() > max_routes) return RouteToken::max_routes_size + 1;
  Bytes bytes;
  for (const std::string& route : routes)
    put_route(bytes, route);
  return bytes.size();
}

std::string RouteTokens::seal(const RouteToken& token, std::string_view call_id, unsigned today) const {
  Bytes plain;
  plain.reserve(256);
  put(plain, version, 1);
  put(plain, token.origin == RouteToken::Origin::inner ? 0 : 1, 1);
  put(plain, token.opened_inside ? 1 : 0, 1);
  put(plain, token.for_wire ? 1 : 0, 1);
  put(plain, token.carrier == Carrier::tcp ? 1 : 0, 1);
  put(plain, token.listener, 1);
  put(plain, today, 2);
  put(plain, token.phone.v6 ? 6 : 4, 1);
  put(plain, token.phone.port, 2);
  plain.insert(plain.end(), token.phone.ip.begin(), token.phone.ip.begin() + (token.phone.v6 ? 16 : 4));
  put(plain, token.link, 8);
  put_text(plain, token.peer, max_peer_name, 1);
  put(plain, token.issued, 4);
  put(plain, token.sealing, 1);
  put(plain, token.sealed_parties, 1);
  put_text(plain, token.from_uri, max_uri, 1);
  put_text(plain, token.to_uri, max_uri, 1);
  const std::size_t routes = std::min(token.routes.size(), max_routes);
  put(plain, routes, 1);
  for (std::size_t i = 0; i < routes; ++i)
    put_route(plain, token.routes[i]);
  plain.resize((plain.size() + block - 1) / block * block);
  return base32_encode(seal_.seal_bytes(Purpose::route, plain, call_id));
}

std::optional<RouteToken> RouteTokens::open(std::string_view text, std::string_view call_id, unsigned today) const {
  if (text.size() > max_text) return std::nullopt;
  const auto bytes = base32_decode(text);
  const auto plain = bytes ? seal_.open_bytes(Purpose::route, *bytes, call_id) : std::nullopt;
  return plain ? decode(*plain, today) : std::nullopt;
}

} // namespace sipveil::hop
