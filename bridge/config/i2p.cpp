#include "bridge/config/sections.h"
#include "bridge/config/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil {
namespace {

constexpr std::string_view default_sam = "127.0.0.1:7656";

/// Bounds: I2CP has tunnels of at most 7 hops; a session of i2pd 2.45 with fewer than 3 tunnels each way may stay
/// without a published LeaseSet for minutes, and i2pd builds no more than 16.
TunnelShape read_tunnels(Reader& reader) {
  TunnelShape tunnels;
  if (const auto length = reader.integer("tunnel_length", 0, 7)) tunnels.length = static_cast<unsigned>(*length);
  if (const auto count = reader.integer("tunnel_quantity", 3, 16)) tunnels.quantity = static_cast<unsigned>(*count);
  return tunnels;
}

void read_extra_conf(Reader& reader, I2pConfig& i2p, bool spawn_unclear) {
  const auto text = reader.text("extra_conf");
  if (!text) return;
  i2p.extra_conf = existing_file(*text, reader.reading());
  // Ignoring it could mean to join the public network where a private one was meant.
  if (!i2p.spawn && !spawn_unclear)
    reader.reading().mistake(text->place, "is only for an i2pd that sipveil runs itself",
                             "Write spawn = true, or put the lines into the i2pd.conf of the running i2pd.");
}

} // namespace

I2pConfig read_i2p(Reader& reader) {
  I2pConfig i2p;
  const auto spawn = reader.boolean("spawn");
  i2p.spawn = spawn.value_or(i2p.spawn);
  i2p.binary = read_binary(reader, i2p.binary);
  if (const auto text = reader.text("sam")) {
    i2p.sam = endpoint(*text, reader.reading());
    if (i2p.spawn)
      reader.reading().mistake(text->place, "is only for a router that runs already",
                               "Remove it: sipveil chooses the port of an i2pd that it runs itself.");
  }
  if (i2p.spawn)
    i2p.sam.reset();
  else if (!reader.has("sam"))
    i2p.sam = *Endpoint::parse(default_sam);
  read_extra_conf(reader, i2p, !spawn && reader.has("spawn"));
  i2p.tunnels = read_tunnels(reader);
  // Each session keeps 2 x quantity tunnels alive in other people's routers.
  if (const auto sessions = reader.integer("sessions", 1, 64)) i2p.sessions = static_cast<unsigned>(*sessions);
  return i2p;
}

DestinationConfig read_destination(Reader& reader) {
  DestinationConfig destination;
  destination.tunnels = read_tunnels(reader);
  const auto allow = reader.texts("allow");
  if (allow && allow->empty())
    reader.reading().mistake(reader.place("allow"), "is empty, which would shut out everybody",
                             "Leave the key out to let in whoever knows the address.");
  for (const Text& text : allow.value_or(std::vector<Text>{})) {
    const auto name = B32Name::parse(text.value);
    if (!name)
      reader.reading().mistake(text.place, name.error().what, name.error().mend);
    else if (std::ranges::find(destination.allow, *name) != destination.allow.end())
      reader.reading().mistake(text.place, "is there twice");
    else
      destination.allow.push_back(*name);
  }
  return destination;
}

} // namespace sipveil
