#pragma once

#include "bridge/hop/hop.h"
#include "tests/unit/bridge/marks.h"
#include "tests/unit/bridge/sample_config.h"
#include "tests/unit/bridge/sip_builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sipveil::hop::test {

/// Writes down what a hop asks of the world; gives it the time that the test says.
class Notebook final : public Effects {
 public:
  struct Sent {
    Flow to;
    TimePoint at;
    std::string bytes;
  };
  struct Dial {
    LinkId link = 0;
    std::string peer;
    std::optional<Isolation> isolation;
  };

  void send_inner(const Flow& to, std::string_view bytes) override {
    expect_unmarked(bytes, of_peers, of_phone);
    inner.push_back({to, time, std::string(bytes)});
  }
  LinkId new_link_id() override { return next_link++; }
  void open_link(LinkId link, const PeerConfig& peer, std::optional<Isolation> isolation, std::string first) override {
    (sorts && first.empty() ? ahead : dials).push_back({link, peer.name, std::move(isolation)});
    if (!first.empty()) write_link(link, std::move(first));
  }
  void ping_link(LinkId link) override { pinged.push_back(link); }
  void write_link(LinkId link, std::string bytes) override {
    expect_unmarked(bytes, of_phone, of_peers);
    links[link].push_back({Flow::over_link(link), time, std::move(bytes)});
  }
  void close_link(LinkId link) override { closed.push_back(link); }
  void expect_answer(LinkId link) override { ++awaited[link]; }
  std::string_view inner_name(const Flow& flow) override {
    return flow.listener == 0 ? "127.0.0.1:5060" : "[::1]:5060";
  }
  TimePoint now() override { return time; }
  std::int64_t unix_time() override { return std::int64_t{day} * 86'400; }
  std::string_view reachable_at() override { return onion; }

  Marks of_phone{"127.0.0.1", "::1"}; ///< of the phone side: never to be seen on a link
  Marks of_peers;                     ///< and of the wire: never to be seen on the phone side
  TimePoint time{1h};
  unsigned day = 20'000;
  std::string onion; ///< ONION:PORT of this end
  LinkId next_link = 100;
  std::deque<Sent> inner;
  std::map<LinkId, std::deque<Sent>> links;
  std::deque<Dial> dials;
  bool sorts = false;     ///< those with nothing to say go to `ahead`
  std::deque<Dial> ahead; ///< opened ahead of calls
  std::vector<LinkId> closed;
  std::vector<LinkId> pinged;
  std::map<LinkId, unsigned> awaited; ///< how often an answer was said to be due
};

/// A message that the hop sent, taken apart; it always parses, for the hop must not send anything else.
struct Heard {
  Flow to;
  TimePoint at;
  std::string text;
  sip::Message message;

