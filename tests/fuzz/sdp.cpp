// Session descriptions: what parses prints so that it parses to the same lines; what the policy makes of it parses too,
// and holds no line and no attribute that the table does not let through.
#include "bridge/sip/sdp.h"

#include "bridge/policy/sdp_rules.h"
#include "bridge/policy/sdp_table.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using sipveil::sip::Sdp;
using sipveil::sip::SdpLine;

void require(bool condition) {
  if (!condition) std::abort();
}

bool same(const SdpLine& a, const SdpLine& b) {
  return a.type == b.type && a.value == b.value;
}

void check_filtered(const std::string& text) {
  const auto sdp = Sdp::parse(text);
  require(sdp.has_value() && sdp->print() == text);
  for (const SdpLine& line : sdp->lines()) {
    if (line.type == 'c') require(line.value == "IN IP4 0.0.0.0");
    if (line.type == 'o') require(line.value.ends_with(" IN IP4 0.0.0.0"));
    if (line.type == 'm')
      require(line.value.find(" 9 ") != std::string_view::npos || line.value.find(" 0 ") != std::string_view::npos);
    const auto* const row = line.type == 'a'
                                ? sipveil::policy::find_sdp_attribute(line.value.substr(0, line.value.find(':')))
                                : sipveil::policy::find_sdp_line(line.type);
    require(row != nullptr && row->rule != nullptr);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto sdp = Sdp::parse(bytes);
  const sipveil::policy::Context context{.dialog_seed = 7, .translate = {}};
  std::string filtered;
  const bool passes = sipveil::policy::session_description(bytes, context, filtered);
  if (!sdp) {
    require(!passes);
    return 0;
  }
  const std::string printed = sdp->print();
  const auto again = Sdp::parse(printed);
  require(again.has_value() && again->print() == printed && again->media_count() == sdp->media_count());
  require(std::equal(sdp->lines().begin(), sdp->lines().end(), again->lines().begin(), again->lines().end(), same));
  std::size_t lines = sdp->session().size();
  for (std::size_t i = 0; i < sdp->media_count(); ++i)
    lines += sdp->media(i).size();
  require(lines == sdp->lines().size());
  if (passes) check_filtered(filtered);
  return 0;
}
