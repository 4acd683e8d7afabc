#pragma once

#include "bridge/sip/uri.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sipveil::sip {

/// A datagram or framed message larger than this is refused with 513. Large enough for an INVITE with SDP, a
/// dozen Via and Record-Route entries and an image-free body; small enough that 1,000 of them fit into
/// memory.
inline constexpr std::size_t max_message_bytes = 64 * 1024;
/// Header fields in a message, list members counted one by one. Four times the most that the RFC 4475
/// messages and real phones behind long proxy chains show; sofia-sip itself has no limit.
inline constexpr std::size_t max_headers = 256;

enum class Method {
  invite,
  ack,
  bye,
  cancel,
  options,
  register_,
  message,
  subscribe,
  notify,
  refer,
  update,
  prack,
  info,
  publish,
  other, ///< an extension method; passes like OPTIONS
};

/// Why a message is not let in.
struct Refusal {
  int status = 400;   ///< 400, 416, 420, 483, 505, 513 ...
  std::string reason; ///< reason phrase of the answer and text of the log line; holds nothing of the
                      ///< message's identities
  /// The answer to send back, if the message is a request (never an ACK) whose Via, From, To, Call-ID and
  /// CSeq can be copied; empty if the message must be dropped in silence.
  std::string answer;
};

/// The first Via of a message, as views into it.
struct ViaView {
  std::string_view transport; ///< "UDP", "TCP", "TLS" ...
  std::string_view host;      ///< sent-by host, brackets kept
  std::string_view port;      ///< empty if absent
  std::string_view branch;    ///< empty if absent
  std::string_view received;  ///< empty if absent
  bool has_rport = false;     ///< RFC 3581: the parameter is there, with or without a value
  std::string_view rport;     ///< its value, empty if none
};

/// One header field of a message, as views into it.
struct HeaderView {
  std::string_view name;  ///< the full name where a compact form was used, else as written; any case
  std::string_view value; ///< without the blanks around it, still folded if it came so
};

/// One SIP message that parsed completely. Views returned by the accessors live until the next change of the
/// message or its end. Whatever is not changed is printed byte for byte as it came: compact names, folding,
/// order, unknown headers. Move-only; not to be used from two threads at once.
class Message {
 public:
  /// `bytes` is exactly one message: a datagram (excess bytes after Content-Length are cut off, RFC 3261
  /// section 18.3) or what the Framer gave. Leading CRLFs are skipped (section 7.5).
  [[nodiscard]] static std::variant<Message, Refusal> parse(std::string_view bytes);

  Message(Message&&) noexcept;
  Message& operator=(Message&&) noexcept;
  ~Message();
  [[nodiscard]] Message clone() const;

  [[nodiscard]] bool is_request() const;
  [[nodiscard]] Method method() const; ///< of the request, or of a response's CSeq
  [[nodiscard]] std::string_view method_name() const;
  [[nodiscard]] int status() const; ///< 0 for a request
  [[nodiscard]] std::string_view reason_phrase() const;

  [[nodiscard]] std::string_view request_uri() const;
  [[nodiscard]] std::string_view call_id() const;
  [[nodiscard]] std::uint32_t cseq() const;
  [[nodiscard]] std::string_view from_uri() const;
  [[nodiscard]] std::string_view to_uri() const;
  [[nodiscard]] std::string_view from_tag() const; ///< empty if absent
  [[nodiscard]] std::string_view to_tag() const;   ///< empty if absent
  [[nodiscard]] std::string_view body() const;

  [[nodiscard]] ViaView top_via() const;
  [[nodiscard]] std::size_t via_count() const; ///< members, however many lines they stand in
  /// The values of all Vias, one each, in order. For loop detection.
  [[nodiscard]] std::vector<std::string> vias() const;
  /// "SIP/2.0/TCP host;branch=...", one member, becomes the first. (Here and below, line breaks in what is
  /// handed in become spaces: no value can start a header line of its own.)
  void push_via(std::string_view value);
  void pop_via();
  /// Adds received= and fills rport= of the top Via (RFC 3261 section 18.2.1, RFC 3581 section 4). Text of
  /// the address without brackets.
  void mark_received(std::string_view address, std::uint16_t port);

  [[nodiscard]] std::optional<unsigned> max_forwards() const;
  void set_max_forwards(unsigned hops);

