#pragma once

#include "transports/address.h"

#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sipveil::test {

/// A destination that no router has made: random bytes in the right form.
struct FakeDestination {
  std::string public_part; ///< base64 in I2P's alphabet
  std::string private_key; ///< likewise
  B32Name name;
};
[[nodiscard]] FakeDestination fresh_destination(unsigned signing_key_type = 7);

/// An I2P router's SAM on loopback that plays i2pd 2.45.1, checks that each client keeps to what that one needs and to
/// the privacy rules, and misbehaves on demand. Rules that were broken fail the test that owns it.
///
/// As i2pd it notices the end of a session only after its SESSION STATUS, and refuses until then one of the same ID.
///
/// Rules: HELLO first; nothing follows a request before its reply; one stream a connection; one STREAM ACCEPT a session
/// at a time; transient destinations are of Ed25519, sessions of ECIES; a private key is sent in SESSION CREATE only;
/// nothing is looked up by name unless `allow_lookup`; no PING.
///
/// A stream to a destination of another of its sessions comes to that one's acceptor; any other destination echoes.
class FakeSam {
 public:
  enum class Step : std::uint8_t {
    hello,
    probe, ///< SESSION STATUS of what asks only whether a session is there
    session,
    connect,
    accept,
    caller,
    dest,
    naming
  }; ///< what it is about to send

  struct Behaviour {
    std::optional<Step> close_at;   ///< close instead of this
    std::optional<Step> garbage_at; ///< an HTTP answer instead of this
    std::optional<Step> silent_at;  ///< nothing instead of this, with the connection open
    std::optional<Step> cut_at;     ///< the first half of this, then close
    bool split = false;             ///< every answer one byte a segment
    bool withhold_status = false;   ///< no SESSION STATUS, as i2pd in the first 20 s
    /// SESSION STATUS at once for a destination of the client's own, as if it was still there; else after a second.
    bool inherits = false;
    std::string session_reply; ///< instead of RESULT=OK and the key
    std::string connect_reply; ///< instead of RESULT=OK
    std::string dest_reply;    ///< instead of a fresh key
    unsigned not_found = 0;    ///< so many STREAM CONNECTs more are answered with CANT_REACH_PEER
    unsigned not_known = 0;    ///< so many more, before those, with INVALID_ID
    bool no_peer = false;      ///< streams are opened, and nobody takes them
    bool allow_lookup = false;
  };

  struct Session {
    std::string id;
    std::string style;
    std::string request; ///< the whole line
    FakeDestination destination;
    bool open = true;
  };

  explicit FakeSam(boost::asio::io_context& io);
  ~FakeSam();
  FakeSam(const FakeSam&) = delete;
  FakeSam& operator=(const FakeSam&) = delete;

  Behaviour& behaviour();
  [[nodiscard]] Endpoint endpoint() const;
  [[nodiscard]] const std::vector<Session>& sessions() const; ///< all there ever were, in order
  [[nodiscard]] std::size_t open_sessions() const;
  [[nodiscard]] std::size_t open_connections() const;             ///< those that the client has not closed yet
  [[nodiscard]] const std::vector<std::string>& requests() const; ///< every line received
  [[nodiscard]] std::vector<std::string> connects() const;        ///< session id of each stream that was opened
  void drop_all();                                                ///< as a killed router does
  void drop_streams();                                            ///< all streams of callers end, their sessions stay
  std::vector<std::string> take_violations();
  /// A stream from `caller` to the session's acceptor, as soon as there is one.
  void call(const std::string& session, const FakeDestination& caller);
  /// Answers SESSION STATUS for those from which it was withheld.
  void release_status();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

} // namespace sipveil::test
