#pragma once

#include "base/error.h"

namespace sipveil {

/// What a status of 300 or more in reply to CONNECT means for us: whose fault, whether to try again, what mends it. As
/// tor's HTTPTunnelPort (its http-connect specification) and i2pd's HTTP proxy use them.
[[nodiscard]] Error http_connect_error(unsigned status);

} // namespace sipveil
