#include "bridge/policy/words.h"

#include "bridge/sip/list.h"
#include "bridge/sip/text.h"

#include <algorithm>
#include <bitset>
#include <span>

namespace sipveil::policy {

namespace {

using Words = std::span<const std::string_view>;

constexpr std::string_view method_words[] = {"INVITE", "ACK",  "BYE",   "CANCEL",    "OPTIONS", "REGISTER", "PRACK",
                                             "UPDATE", "INFO", "REFER", "SUBSCRIBE", "NOTIFY",  "PUBLISH",  "MESSAGE"};

// Left out because their headers do not pass: path, outbound, gruu, sec-agree, histinfo, pref, uui, geolocation-*,
// resource-priority, answermode, multiple-refer, recipient-list-*, eventlist, from-change, policy. ice, trickle-ice,
// sdp-anat: addresses do not pass.
constexpr std::string_view option_words[] = {
    "100rel",       // RFC 3262
    "199",          // RFC 6228
    "join",         // RFC 3911
    "norefersub",   // RFC 4488
    "nosub",        // RFC 7614
    "precondition", // RFC 3312
    "replaces",     // RFC 3891
    "tdialog",      // RFC 4538
    "timer",        // RFC 4028
};

// Left out although phones know them: check-sync, ua-profile, talk, hold, line-seize. With these a peer makes a phone
// reboot, fetch a configuration or answer by itself.
constexpr std::string_view package_words[] = {"call-completion", "conference",     "dialog", "message-summary",
                                              "presence",        "presence.winfo", "refer",  "reg"};

constexpr std::string_view privacy_words[] = {"header", "session", "user", "none", "critical", "id", "history"};
constexpr std::string_view early_media_words[] = {"supported", "sendrecv", "sendonly", "recvonly", "inactive", "gated"};
constexpr std::string_view priority_words[] = {"emergency", "urgent", "normal", "non-urgent"};
constexpr std::string_view boolean_words[] = {"true", "false"};

constexpr std::size_t most_words = 16;

/// Position among the words, words.size() if it is none of them.
std::size_t place_of(std::string_view text, Words words) {
  return static_cast<std::size_t>(
      std::find_if(words.begin(), words.end(), [text](std::string_view word) { return sip::iequals(word, text); }) -
      words.begin());
}

/// A list, its known words marked.
struct Found {
  std::bitset<most_words> known;
  bool others = false; ///< something else stood there too
};

Found find_words(std::string_view value, char separator, Words words) {
  Found found;
  while (!value.empty()) {
    const std::size_t end = std::min(value.find(separator), value.size());
    const std::string_view text = sip::trim(value.substr(0, end));
    const std::size_t place = place_of(text, words);
    if (place < words.size())
      found.known.set(place);
    else
      found.others = true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return found;
}

bool write_words(const Found& found, std::string_view separator, Words words, std::string& out) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!found.known.test(i)) continue;
    if (!out.empty()) out += separator;
    out += words[i];
  }
  return !out.empty();
}

// These lists have no quotes (they are tokens), so every separator separates.
bool word_list(std::string_view value, char separator, std::string_view written, Words words, std::string& out) {
  return write_words(find_words(value, separator, words), written, words, out);
}

bool one_word(std::string_view value, Words words, std::string& out) {
  const std::string_view text = sip::trim(value.substr(0, value.find(';')));
  const std::size_t place = place_of(text, words);
  if (place == words.size()) return false;
  out += words[place];
  return true;
}

static_assert(std::size(method_words) <= most_words && std::size(option_words) <= most_words);

} // namespace

bool methods(std::string_view value, const Context& /*context*/, std::string& out) {
  return word_list(value, ',', ", ", method_words, out);
}

bool option_tags(std::string_view value, const Context& /*context*/, std::string& out) {
  return word_list(value, ',', ", ", option_words, out);
}

bool required_option_tags(std::string_view value, const Context& /*context*/, std::string& out) {
  const Found found = find_words(value, ',', option_words);
  return !found.others && write_words(found, ", ", option_words, out);
}

bool event_packages(std::string_view value, const Context& /*context*/, std::string& out) {
  return word_list(value, ',', ", ", package_words, out);
}

bool event(std::string_view value, const Context& context, std::string& out) {
  const std::size_t end = std::min(value.find(';'), value.size());
  if (!one_word(value.substr(0, end), package_words, out)) return false;
  sip::ParamScanner params(value.substr(end));
  bool has_id = false;
  while (const auto param = params.next()) {
    if (!sip::iequals(param->name, "id")) continue;
    constexpr std::size_t longest = 256; // our own alias of a long one is longer than that one
    if (has_id || !sip::all(param->value, sip::token_char) || param->value.size() > longest) return false;
    has_id = true;
    // RFC 3515 section 2.4.6: for refer it is a CSeq number. Anything else is text of the phone's choice, which both
    // ends must find again: it is mapped as tags are.
    const bool number = sip::all(param->value, sip::digit_char);
    const std::string alias = number || !context.translate ? std::string{} : context.translate(param->value);
    if (!number && alias.empty()) return false;
    out.append(";id=").append(number ? param->value : alias);
  }
  return !params.fault();
}

bool privacy(std::string_view value, const Context& /*context*/, std::string& out) {
  return word_list(value, ';', ";", privacy_words, out);
}

bool early_media(std::string_view value, const Context& /*context*/, std::string& out) {
  return word_list(value, ',', ", ", early_media_words, out);
}

bool priority(std::string_view value, const Context& /*context*/, std::string& out) {
  return one_word(value, priority_words, out);
}

bool refer_sub(std::string_view value, const Context& /*context*/, std::string& out) {
  return one_word(value, boolean_words, out);
}

bool is_method(std::string_view name) {
  return std::find(std::begin(method_words), std::end(method_words), name) != std::end(method_words);
}

} // namespace sipveil::policy
