#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sipveil::privasip {

/// Which identities are sealed (PrivaSIP, section 2).
enum class Version : std::uint8_t {
  none = 0,
  privasip_1 = 1, ///< the caller's
  privasip_2 = 2, ///< the caller's and the callee's
};

/// How an identity is sealed; the value stands in the token.
enum class Algorithm : std::uint8_t {
  aes = 1,          ///< AES-256-GCM under a key from the Digest password
  rsa = 2,          ///< RSA-OAEP with SHA-256, 2048 or 3072 bits
  ecies_x25519 = 3, ///< RFC 9180 base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
  ecies_p256 = 4,   ///< RFC 9180 base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
};

/// Who besides the caller may know who calls: the privacy classes of ANOSIP, section 2.
enum class KnownTo : std::uint8_t {
  nobody,      ///< class 1: From says anonymous
  callee,      ///< class 2: sealed to the callee's own key
  home,        ///< class 3: sealed to the caller's provider; PrivaSIP's own
  callee_home, ///< class 4: sealed to the callee's provider
};

/// As the configuration spells it: "privasip-2", "ecies-x25519", "callee-home" and so on.
[[nodiscard]] std::string_view name(Version version);
[[nodiscard]] std::string_view name(Algorithm algorithm);
[[nodiscard]] std::string_view name(KnownTo known_to);

/// What is sealed: the user part of a SIP URI as written, escapes kept, and its host.
struct Identity {
  std::string user; ///< 1-max_user bytes
  std::string host; ///< lower case, at most max_host bytes
  bool operator==(const Identity&) const = default;
};
inline constexpr std::size_t max_user = 96;
inline constexpr std::size_t max_host = 64; ///< of a hidden host; a visible one is not in the token

/// The side of the dialog on which a token was made.
enum class Sender : std::uint8_t {
  caller = 1, ///< the side that sent the first request
  callee = 2,
};

/// Whom a token names.
enum class Subject : std::uint8_t {
  caller = 1,
  callee = 2,
  referred = 3, ///< the target of a REFER or of a redirection: for a dialog that does not exist yet
  login = 4,    ///< a Digest username that is not the caller's user part
};

/// What a token is bound to: opened in any other context it is worth nothing.
struct Context {
  Sender sender = Sender::caller;
  Subject subject = Subject::caller;
  std::string_view dialog; ///< the Call-ID on the wire; empty for `referred`
};

} // namespace sipveil::privasip
