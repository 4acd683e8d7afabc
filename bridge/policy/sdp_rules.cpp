#include "bridge/policy/sdp_rules.h"

#include "bridge/policy/sdp_table.h"
#include "bridge/sip/sdp.h"

#include <algorithm>
#include <span>

namespace sipveil::policy {

namespace {

using sip::SdpLine;

void filter_attribute(std::string_view text, const Context& context, std::string& out) {
  const std::size_t colon = std::min(text.find(':'), text.size());
  const SdpRow* const row = find_sdp_attribute(text.substr(0, colon));
  if (row == nullptr || row->rule == nullptr) return;
  const std::size_t before = out.size();
  out += "a=";
  out += row->name;
  const bool valued = colon < text.size();
  if (valued) out += ':';
  const std::size_t value = out.size();
  const bool fits = row->rule(text.substr(std::min(colon + 1, text.size())), context, out);
  // "a=mid:" has a value that is missing, "a=mid" lacks it altogether.
  if (fits && valued == (out.size() > value))
    out += "\r\n";
  else
    out.resize(before);
}

/// One of these a section; what else there is of them says nothing more once it points nowhere.
constexpr std::string_view once = "sct";

bool filter_section(std::span<const SdpLine> section, const Context& context, std::string& out) {
  unsigned seen = 0;
  for (const SdpLine& line : section) {
    if (line.type == 'a') {
      filter_attribute(line.value, context, out);
      continue;
    }
    const SdpRow* const row = find_sdp_line(line.type);
    if (row == nullptr || row->rule == nullptr) continue;
    const unsigned bit = 1U << static_cast<unsigned>(line.type - 'a');
    if (once.find(line.type) != std::string_view::npos && (seen & bit) != 0) continue;
    seen |= bit;
    const std::size_t before = out.size();
    out += line.type;
    out += '=';
    if (row->rule(line.value, context, out)) {
      out += "\r\n";
      continue;
    }
    if (row->essential) return false;
    out.resize(before);
  }
  return true;
}

} // namespace

bool session_description(std::string_view body, const Context& context, std::string& out) {
  const auto sdp = sip::Sdp::parse(body);
  if (!sdp || !filter_section(sdp->session(), context, out)) return false;
  for (std::size_t i = 0; i < sdp->media_count(); ++i) {
    if (!filter_section(sdp->media(i), context, out)) return false;
  }
  return true;
}

} // namespace sipveil::policy
