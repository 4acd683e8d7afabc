#include "bridge/hop/route_token.h"

#include "base/encoding.h"
#include "base/random.h"
#include "bridge/hop/xaes.h"

#include <cstdlib>

namespace sipveil::hop {
namespace {

constexpr unsigned char version = 1;
constexpr std::size_t max_peer_name = 64;
constexpr std::size_t block = 32;

void put(Bytes& bytes, std::uint64_t value, unsigned size) {
  for (unsigned i = size; i-- > 0;)
    bytes.push_back(static_cast<unsigned char>(value >> (8 * i)));
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
  [[nodiscard]] bool good() const { return good_; }

 private:
  std::span<const unsigned char> rest_;
  bool good_ = true;
};

std::optional<RouteToken> decode(std::span<const unsigned char> plaintext, unsigned today) {
  Reader reader(plaintext);
  RouteToken token;
  const auto origin = reader.number(1);
  const auto carrier = reader.number(1);
  token.listener = static_cast<std::uint8_t>(reader.number(1));
  const auto day = static_cast<unsigned>(reader.number(2));
  const auto family = reader.number(1);
  token.phone.port = static_cast<std::uint16_t>(reader.number(2));
  token.phone.v6 = family == 6;
  const auto address = reader.take(family == 6 ? 16 : 4);
  if (!reader.good() || origin > 1 || carrier > 1 || (family != 4 && family != 6)) return std::nullopt;
  // Days are 16 bits wide and only compared, never shown; a day ahead is a clock that was set back.
  if (day > today + 1 || day + RouteTokens::life_days < today) return std::nullopt;
  std::copy(address.begin(), address.end(), token.phone.ip.begin());
  token.origin = origin == 0 ? RouteToken::Origin::inner : RouteToken::Origin::tunnel;
  token.carrier = carrier == 0 ? Carrier::udp : Carrier::tcp;
  if (token.origin == RouteToken::Origin::tunnel) {
    token.link = reader.number(8);
  } else {
    token.peer = std::string(as_text(reader.take(reader.number(1))));
  }
  if (!reader.good()) return std::nullopt;
  return token;
}

} // namespace

RouteTokens::RouteTokens(const SecretBytes& master) {
  if (master.size() != Xaes256Gcm::key_size) std::abort();
  cipher_ = std::make_unique<Xaes256Gcm>(master.bytes().first<Xaes256Gcm::key_size>());
}

RouteTokens::~RouteTokens() = default;

std::string RouteTokens::seal(const RouteToken& token, std::string_view call_id, unsigned today) const {
  Bytes plain;
  plain.reserve(64);
  put(plain, token.origin == RouteToken::Origin::inner ? 0 : 1, 1);
  put(plain, token.carrier == Carrier::tcp ? 1 : 0, 1);
  put(plain, token.listener, 1);
  put(plain, today, 2);
  put(plain, token.phone.v6 ? 6 : 4, 1);
  put(plain, token.phone.port, 2);
  plain.insert(plain.end(), token.phone.ip.begin(), token.phone.ip.begin() + (token.phone.v6 ? 16 : 4));
  if (token.origin == RouteToken::Origin::tunnel) {
    put(plain, token.link, 8);
  } else {
    const auto name = as_bytes(std::string_view(token.peer).substr(0, max_peer_name));
    put(plain, name.size(), 1);
    plain.insert(plain.end(), name.begin(), name.end());
  }
  plain.resize((plain.size() + block - 1) / block * block);
  Bytes text(1 + Xaes256Gcm::nonce_size);
  text[0] = version;
  const auto nonce = std::span(text).subspan(1).first<Xaes256Gcm::nonce_size>();
  fill_random(nonce);
  const Bytes sealed = cipher_->seal(nonce, plain, as_bytes(call_id));
  text.insert(text.end(), sealed.begin(), sealed.end());
  return base32_encode(text);
}

std::optional<RouteToken> RouteTokens::open(std::string_view text, std::string_view call_id, unsigned today) const {
  if (text.size() > max_text) return std::nullopt;
  const auto bytes = base32_decode(text);
  if (!bytes || bytes->size() < 1 + Xaes256Gcm::nonce_size + Xaes256Gcm::tag_size || bytes->front() != version)
    return std::nullopt;
  const auto all = std::span<const unsigned char>(*bytes);
  const auto nonce = all.subspan(1).first<Xaes256Gcm::nonce_size>();
  const auto plain = cipher_->open(nonce, all.subspan(1 + Xaes256Gcm::nonce_size), as_bytes(call_id));
  return plain ? decode(*plain, today) : std::nullopt;
}

} // namespace sipveil::hop
