#pragma once

namespace sipveil::i2p {

/// Tunnels of a session, each way (I2CP options inbound.length, outbound.length, inbound.quantity, outbound.quantity).
struct TunnelOptions {
  unsigned length = 3;   ///< 0-7
  unsigned quantity = 3; ///< 1-16; below 3 i2pd 2.45 may leave the LeaseSet unpublished for minutes
};

} // namespace sipveil::i2p
