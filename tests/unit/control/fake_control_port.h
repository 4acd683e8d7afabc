#pragma once

#include "base/clock.h"
#include "control/authchallenge.h"
#include "transports/address.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sipveil::testing {

namespace asio = boost::asio;

/// What the fake does instead of answering a command.
enum class Misbehaviour { none, close, garbage, refuse, silence };

/// A control port that plays tor on a unix socket, runs on the test's own io_context, keeps what it was sent,
/// and notes each breach of the protocol or of privacy in `violations`.
class FakeControlPort {
 public:
  struct Behaviour {
    std::set<std::string> methods{"COOKIE", "SAFECOOKIE"};
    std::string cookie_file;                    ///< as PROTOCOLINFO tells it; empty: not told
    std::string cookie;                         ///< 32 bytes
    std::string password;                       ///< of HASHEDPASSWORD
    bool wrong_server_hash = false;             ///< an impostor that does not know the cookie
    std::map<std::string, Misbehaviour> faults; ///< by the command's name
    std::map<std::string, std::string> info{
        {"version", "0.4.9.11"},
        {"status/bootstrap-phase", "NOTICE BOOTSTRAP PROGRESS=100 TAG=done SUMMARY=\"Done\""},
        {"net/listeners/socks", "\"127.0.0.1:9050\" \"unix:/run/tor/socks\""},
    };
    std::map<std::string, std::string> data_info; ///< answered in a data block
    std::set<std::string> circuits;               ///< that CLOSECIRCUIT can close
    std::map<std::string, std::string> options;   ///< name -> answer of GETCONF
    std::string service_id = "fjplspxajbggbqvq66hlmp6ktlrwvnlioky7kogbglyafajdwtyw4fad";
    /// Sent in the same write as the answer to ADD_ONION; "{}" stands for the service id.
    std::vector<std::string> after_add_onion;
    unsigned collisions = 0;        ///< so many ADD_ONIONs are refused with 550: the service is another connection's
    std::set<std::string> detached; ///< service ids; they stay until DEL_ONION, or until a test lets tor forget them
  };

  FakeControlPort(asio::io_context& io, std::string path);
  ~FakeControlPort();
  FakeControlPort(const FakeControlPort&) = delete;
  FakeControlPort& operator=(const FakeControlPort&) = delete;

  [[nodiscard]] Endpoint endpoint() const;
  /// Sends bytes as they are on every authenticated connection.
  void send(std::string bytes);
  /// Sends "650 <text>" likewise.
  void event(const std::string& text) { send("650 " + text + "\r\n"); }
  /// Ends every connection; new ones are accepted.
  void drop_all();
  /// Stops to listen and ends every connection; the socket file stays, as a killed tor leaves it.
  void shut();

  Behaviour behaviour;
  std::vector<std::string> commands;   ///< every line of every connection, in order
  std::vector<std::string> violations; ///< what a real client must never do
  unsigned connections = 0;

  [[nodiscard]] std::size_t count(std::string_view command) const;

 private:
  struct Session;
  struct State;
  std::string path_;
  std::shared_ptr<State> state_;
  friend struct Session;
};

} // namespace sipveil::testing
