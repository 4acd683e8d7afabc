#include "bridge/keys/key_messages.h"

#include "base/random.h"
#include "bridge/sip/uri.h"

#include <fmt/format.h>

#include <algorithm>

namespace sipveil::keys {
namespace {

// RFC 3323 section 4.1.1.3: a name that leads nowhere.
constexpr std::string_view nobody = "anonymous.invalid";

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// The media type of a Content-Type or of a member of Accept, its parameters left out.
bool is_media_type(std::string_view value) {
  return equal_ignoring_case(trimmed(value.substr(0, value.find(';'))), media_type);
}

/// Quoted-strings may stand only in parameters; a comma in one cuts off a part that equals no media type.
bool accepts_keys(std::string_view accept) {
  while (!accept.empty()) {
    const std::size_t comma = accept.find(',');
    if (is_media_type(accept.substr(0, comma))) return true;
    accept = comma == std::string_view::npos ? std::string_view() : accept.substr(comma + 1);
  }
  return false;
}

Error fault_of_peer(Errc code, std::string what, std::string mend = {}) {
  return {code, Fault::peer, std::move(what), std::move(mend), false};
}

Error foreign_answer() {
  return fault_of_peer(Errc::malformed, "the peer sent something else than an answer to the key request");
}

/// Of a final answer that is not 200.
Error refusal_of(int status) {
  if (status == 404)
    return fault_of_peer(Errc::unknown_peer, "the peer has no keys of this name",
                         "See that the name is right; its operator makes them with: sipveil keys generate NAME");
  return fault_of_peer(Errc::refused, fmt::format("the peer answered {} {}", status, sip::reason_of(status)),
                       "Ask its operator for the key file, or name another peer with --from.");
}

} // namespace

RequestIds random_ids() {
  return {.branch = "z9hG4bK" + random_hex(12), .tag = random_hex(8), .call_id = random_hex(16)};
}

Result<std::string> make_key_request(std::string_view name, const RequestIds& ids) {
  const std::string uri = fmt::format("sip:{}", name);
  const auto parsed = sip::Uri::parse(uri);
  // Whatever is more than user and host would not come back as part of the name.
  if (!parsed || parsed->host.empty() || !parsed->port.empty() || !parsed->params.empty() || !parsed->headers.empty() ||
      !parsed->password.empty())
    return Error{Errc::invalid, Fault::configuration, "the name is neither a domain nor user@domain",
                 "Write it as a.example or alice@a.example.", false};
  return fmt::format("OPTIONS {0} SIP/2.0\r\n"
                     "Via: SIP/2.0/TCP {1};branch={2}\r\n"
                     "Max-Forwards: 70\r\n"
                     "From: <sip:{1}>;tag={3}\r\n"
                     "To: <sip:{1}>\r\n"
                     "Call-ID: {4}\r\n"
                     "CSeq: 1 OPTIONS\r\n"
                     "Accept: {5}\r\n"
                     "Content-Length: 0\r\n\r\n",
                     uri, nobody, ids.branch, ids.tag, ids.call_id, media_type);
}

Result<std::optional<std::vector<privasip::PublicKey>>> read_key_answer(std::string_view answer,
                                                                        const RequestIds& ids) {
  const auto parsed = sip::Message::parse(answer);
  const auto* message = std::get_if<sip::Message>(&parsed);
  if (message == nullptr || message->is_request() || message->method() != sip::Method::options ||
      message->cseq() != 1 || message->call_id() != ids.call_id || message->top_via().branch != ids.branch ||
      message->from_tag() != ids.tag)
    return foreign_answer();
  if (message->status() < 200) return std::optional<std::vector<privasip::PublicKey>>();
  if (message->status() != 200) return refusal_of(message->status());
  if (!is_media_type(message->header("Content-Type").value_or("")))
    return fault_of_peer(Errc::unsupported, "the peer answers, but does not hand out keys",
                         "Is it a plain SIP server? Name the peer that is a sipveil with --from.");
  if (message->body().size() > max_body_bytes)
    return fault_of_peer(Errc::too_large, fmt::format("the peer's keys are larger than {} bytes", max_body_bytes));
  auto keys = privasip::PublicKey::all_from_pem(message->body());
  if (!keys) return fault_of_peer(keys.error().code, "the peer's keys cannot be read: " + keys.error().what);
  if (keys->empty()) return fault_of_peer(Errc::malformed, "the peer's answer holds no key");
  return std::optional(std::move(*keys));
}

bool is_key_request(const sip::Message& message) {
  if (!message.is_request() || message.method() != sip::Method::options || !message.to_tag().empty()) return false;
  const auto accept = message.header("Accept");
  return accept && accepts_keys(*accept) && !requested_name(message).empty();
}

std::string requested_name(const sip::Message& request) {
  const auto uri = sip::Uri::parse(request.request_uri());
  if (!uri || (uri->scheme != "sip" && uri->scheme != "sips") || uri->host.empty()) return {};
  std::string name = uri->user.empty() ? uri->host : uri->user + '@' + uri->host;
  std::ranges::transform(name, name.begin(), lower);
  return name;
}

std::string make_key_answer(const sip::Message& request, const std::vector<privasip::PublicKey>& keys,
                            std::string_view to_tag) {
  const int status = keys.empty() ? 404 : 200;
  const std::string tag = to_tag.empty() ? random_hex(8) : std::string(to_tag);
  std::string answer = sip::make_response(request, status, sip::reason_of(status), tag);
  if (keys.empty()) return answer;
  std::string body;
  for (const privasip::PublicKey& key : keys)
    body += key.pem();
  auto parsed = sip::Message::parse(answer);
  auto* message = std::get_if<sip::Message>(&parsed);
  // What answers a request that parsed does parse.
  if (message == nullptr) return answer;
  message->set_content_type(media_type);
  message->set_body(body);
  return message->print();
}

} // namespace sipveil::keys
