#include "bridge/sip/head.h"

#include "bridge/sip/text.h"

#include <algorithm>

namespace sipveil::sip {

std::size_t find_head_end(std::string_view bytes, std::size_t from) {
  // Searched by LF, since a head has one a line and memchr runs at memory speed between them.
  for (std::size_t at = from; (at = bytes.find('\n', at)) != std::string_view::npos; ++at) {
    if (at >= 3 && bytes[at - 1] == '\r' && bytes[at - 2] == '\n' && bytes[at - 3] == '\r') return at + 1;
  }
  return std::string_view::npos;
}

namespace {

// A continuation line of nothing but blanks.
bool has_blank_fold(std::string_view lines) {
  for (std::size_t at = 0; (at = lines.find('\n', at)) != std::string_view::npos; ++at) {
    const std::size_t text = std::min(lines.find_first_not_of(" \t", at + 1), lines.size());
    if (text > at + 1 && (text == lines.size() || lines[text] == '\r')) return true;
  }
  return false;
}

} // namespace

bool is_clean(std::string_view lines) {
  if (lines.empty()) return true;
  const char* const text = lines.data();
  const std::size_t last = lines.size() - 1;
  // Without branches and in bytes, so that the compiler turns it into vector instructions.
  const auto byte = [](bool truth) { return static_cast<unsigned char>(truth); };
  auto bad = byte(text[0] == '\n' || text[last] == '\r');
  unsigned char folded = 0;
  for (std::size_t i = 0; i < last; ++i) {
    bad = static_cast<unsigned char>(bad | byte((text[i] == '\r') != (text[i + 1] == '\n')));
    const auto blank = static_cast<unsigned char>(byte(text[i + 1] == ' ') | byte(text[i + 1] == '\t'));
    folded = static_cast<unsigned char>(folded | (byte(text[i] == '\n') & blank));
  }
  for (std::size_t i = 0; i <= last; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const auto control = static_cast<unsigned char>(byte(c < 0x20) | byte(c == 0x7f));
    const auto other = static_cast<unsigned char>(byte(c != '\t') & byte(c != '\r') & byte(c != '\n'));
    bad = static_cast<unsigned char>(bad | (control & other));
  }
  return bad == 0 && (folded == 0 || !has_blank_fold(lines));
}

std::string_view first_line(std::string_view head) {
  const std::size_t end = head.find('\n');
  return end == std::string_view::npos ? head : head.substr(0, end + 1);
}

void scan_fields(std::string_view lines, std::vector<Field>& fields) {
  std::size_t begin = 0;
  while (begin < lines.size() && lines.substr(begin, 2) != "\r\n") {
    std::size_t end = begin;
    do {
      const std::size_t lf = lines.find('\n', end);
      end = lf == std::string_view::npos ? lines.size() : lf + 1;
    } while (end < lines.size() && (lines[end] == ' ' || lines[end] == '\t'));
    fields.push_back(make_field(lines.substr(begin, end - begin)));
    begin = end;
  }
}

std::size_t count_members(std::string_view head, const std::vector<Field>& fields, std::size_t limit) {
  // All commas together are the upper bound, and nearly always the whole answer.
  const auto commas = static_cast<std::size_t>(std::count(head.begin(), head.end(), ','));
  if (fields.size() + commas <= limit) return fields.size() + commas;
  std::size_t members = fields.size();
  for (const Field& field : fields) {
    for (std::size_t at = 0; at < field.value.size() && members <= limit; ++at) {
      if (field.value[at] == '"') {
        const std::size_t after = skip_quoted(field.value, at);
        if (after == std::string_view::npos) break;
        at = after - 1;
      } else if (field.value[at] == ',') {
        ++members;
      }
    }
  }
  return members;
}

} // namespace sipveil::sip
