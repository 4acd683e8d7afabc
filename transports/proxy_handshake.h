#pragma once

#include "transports/http_connect.h"
#include "transports/socket_stream.h"
#include "transports/socks5.h"

#include <functional>

namespace sipveil {

/// Speak to a proxy on a fresh connection; on success the stream is that of the target, what was read too far is handed
/// back to it, and its early data is on its way. `requested` is called when the request has gone: from then on silence
/// is the overlay's. All they refer to must live until they are complete. Errors: those of the machine, closed
/// (local_service before the request has gone, overlay after), io, cancelled.
asio::awaitable<Result<void>> socks_handshake(SocketStream& stream, Socks5Client& machine,
                                              const std::function<void()>& requested);
asio::awaitable<Result<void>> http_handshake(SocketStream& stream, HttpConnectClient& machine,
                                             const std::string& early_data, const std::function<void()>& requested);

} // namespace sipveil
