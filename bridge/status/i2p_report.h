#pragma once

#include <cstddef>
#include <string>

namespace sipveil {

/// What `status` and metrics tell of I2P.
struct I2pReport {
  std::string state;       ///< one sentence: how far the router and our destination are, or what is missing
  bool ready = false;      ///< calls can be dialled
  std::string sam;         ///< where the router's SAM is; empty while a router of ours starts
  std::string destination; ///< "<b32>.b32.i2p"; empty if there is none, or not yet
  bool has_destination = false;
  bool reachable = false;   ///< the destination: a connection of our own to it has come through
  std::size_t sessions = 0; ///< open or being opened, for calls out
};

} // namespace sipveil
