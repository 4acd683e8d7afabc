#include "bridge/sip/multipart.h"

#include "bridge/sip/head.h"
#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <string>

namespace sipveil::sip {

namespace {

constexpr auto npos = std::string_view::npos;

// bcharsnospace of RFC 2046 section 5.1.1. A blank inside is legal too; no phone makes one.
bool is_boundary(std::string_view text) {
  constexpr std::size_t longest = 70;
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
    return std::string_view("'()+_,-./:=?").find(c) != npos ||
           (is(c, token_char) && is(c, unreserved_char) && c != '!' && c != '*' && c != '~');
  });
}

std::optional<BodyPart> read_part(std::string_view text) {
  BodyPart part;
  if (text.starts_with("\r\n")) { // no header field at all: text/plain
    part.body = text.substr(2);
    return part;
  }
  const std::size_t end = find_head_end(text);
  if (end == npos || !is_clean(text.substr(0, end))) return std::nullopt;
  std::vector<Field> fields;
  scan_fields(text.substr(0, end), fields);
  for (const Field& field : fields) {
    if (field.name.empty()) return std::nullopt;
    const bool type = iequals(field.name, "Content-Type");
    if (!type && !iequals(field.name, "Content-Transfer-Encoding")) continue;
    std::string_view& place = type ? part.content_type : part.encoding;
    if (!place.empty() || field.value.empty()) return std::nullopt;
    place = field.value;
  }
  part.body = text.substr(end);
  return part;
}

/// A line that begins with "--boundary".
struct Delimiter {
  std::size_t begin = npos; ///< where the text before it ends; its line break belongs to the delimiter
  std::size_t after = npos; ///< where the next part begins
  bool last = false;
};

// nullopt if a line begins so and is none.
std::optional<Delimiter> find_delimiter(std::string_view body, std::string_view dashed, std::size_t from) {
  std::size_t at = body.find(dashed, from);
  while (at != npos && at != 0 && !body.substr(0, at).ends_with("\r\n"))
    at = body.find(dashed, at + 1);
  if (at == npos) return std::nullopt;
  Delimiter found{.begin = at == 0 ? 0 : at - 2, .after = at + dashed.size()};
  found.last = body.substr(found.after).starts_with("--");
  if (found.last) found.after += 2;
  while (found.after < body.size() && (body[found.after] == ' ' || body[found.after] == '\t'))
    ++found.after;
  if (found.last && found.after == body.size()) return found;
  if (!body.substr(found.after).starts_with("\r\n")) return std::nullopt;
  found.after += 2;
  return found;
}

} // namespace

std::optional<MediaType> parse_media_type(std::string_view value) {
  const std::size_t end = std::min(value.find(';'), value.size());
  MediaType media{.type = trim(value.substr(0, end)), .charset = {}, .boundary = {}};
  const std::size_t slash = media.type.find('/');
  if (slash == npos || !all(media.type.substr(0, slash), token_char) || !all(media.type.substr(slash + 1), token_char))
    return std::nullopt;
  ParamScanner params(value.substr(end));
  while (const auto param = params.next()) {
    const bool boundary = iequals(param->name, "boundary");
    if (!boundary && !iequals(param->name, "charset")) continue;
    std::string_view text = param->value;
    if (text.starts_with('"')) text = text.substr(1, text.size() - 2);
    std::string_view& place = boundary ? media.boundary : media.charset;
    if (!place.empty() || text.empty() || text.find('\\') != npos) return std::nullopt;
    place = text;
  }
  if (params.fault()) return std::nullopt;
  return media;
}

std::optional<std::vector<BodyPart>> split_multipart(std::string_view body, std::string_view boundary) {
  if (!is_boundary(boundary)) return std::nullopt;
  const std::string dashed = "--" + std::string(boundary);
  std::vector<BodyPart> parts;
  auto delimiter = find_delimiter(body, dashed, 0);
  while (delimiter && !delimiter->last) {
    // The line break that ends this delimiter may begin the next one: a part of nothing, not even an empty line.
    const auto next = find_delimiter(body, dashed, delimiter->after - 2);
    if (!next || next->begin < delimiter->after || parts.size() == max_body_parts) return std::nullopt;
    const auto part = read_part(body.substr(delimiter->after, next->begin - delimiter->after));
    if (!part) return std::nullopt;
    parts.push_back(*part);
    delimiter = next;
  }
  if (!delimiter || parts.empty()) return std::nullopt;
  return parts;
}

} // namespace sipveil::sip
