#include "transports/i2p/sam_error.h"

namespace sipveil::i2p {
namespace {

constexpr std::string_view no_sam = "Check that the configured address is the SAM port of an I2P router.";

Error local(Errc code, std::string what, std::string_view mend, bool retry) {
  return {code, Fault::local_service, std::move(what), std::string(mend), retry};
}

} // namespace

Error sam_error(const Reply& reply) {
  const auto result = reply.result();
  const bool session = reply.kind() == Reply::Kind::session;
  if (result == "CANT_REACH_PEER")
    return {Errc::offline, Fault::overlay, "the I2P network knows no way to the peer: its LeaseSet is not found",
            "Check the peer's b32 name, and ask whether its sipveil runs; a new one takes some seconds to be found.",
            true};
  // Java I2P says so where i2pd says CANT_REACH_PEER, and INVALID_KEY of a name that it could not look up.
  if (result == "PEER_NOT_FOUND" || result == "KEY_NOT_FOUND" || (result == "INVALID_KEY" && !session))
    return {Errc::unknown_peer, Fault::overlay, "the I2P network knows no such destination",
            "Check the peer's b32 name; a new one takes some seconds to be found.", true};
  if (result == "TIMEOUT")
    return {Errc::timed_out, Fault::overlay, "the I2P network gave up looking for the peer", "", true};
  if (result == "INVALID_ID")
    return local(Errc::not_ready, "the I2P router does not know our session", "It is made anew by itself.", true);
  if (result == "INVALID_KEY")
    return {Errc::invalid, Fault::configuration, "the I2P router does not accept our destination key",
            "Move the key file i2p_destination away: a new one is made at the next start, with a new name.", false};
  if (result == "DUPLICATED_DEST" || result == "DUPLICATED_ID")
    return local(
        Errc::address_in_use, "another session of the I2P router has our destination",
        "Wait half a minute, until the router has noticed that an earlier sipveil ended; after that, stop the other "
        "one that has the same key.",
        true);
  if (result == "ALREADY_ACCEPTING")
    return local(Errc::unsupported, "the I2P router takes only one STREAM ACCEPT at a time",
                 "Use i2pd, or a router that speaks SAM 3.2.", true);
  if (result == "NOVERSION")
    return local(Errc::unsupported, "the I2P router speaks neither SAM 3.0 nor 3.1", "Use i2pd or Java I2P.", false);
  if (result == "I2P_ERROR")
    return local(Errc::not_ready, "the I2P router could not do what SAM was asked for", "Its own log says why.", true);
  if (result.empty()) return out_of_turn();
  return local(Errc::malformed, "the I2P router answered with a result that SAM does not have", no_sam, false);
}

Error out_of_turn() {
  return local(Errc::malformed, "the I2P router sent another reply than SAM has here", no_sam, false);
}

} // namespace sipveil::i2p
