#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sipveil::identity {

/// The headers part of a Refer-To URI (RFC 3515, RFC 3891 section 6.1): Replaces alone passes, its Call-ID and tags
/// mapped to the other side's. With its leading '?', empty if nothing is left; nullopt if a Replaces is there and
/// cannot be read: a transfer without it would ring a second time.
[[nodiscard]] std::optional<std::string>
translate_refer_headers(std::string_view headers, const std::function<std::string(std::string_view)>& translate);

} // namespace sipveil::identity
