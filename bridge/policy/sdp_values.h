#pragma once

#include "bridge/policy/rule.h"

namespace sipveil::policy {

// Values of a session description, each by the grammar of its line or attribute (RFC 8866 sections 5, 6 and 9).

bool sdp_version(std::string_view value, const Context& context, std::string& out);
/// `- ID VERSION IN IP4 0.0.0.0`. ID is made of the phone's own one and the seed of the dialog: the same over the
/// dialog, and no clock can be read from it (phones take the NTP time). VERSION grows by what the phone's grows by, as
/// an answerer tells by it whether an offer is new (RFC 3264 section 8). Both fit 31 bits, for readers with small
/// integers.
bool sdp_origin(std::string_view value, const Context& context, std::string& out);
bool sdp_name(std::string_view value, const Context& context, std::string& out);
/// Always `IN IP4 0.0.0.0`: media is not carried, and an address would tell where a phone is, or make it send there.
bool sdp_nowhere(std::string_view value, const Context& context, std::string& out);
bool sdp_bandwidth(std::string_view value, const Context& context, std::string& out);
bool sdp_time(std::string_view value, const Context& context, std::string& out);
/// Port 9 (discard) in place of the phone's, 0 where it refuses the stream (RFC 3264 section 6).
bool sdp_media(std::string_view value, const Context& context, std::string& out);

bool sdp_flag(std::string_view value, const Context& context, std::string& out);
bool sdp_decimal(std::string_view value, const Context& context, std::string& out);
bool sdp_format(std::string_view value, const Context& context, std::string& out);
bool sdp_format_parameters(std::string_view value, const Context& context, std::string& out);
bool sdp_feedback(std::string_view value, const Context& context, std::string& out);
bool sdp_media_id(std::string_view value, const Context& context, std::string& out);
bool sdp_group(std::string_view value, const Context& context, std::string& out);
bool sdp_precondition(std::string_view value, const Context& context, std::string& out);

} // namespace sipveil::policy
