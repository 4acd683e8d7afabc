#include "transports/i2p/reply.h"

#include <algorithm>
#include <array>
#include <span>

namespace sipveil::i2p {
namespace {

// Replies have two or three; later versions of SAM may add some.
constexpr std::size_t max_fields = 32;

struct Opening {
  std::string_view words;
  Reply::Kind kind;
};
constexpr std::array openings = {
    Opening{"HELLO REPLY", Reply::Kind::hello},
    Opening{"SESSION STATUS", Reply::Kind::session},
    Opening{"STREAM STATUS", Reply::Kind::stream},
    Opening{"DEST REPLY", Reply::Kind::dest},
    Opening{"NAMING REPLY", Reply::Kind::naming},
    Opening{"PING", Reply::Kind::ping},
    Opening{"PONG", Reply::Kind::pong},
};

Error malformed(std::string what) {
  return {Errc::malformed, Fault::local_service, std::move(what),
          "Check that the configured address is the SAM port of an I2P router.", false};
}

/// Takes the quotes off a value in place; what it becomes is never longer. Gives its length and moves `at` behind it.
std::optional<std::size_t> unquote(std::span<char> line, std::size_t& at) {
  std::size_t written = at;
  const std::size_t begin = at++;
  while (at < line.size() && line[at] != '"') {
    if (line[at] == '\\' && ++at == line.size()) return std::nullopt;
    line[written++] = line[at++];
  }
  if (at == line.size()) return std::nullopt;
  ++at;
  return written - begin;
}

} // namespace

Result<Reply> Reply::parse(SecretBytes line) {
  const auto text = line.reveal();
  for (const auto& opening : openings) {
    if (!text.starts_with(opening.words)) continue;
    const std::size_t behind = opening.words.size();
    if (text.size() > behind && text[behind] != ' ') continue;
    Reply reply(std::move(line), opening.kind);
    if (opening.kind == Kind::ping || opening.kind == Kind::pong) {
      reply.text_ = reply.line_.reveal().substr(std::min(behind + 1, reply.line_.size()));
      return reply;
    }
    if (auto read = reply.read_fields(behind); !read) return read.error();
    return reply;
  }
  return malformed("the I2P router sent no reply of SAM");
}

Result<void> Reply::read_fields(std::size_t at) {
  const auto bytes = line_.writable();
  const std::span<char> line(reinterpret_cast<char*>(bytes.data()), bytes.size());
  const std::string_view text(line.data(), line.size());
  for (;;) {
    at = text.find_first_not_of(' ', at);
    if (at == std::string_view::npos) return {};
    const auto equals = text.find_first_of("= ", at);
    if (equals == std::string_view::npos || text[equals] != '=' || equals == at)
      return malformed("a field in the I2P router's reply has no key and value");
    const auto key = text.substr(at, equals - at);
    at = equals + 1;
    std::size_t begin = at;
    std::size_t size = 0;
    if (at < line.size() && line[at] == '"') {
      const auto unquoted = unquote(line, at);
      if (!unquoted) return malformed("quotes in the I2P router's reply do not end");
      if (at < line.size() && line[at] != ' ') return malformed("text follows quotes in the I2P router's reply");
      size = *unquoted;
    } else {
      at = std::min(text.find(' ', at), text.size());
      size = at - begin;
    }
    if (value(key)) return malformed("a key comes twice in the I2P router's reply");
    if (fields_.size() == max_fields) return malformed("the I2P router's reply has too many fields");
    fields_.push_back({key, text.substr(begin, size)});
  }
}

std::optional<std::string_view> Reply::value(std::string_view key) const {
  const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.key == key; });
  if (found == fields_.end()) return std::nullopt;
  return found->value;
}

} // namespace sipveil::i2p