  [[nodiscard]] int status() const { return message.status(); }
  [[nodiscard]] std::string method() const { return std::string(message.method_name()); }
  [[nodiscard]] std::string header(std::string_view name) const { return message.header(name).value_or("(none)"); }
};

inline Flow udp_phone(std::uint16_t port = 5062, std::string_view host = "127.0.0.1") {
  const auto address = *InnerAddress::parse(host, port);
  return {Carrier::udp, static_cast<std::uint8_t>(address.v6 ? 1 : 0), address, 0};
}
inline Flow tcp_phone(ConnectionId connection, std::uint16_t port = 40'000) {
  return {Carrier::tcp, 0, *InnerAddress::parse("127.0.0.1", port), connection};
}
inline SecretBytes key_of(unsigned char byte) {
  const std::vector<unsigned char> bytes(32, byte);
  return SecretBytes(std::span<const unsigned char>(bytes));
}

/// The key of a Script that names none.
inline constexpr unsigned char usual_key = 7;
/// Under which name a Script knows an identifier of its phone side on the wire, and one of the wire on its phone side.
inline std::string wire(std::string_view id, unsigned char key = usual_key) {
  const LocalSeal seal(key_of(key));
  return Aliases(seal).to_wire(id);
}
inline std::string inner(std::string_view id, unsigned char key = usual_key) {
  const LocalSeal seal(key_of(key));
  return Aliases(seal).to_inner(id);
}
/// To of the phone's requests in a dialog, where the far end gave this tag.
inline std::string to_bob(std::string_view tag = "b") {
  return "<sip:bob@bob.example>;tag=" + inner(tag);
}

inline Error failure(Errc code, Fault where) {
  return {code, where, "told by the test", "", true};
}

/// One hop between a test that plays the phone and the peers. What happens to the hop stands in verbs (phone, peer,
/// wait), what it did is asked by to_phone, to_link, dialled, in order, each once. Whatever the hop sends is searched
/// for marks of the side that it does not go to.
class Script {
 public:
  explicit Script(Config config = sample_config(), unsigned char key = usual_key,
                  std::size_t capacity = ExchangeTable::default_capacity)
      : config_(std::move(config)), hop(config_, key_of(key), book, identity::KeyBook(key_of(key)), capacity) {}
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  void phone(const std::string& message, const Flow& from = udp_phone()) {
    book.of_phone.note(message);
    hop.on_message(from, message, book.time);
  }
  void peer(LinkId link, const std::string& message) {
    book.of_peers.note(message);
    hop.on_message(Flow::over_link(link), message, book.time);
  }
  /// A peer dials us.
  LinkId accept() {
    hop.on_inbound_link(book.next_link, book.time);
    return book.next_link++;
  }
  void up(LinkId link) { hop.on_link_up(link, book.time); }
  void down(LinkId link, const Error& error = failure(Errc::closed, Fault::peer)) {
    hop.on_link_down(link, error, book.time);
  }
  void suspect(LinkId link) { hop.on_link_suspect(link, book.time); }
  /// A ping that was sent `round_trip` ago is answered.
  void pong(LinkId link, Duration round_trip) { hop.on_link_pong(link, book.time - round_trip, book.time); }
  /// Every dial fails within moments for so long. Returns whom the hop had dialled.
  std::vector<Notebook::Dial> fail_dials(Duration duration, const Error& error) {
    std::vector<Notebook::Dial> failed;
    for (const TimePoint end = book.time + duration;;) {
      for (; !book.dials.empty(); down(failed.back().link, error)) {
        failed.push_back(dialled());
        book.links.erase(failed.back().link);
      }
      if (book.time >= end) return failed;
      wait(std::min<Duration>(50ms, end - book.time));
    }
  }
  /// Lets time pass; every timer goes off when it is due.
  void wait(Duration duration) {
    const TimePoint end = book.time + duration;
    while (hop.next_deadline() <= end) {
      book.time = std::max(book.time, hop.next_deadline());
      hop.on_time(book.time);
      if (++turns_ > 100'000) {
        ADD_FAILURE() << "a timer does not come to rest";
        return;
      }
    }
    book.time = end;
  }

  [[nodiscard]] Heard to_phone() { return take(book.inner, "the phone"); }
  [[nodiscard]] Heard to_link(LinkId link) { return take(book.links[link], "the link"); }
  [[nodiscard]] Notebook::Dial dialled() {
    if (book.dials.empty()) {
      ADD_FAILURE() << "nothing was dialled";
      return {};
    }
    auto dial = book.dials.front();
    book.dials.pop_front();
    return dial;
  }
  [[nodiscard]] bool phone_hears_nothing() const { return book.inner.empty(); }
  [[nodiscard]] bool link_hears_nothing(LinkId link) { return book.links[link].empty(); }
  [[nodiscard]] bool closed(LinkId link) const {
    return std::find(book.closed.begin(), book.closed.end(), link) != book.closed.end();
  }
  /// Nothing that the test has not looked at.
  [[nodiscard]] bool silent() const {
    for (const auto& [link, sent] : book.links)
      if (!sent.empty()) return false;
    return book.inner.empty() && book.dials.empty();
  }
  /// Whatever was sent so far is of no interest.
  void forget() {
    book.inner.clear();
    book.links.clear();
    book.dials.clear();
  }
  [[nodiscard]] bool nothing_left() const { return hop.exchanges() == 0 && hop.calls() == 0; }

  /// The phone's INVITE as far as an open link; what was sent on the way is forgotten. Returns the link.
  LinkId invite_over_link(const Request& request = {}, const Flow& from = udp_phone()) {
    phone(request.text(), from);
    const LinkId link = dialled().link;
    up(link);
    invite = to_link(link).message;
    forget();
    return link;
  }

 private:
  Heard take(std::deque<Notebook::Sent>& from, const char* who) {
    if (from.empty()) {
      ADD_FAILURE() << who << " heard nothing";
      return {{}, {}, {}, nothing()};
    }
    Notebook::Sent sent = std::move(from.front());
    from.pop_front();
    return {sent.to, sent.at, sent.bytes, parsed(sent.bytes)};
  }

  Config config_;
  unsigned turns_ = 0;

 public:
  Notebook book;
  Hop hop;
  sip::Message invite = parsed(Request{}.text()); ///< as it left over the link, after invite_over_link
};

} // namespace sipveil::hop::test
