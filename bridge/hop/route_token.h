#pragma once

#include "base/secret.h"
#include "bridge/hop/flow.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::hop {

class Xaes256Gcm;

/// What the hop must know to send an in-dialog request on, kept nowhere but in the dialog's own Record-Route: a
/// restarted hop with the same key handles the next message of the call.
struct RouteToken {
  enum class Origin : std::uint8_t {
    inner,  ///< the dialog was opened from the phone side: the tunnel end is `peer`
    tunnel, ///< the dialog was opened by a peer: the tunnel end is the link `link`
  };
  Origin origin = Origin::inner;
  Carrier carrier = Carrier::udp; ///< of the phone side: udp or tcp
  std::uint8_t listener = 0;      ///< inner listener through which the phone is reached
  InnerAddress phone;             ///< where in-dialog requests to the phone go
  LinkId link = 0;                ///< origin tunnel
  std::string peer;               ///< origin inner: the peer's name in the configuration, at most 64 bytes
};

/// Seals and opens route tokens.
///
/// Layout, as base32 in lower case (RFC 4648):
///   version (1 byte, 1) | nonce (24) | ciphertext | tag (16)
/// by XAES-256-GCM (C2SP): the message key is derived from the master key and the first half of the nonce, so that many
/// instances may share one master key with random nonces. Nothing in a token is constant but its version: an instance
/// or key number in clear would let a peer see that two calls come from one instance.
/// Plaintext: origin (1) | carrier (1) | listener (1) | day of issue since 1970 (2, big endian) | family 4 or 6 (1) |
/// port (2) | address (4 or 16) | link (8), or length of the peer name (1) and the name | zeros up to a multiple of 32,
/// so that the length tells neither how a peer is called here nor, for most phones, anything else. Additional data: the
/// Call-ID, so that a token cut from one dialog is useless in another.
class RouteTokens {
 public:
  /// A dialog older than this is not known any more. Days.
  static constexpr unsigned life_days = 30;
  /// Longest text that `open` looks at: more than the longest token that `seal` makes (64 bytes of peer name).
  static constexpr std::size_t max_text = 256;

  /// `master` has 32 bytes.
  explicit RouteTokens(const SecretBytes& master);
  ~RouteTokens();
  RouteTokens(const RouteTokens&) = delete;
  RouteTokens& operator=(const RouteTokens&) = delete;

  [[nodiscard]] std::string seal(const RouteToken& token, std::string_view call_id, unsigned today) const;
  /// nullopt for whatever is not a token of ours for this dialog; never says why.
  [[nodiscard]] std::optional<RouteToken> open(std::string_view text, std::string_view call_id, unsigned today) const;

 private:
  std::unique_ptr<Xaes256Gcm> cipher_;
};

} // namespace sipveil::hop