  /// `uri` without blanks. A response stays as it is.
  void set_request_uri(std::string_view uri);
  /// Name-addrs of Route / Record-Route, one a member, in order.
  [[nodiscard]] std::vector<std::string> routes() const;
  void pop_route();
  void push_route(std::string_view name_addr);
  [[nodiscard]] std::vector<std::string> record_routes() const;
  void push_record_route(std::string_view name_addr); ///< becomes the first
  void replace_record_route(std::size_t index, std::string_view name_addr);
  /// Members of Contact, one each, in order; "*" is one.
  [[nodiscard]] std::vector<std::string> contacts() const;
  void set_contacts(const std::vector<std::string>& values); ///< these become the only ones
  /// URI of the first Contact, empty if none or "*".
  [[nodiscard]] std::string_view contact_uri() const;
  [[nodiscard]] std::optional<std::uint32_t> expires() const; ///< the Expires header

  /// Value of the first header of this name (full name, any case; compact forms are found too).
  [[nodiscard]] std::optional<std::string> header(std::string_view name) const;
  void add_header(std::string_view name, std::string_view value); ///< at the end of the headers
  void remove_header(std::string_view name);                      ///< all of this name

  /// The header fields one by one, in order, whatever their names.
  [[nodiscard]] std::size_t header_count() const;
  [[nodiscard]] HeaderView header_at(std::size_t index) const;
  /// Replaces the whole value; the name stays as written, with one blank behind its colon.
  void set_header_at(std::size_t index, std::string_view value);
  /// Takes away every field for which `keep` says no. Via, From, To, Call-ID and CSeq are not asked about: a message
  /// without them is none.
  void keep_headers(const std::function<bool(const HeaderView&)>& keep);

  /// Whole values of From and To, tag and all, and of Call-ID.
  [[nodiscard]] std::string_view from() const;
  [[nodiscard]] std::string_view to() const;
  void set_from(std::string_view value);
  void set_to(std::string_view value);
  void set_call_id(std::string_view value);
  void set_reason_phrase(std::string_view phrase); ///< a request stays as it is
  /// Replaces the body and says so in Content-Length; an empty one takes Content-Type with it.
  void set_body(std::string_view body);
  void set_content_type(std::string_view type); ///< added if there is none

  /// The start line of a request and its Via, From, To, Call-ID, CSeq and Timestamp fields, as they stand now: what an
  /// answer to it must have (section 8.2.6.2). A complete message without a body.
  [[nodiscard]] std::string answer_head() const;
  /// For a response: Via, From, To and Call-ID become those of `head`, from `answer_head`. A To without tag gets
  /// `to_tag`, unless that is empty.
  void adopt_answer_head(std::string_view head, std::string_view to_tag);
  /// Leaves no Via. Before push_via.
  void drop_vias();
  /// The name-addrs become the only Routes, or Record-Routes, in this order.
  void set_routes(const std::vector<std::string>& name_addrs);
  void set_record_routes(const std::vector<std::string>& name_addrs);

  /// The message as it goes out; Content-Length is added where it is missing, since a stream needs it
  /// (section 18.3).
  [[nodiscard]] std::string print() const;

 private:
  struct Parts;
  friend std::string make_response(const Message&, int, std::string_view, std::string_view, std::string_view);
  friend std::string make_cancel(const Message&);
  friend std::string make_ack(const Message&, const Message&);
  explicit Message(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

/// A refusing answer to a request that could not be parsed as a whole, from its head alone: the start line,
/// and header fields up to where they end. Empty if it is a response or an ACK, or if Via, From, To, Call-ID
/// and CSeq cannot all be copied safely. The Framer's last answer is made with it.
[[nodiscard]] std::string make_refusal(std::string_view head, int status, std::string_view reason,
                                       std::string_view extra_headers = {});
/// A response to `request` by RFC 3261 section 8.2.6: Via list, From, To, Call-ID and CSeq copied byte for
/// byte, Timestamp copied into a 100. `to_tag` is added to the To of any other than 100 if it has none.
/// `extra_headers` are whole lines, each ending in CRLF.
[[nodiscard]] std::string make_response(const Message& request, int status, std::string_view reason,
                                        std::string_view to_tag, std::string_view extra_headers = {});
/// CANCEL for the INVITE as we sent it (section 9.1): its Request-URI, top Via, From, To, Call-ID, Route,
/// CSeq number.
[[nodiscard]] std::string make_cancel(const Message& sent_invite);
/// ACK for a non-2xx final response (section 17.1.1.3): like CANCEL, but To from the response.
[[nodiscard]] std::string make_ack(const Message& sent_invite, const Message& response);
/// The usual reason phrase of a status code, RFC 3261 section 21.
[[nodiscard]] std::string_view reason_of(int status);

} // namespace sipveil::sip
