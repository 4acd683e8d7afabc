#pragma once

#include "base/error.h"
#include "transports/i2p/reply.h"

namespace sipveil::i2p {

/// What a RESULT other than OK (SAM v3 specification) means for us: whose fault, whether to try again, what mends it.
/// Quotes nothing of the reply, so no destination or key gets into an error. Malformed for a result that SAM does not
/// have, and for a reply without one.
[[nodiscard]] Error sam_error(const Reply& reply);

/// A reply that is not the awaited one.
[[nodiscard]] Error out_of_turn();

} // namespace sipveil::i2p
