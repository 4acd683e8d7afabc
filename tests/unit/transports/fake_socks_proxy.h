#pragma once

#include "transports/address.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sipveil::test {

/// A SOCKS5 proxy on loopback that plays tor: it takes names, checks that each caller keeps to the privacy
/// rules, and misbehaves on demand. Rules that were broken fail the test that owns it.
///
/// Rules: one method is offered, user/password wherever `require_isolation`; a credential comes only once;
/// nothing is sent ahead of the proxy's answers except what follows the request; a name is sent as a name
/// (ATYP 3), an address as one.
class FakeSocksProxy {
 public:
  enum class Step { method, auth, reply }; ///< what the proxy is about to send

  struct Behaviour {
    std::optional<Step> close_at;      ///< close instead of this
    std::optional<Step> garbage_at;    ///< an HTTP answer instead of this
    std::optional<Step> silent_at;     ///< nothing instead of this, with the connection open
    bool no_acceptable_method = false; ///< method 0xFF
    bool refuse_credentials = false;
    std::uint8_t reply = 0;      ///< reply code; 0 connects
    bool split = false;          ///< every answer one byte a segment
    std::string bound_name;      ///< reply with this name as bound address instead of 0.0.0.0
    std::string stream_head;     ///< first bytes of the far end, in one piece with the reply
    std::size_t early_bytes = 0; ///< reply only after so many bytes of early data
    bool require_isolation = true;
    /// The loopback port that stands for a host and port; unset or 0: the far end echoes.
    std::function<std::uint16_t(const std::string& host, std::uint16_t port)> route;
  };

  /// What one caller asked for.
  struct Call {
    std::uint8_t address_type = 0;
    std::string host;
    std::uint16_t port = 0;
    std::string user;
    std::string password;
    std::string early_data; ///< what had come before the reply was sent
  };

  /// Listens on a free port of 127.0.0.1, or on a unix socket at `path`.
  explicit FakeSocksProxy(boost::asio::io_context& io, std::string path = {});
  ~FakeSocksProxy();
  FakeSocksProxy(const FakeSocksProxy&) = delete;
  FakeSocksProxy& operator=(const FakeSocksProxy&) = delete;

  Behaviour& behaviour(); ///< for the callers that come next
  [[nodiscard]] Endpoint endpoint() const;
  [[nodiscard]] const std::vector<Call>& calls() const; ///< those whose request was read, in order
  [[nodiscard]] std::size_t open_connections() const;   ///< those that the caller has not closed yet
  void drop_all();                                      ///< breaks every connection, as a killed tor does
  std::vector<std::string> take_violations();           ///< for tests of the rules themselves

 private:
  struct State;
  std::shared_ptr<State> state_;
};

} // namespace sipveil::test
