#pragma once

#include "transports/i2p/datagram_format.h"
#include "transports/stream.h"

#include <memory>
#include <optional>

namespace sipveil::i2p {

struct DatagramOptions {
  Endpoint sam; ///< numeric host and port: a router behind a unix socket has no UDP port for us
  /// Of the router's UDP port for datagrams; nullopt: the one below SAM's, as i2pd 2.45 has it (7655 for 7656).
  std::optional<std::uint16_t> udp_port;
  Style style = Style::datagram; ///< or raw; one destination cannot carry streams as well (i2pd 2.45)
  TunnelOptions tunnels;
};

/// The whole destination that datagrams to this name are addressed with, looked up once by the router (NAMING LOOKUP):
/// by its shared destination, not by one of our sessions. Errors: those of SamConnection::open, unknown_peer,
/// malformed.
asio::awaitable<Result<Destination>> find_destination(Endpoint sam, B32Name name);

/// Datagrams by a session of their own with a transient destination, over UDP to the router on this machine. Nothing
/// says whether one arrives: the first to a peer is often lost, since its LeaseSet is only looked up then. All calls
/// from the executor's thread; one receive and one send are pending at a time.
class Datagrams {
 public:
  /// Completes when the router has built the session's tunnels and says so, after 20 s or more (i2pd 2.45). Errors:
  /// invalid (a unix socket), io, those of Session, cancelled.
  [[nodiscard]] static asio::awaitable<Result<std::unique_ptr<Datagrams>>> open(DatagramOptions options);
  ~Datagrams();
  Datagrams(const Datagrams&) = delete;
  Datagrams& operator=(const Datagrams&) = delete;

  [[nodiscard]] const Destination& own() const; ///< where others send theirs

  /// Errors: too_large, io, closed (the session has ended), cancelled.
  asio::awaitable<Result<void>> send(const Destination& to, std::string_view payload);
  /// The next one; what the router sends but is none is skipped. Errors: io, closed, cancelled.
  asio::awaitable<Result<ReceivedDatagram>> receive();
  void close(); ///< ends the session; pending operations end with cancelled

 private:
  struct State;
  explicit Datagrams(std::shared_ptr<State> state) : state_(std::move(state)) {}
  std::shared_ptr<State> state_; // shared with pending operations
};

} // namespace sipveil::i2p
