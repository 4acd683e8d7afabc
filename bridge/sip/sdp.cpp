#include "bridge/sip/sdp.h"

#include <utility>

namespace sipveil::sip {

namespace {

Error broken(Errc code, const char* what) {
  return {.code = code, .where = Fault::phone, .what = what, .mend = {}, .retry = false};
}

} // namespace

Result<Sdp> Sdp::parse(std::string_view text) {
  Sdp sdp;
  sdp.lines_.reserve(32); // an offer of audio and video
  while (text.ends_with('\n') || text.ends_with('\r'))
    text.remove_suffix(1);
  while (!text.empty()) {
    const std::size_t lf = text.find('\n');
    std::string_view line = text.substr(0, lf);
    text = lf == std::string_view::npos ? std::string_view{} : text.substr(lf + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() < 2 || line[0] < 'a' || line[0] > 'z' || line[1] != '=')
      return broken(Errc::malformed, "A line of the session description is not TYPE=VALUE");
    const SdpLine read{.type = line[0], .value = line.substr(2)};
    // Another reader may take these for the end of the line, or of the text.
    if (read.value.find_first_of(std::string_view("\r\0", 2)) != std::string_view::npos)
      return broken(Errc::malformed, "A line of the session description holds a CR or a NUL");
    if (sdp.lines_.size() == max_sdp_lines)
      return broken(Errc::too_large, "The session description has too many lines");
    const std::size_t place = sdp.lines_.size();
    if ((read.type == 'v') != (place == 0) || (read.type == 'o') != (place == 1))
      return broken(Errc::malformed, "The session description does not begin with one v= and one o=");
    if (read.type == 'v' && read.value != "0")
      return broken(Errc::malformed, "The session description is of an unknown version");
    if (read.type == 'm') {
      if (sdp.media_.size() == max_sdp_media)
        return broken(Errc::too_large, "The session description has too many media sections");
      sdp.media_.push_back(place);
    }
    sdp.lines_.push_back(read);
  }
  if (sdp.lines_.size() < 2) return broken(Errc::malformed, "The session description is not whole");
  return sdp;
}

std::span<const SdpLine> Sdp::session() const {
  return lines().first(media_.empty() ? lines_.size() : media_.front());
}

std::span<const SdpLine> Sdp::media(std::size_t index) const {
  const std::size_t end = index + 1 < media_.size() ? media_[index + 1] : lines_.size();
  return lines().subspan(media_[index], end - media_[index]);
}

std::string Sdp::print() const {
  std::string text;
  for (const SdpLine& line : lines_)
    append_sdp_line(text, line.type, line.value);
  return text;
}

void append_sdp_line(std::string& text, char type, std::string_view value) {
  text += type;
  text += '=';
  text += value;
  text += "\r\n";
}

} // namespace sipveil::sip
