#pragma once

#include "base/error.h"
#include "bridge/sip/message.h"
#include "privasip/keys.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sipveil::keys {

// How a sipveil hands out public keys: an OPTIONS request (RFC 3261 section 11) with
//   Accept: application/vnd.sipveil.keys
// for sip:DOMAIN or sip:USER@DOMAIN, answered by the first sipveil that has keys of that name with 200 and a body of
// PEM blocks ("PUBLIC KEY"), newest first. A plain SIP server answers without such a body. No I/O here.

inline constexpr std::string_view media_type = "application/vnd.sipveil.keys";

/// Longest body that is read, in bytes: room for sixteen RSA-3072 keys, the most that PublicKey::all_from_pem takes.
inline constexpr std::size_t max_body_bytes = 16 * 1024;

/// What stands in a request and comes back in its answer. Drawn anew for each request, so that nothing relates two.
struct RequestIds {
  std::string branch;  ///< of the Via, with RFC 3261's magic cookie
  std::string tag;     ///< of From
  std::string call_id; ///< without a host
};
[[nodiscard]] RequestIds random_ids();

/// The request for the keys of `name`, which is a key name (see privasip::KeyStore). It names neither this machine nor
/// who asks. Error: invalid, if `name` makes no SIP URI.
[[nodiscard]] Result<std::string> make_key_request(std::string_view name, const RequestIds& ids);

/// The keys that `answer`, exactly one message, gives; at least one. nullopt: provisional, the answer is still to come.
/// Errors, all of the peer: malformed (no answer to this request, or a body that is not PEM), too_large, unknown_peer
/// (404: no such keys there), unsupported (it answers, but not with keys: a plain SIP server, a key of a kind that is
/// unknown here), refused (another status). None repeats text of the answer.
[[nodiscard]] Result<std::optional<std::vector<privasip::PublicKey>>> read_key_answer(std::string_view answer,
                                                                                      const RequestIds& ids);

/// An OPTIONS request outside of a dialog that accepts keys and names a domain or user.
[[nodiscard]] bool is_key_request(const sip::Message& message);
/// The key name that its Request-URI asks for, lower case: "domain" or "user@domain". Not yet held against the
/// KeyStore's rule for names. Empty if it is no SIP URI.
[[nodiscard]] std::string requested_name(const sip::Message& request);

/// The answer to a key request: 200 with `keys`, or 404 if there are none. `to_tag` empty: one is drawn.
[[nodiscard]] std::string make_key_answer(const sip::Message& request, const std::vector<privasip::PublicKey>& keys,
                                          std::string_view to_tag = {});

} // namespace sipveil::keys
