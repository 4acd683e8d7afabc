// Uri: what is let in gives a text that reads the same again.
#include "bridge/sip/uri.h"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using sipveil::sip::Uri;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const auto& uri : {Uri::parse(text), Uri::from_name_addr(text)}) {
    if (!uri) continue;
    const auto again = Uri::parse(uri->text());
    if (!again || again->text() != uri->text() || again->user != uri->user || again->host != uri->host ||
        again->params != uri->params || again->headers != uri->headers || again->port != uri->port)
      std::abort();
    (void)uri->param("transport");
  }
  return 0;
}
