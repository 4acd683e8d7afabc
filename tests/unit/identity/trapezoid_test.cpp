// A call through four bridges and two proxies: PA, A, Kamailio A, A again, B, Kamailio B, B again, PB, and back. Who
// reads which name on the way is what the papers promise.
#include "bridge/identity/digest.h"
#include "tests/unit/identity/places.h"

#include <gmock/gmock.h>

#include <set>

namespace sipveil::identity::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Variant {
  const char* name;
  Version version = Version::privasip_2;
  Algorithm algorithm = Algorithm::ecies_x25519;
  KnownTo known_to = KnownTo::home;
  bool hide_domain = false;
  bool pseudonyms = false;
};

const Variant variants[] = {
    {.name = "x25519"},
    {.name = "p256", .algorithm = Algorithm::ecies_p256},
    {.name = "rsa", .algorithm = Algorithm::rsa},
    {.name = "one_x25519", .version = Version::privasip_1},
    {.name = "one_aes", .version = Version::privasip_1, .algorithm = Algorithm::aes},
    {.name = "hidden", .hide_domain = true},
    {.name = "pseudonym", .pseudonyms = true},
    {.name = "pseudonym_hidden", .hide_domain = true, .pseudonyms = true},
    {.name = "one_pseudonym", .version = Version::privasip_1, .pseudonyms = true},
    {.name = "nobody", .known_to = KnownTo::nobody},
    {.name = "callee", .known_to = KnownTo::callee},
    {.name = "callee_home", .known_to = KnownTo::callee_home},
    {.name = "callee_home_hidden", .known_to = KnownTo::callee_home, .hide_domain = true},
};

const std::string phone_writes = "sip:alice.w@A.example;x-line=1";

class Trapezoid : public ::testing::TestWithParam<Variant> {
 protected:
  Trapezoid() {
    const Variant& v = GetParam();
    Config a = phone_a(of_pa, v.version, v.algorithm);
    a.identity->caller_known_to = v.known_to;
    a.identity->hide_domain = v.hide_domain;
    Config proxy_a = sidecar(of_a, "a.example", v.algorithm);
    Config proxy_b = sidecar(of_b, "b.example", v.algorithm);
    proxy_a.identity->pseudonyms = proxy_b.identity->pseudonyms = v.pseudonyms;
    Config b = phone_b(of_pb, v.version, v.algorithm);
    if (v.known_to == KnownTo::callee) {
      of_pa.pin("bob.b@b.example", kind_for(v.algorithm));
      of_pb.own("bob.b@b.example", kind_for(v.algorithm));
    }
    if (v.algorithm != Algorithm::aes) {
      of_a.pin("b.example", kind_for(v.algorithm));
      of_b.pin("a.example", kind_for(v.algorithm));
    }
    pa = std::make_unique<Place>(std::move(a), 'p');
    sa = std::make_unique<Place>(std::move(proxy_a), 'A');
    sb = std::make_unique<Place>(std::move(proxy_b), 'B');
    pb = std::make_unique<Place>(std::move(b), 'q');
    // The home proxy has no part in a call that it must not know of: that goes by the routes.
    by_home = v.known_to == KnownTo::home;
  }

  void restart() {
    for (Place* place : {pa.get(), sa.get(), sb.get(), pb.get()})
      place->restart();
  }

  /// Keeps what a place wrote, and sees to it that it was not refused.
  sip::Message note(std::string& seen, Result result) {
    EXPECT_FALSE(result.refusal) << result.refusal->status << " " << result.refusal->why;
    seen = result.message.print();
    return std::move(result.message);
  }

  /// A request of phone A, up to phone B.
  sip::Message forward(const Draft& draft) {
    const bool begins = draft.message().to_tag().empty();
    const auto sealing = [begins](const Result& first) {
      return begins ? std::optional<Sealing>() : first.caller.sealing;
    };
    Result sent = pa->out(draft.message(), {.sealing = sealing(a_sent)});
    if (begins) a_sent = {sent.refusal, sent.message.clone(), sent.originals, sent.caller};
    sip::Message message = note(lan_a, std::move(sent));
    sa_came = lan_a;
    if (by_home) {
      message = note(kamailio_a, sa->in(std::move(message)));
      Result passed = sa->out(std::move(message), {.sealing = sealing(sa_sent)});
      if (begins) sa_sent = {passed.refusal, passed.message.clone(), passed.originals, passed.caller};
      message = note(tor, std::move(passed));
    }
    message = note(kamailio_b, sb->in(std::move(message)));
    sb_came = by_home ? tor : lan_a;
    if (begins) message.set_request_uri("sip:contact@anonymous.invalid"); // Bob's registration
    Result passed = sb->out(std::move(message), {.sealing = sealing(sb_sent)});
    if (begins) sb_sent = {passed.refusal, passed.message.clone(), passed.originals, passed.caller};
    message = note(lan_b, std::move(passed));
    pb_came = lan_b;
    return note(phone_b_sees, pb->in(std::move(message)));
  }

  /// A request of phone B in the dialog that A began, down to phone A.
  sip::Message back(const Draft& draft) {
    const auto theirs = [](Place& place, const std::string& first) {
      return Leg{.opened_inside = false,
                 .sealing = place.step().own_sealing(),
                 .sealed_parties = sealed_parties(parsed(first))};
    };
    sip::Message message = note(lan_b, pb->out(draft.message(), theirs(*pb, pb_came)));
    message = note(kamailio_b, sb->in(std::move(message), {.opened_inside = true, .restore = sb_sent.originals}));
    message = note(tor, sb->out(std::move(message), theirs(*sb, sb_came)));
    if (by_home) {
      message = note(kamailio_a, sa->in(std::move(message), {.opened_inside = true, .restore = sa_sent.originals}));
      message = note(lan_a, sa->out(std::move(message), theirs(*sa, sa_came)));
    }
    return note(phone_a_sees, pa->in(std::move(message), {.opened_inside = true, .restore = a_sent.originals}));
  }

  /// Who read what, after either way.
  void expect_promises_kept() {
    const Variant& v = GetParam();
    const bool callee_sealed = v.version == Version::privasip_2;
    const auto reads = [](const std::string& seen, const std::string& name) {
      return seen.find(name) != std::string::npos;
    };
    for (const std::string* wire : {&lan_a, &tor, &lan_b}) {
      EXPECT_FALSE(reads(*wire, "alice.w")) << *wire;
      // A plain callee that B's proxy shows as a pseudonym is one again on the way out.
      if (callee_sealed) {
        EXPECT_FALSE(reads(*wire, "bob.b")) << *wire;
      }
      EXPECT_FALSE(reads(*wire, ";sv")) << *wire;
    }
    EXPECT_EQ(reads(kamailio_a, "alice.w"), by_home && !v.pseudonyms);
    EXPECT_EQ(reads(kamailio_a, "bob.b"), !callee_sealed);
    EXPECT_EQ(reads(kamailio_b, "alice.w"), v.known_to == KnownTo::callee_home && !v.pseudonyms);
    EXPECT_EQ(reads(kamailio_b, "bob.b"), !v.pseudonyms);
    EXPECT_EQ(reads(phone_b_sees, "alice.w"), v.known_to == KnownTo::callee);
    if (v.hide_domain && v.known_to == KnownTo::home) {
      EXPECT_FALSE(reads(kamailio_b, "a.example"));
    }
    if (v.known_to == KnownTo::nobody) {
      EXPECT_THAT(kamailio_b, HasSubstr("<sip:anonymous@anonymous.invalid>"));
    }
  }

  /// Nothing that only one call has may stand in the logs of both proxies.
  void expect_nothing_in_common() {
    const auto words = [](const std::string& seen) {
      std::set<std::string> found;
      const auto message = parsed(seen);
      for (const std::string_view uri : {message.request_uri(), message.from_uri(), message.to_uri()}) {
        std::size_t begin = 0;
        for (std::size_t at = 0; at <= uri.size(); ++at) {
          if (at < uri.size() && std::isalnum(static_cast<unsigned char>(uri[at])) != 0) continue;
          if (at - begin >= 12) found.emplace(uri.substr(begin, at - begin));
          begin = at + 1;
        }
      }
      return found;
    };
    if (!by_home) return;
    const auto at_b = words(kamailio_b);
    for (const std::string& word : words(kamailio_a))
      EXPECT_FALSE(at_b.contains(word)) << word;
  }

  Folder of_pa, of_a, of_b, of_pb;
  std::unique_ptr<Place> pa, sa, sb, pb;
  bool by_home = true;
  Result a_sent{{}, Draft{}.message(), {}, {}};
  Result sa_sent{{}, Draft{}.message(), {}, {}};
  Result sb_sent{{}, Draft{}.message(), {}, {}};
  std::string lan_a, kamailio_a, tor, kamailio_b, lan_b, phone_a_sees, phone_b_sees;
  std::string sa_came, sb_came, pb_came; ///< the last request of the dialog, as it came
};

Draft invite() {
  const Signature signature{};
  return {.from = "\"Alice\" <" + phone_writes + ">;tag=f1",
          .to = "\"Bob\" <" + bob_uri + ">",
          .lines = "P-Preferred-Identity: <" + alice_uri + ">\r\nProxy-Authorization: " + signature.value() + "\r\n"};
}

TEST_P(Trapezoid, ShowsEachWhatThePaperSays) {
  const auto at_b = forward(invite());
  expect_promises_kept();
  expect_nothing_in_common();
  // Bob's phone reads its own name, and calls the caller by what it was shown.
  EXPECT_EQ(user_of(at_b.to_uri()), "bob.b");

  const auto at_a = back({.method = "BYE",
                          .uri = "sip:contact@anonymous.invalid",
                          .from = std::string(at_b.to()) + ";tag=t1",
                          .to = std::string(at_b.from())});
  expect_promises_kept();
  expect_nothing_in_common();
  EXPECT_EQ(at_a.from(), "<" + bob_uri + ">;tag=t1");
  EXPECT_EQ(at_a.to(), "<" + phone_writes + ">;tag=f1");
}

TEST_P(Trapezoid, ADialogLooksTheSameToItsEnd) {
  const auto first = forward(invite());
  if (GetParam().algorithm != Algorithm::rsa) restart();
  for (const std::string method : {"ACK", "INVITE", "UPDATE", "BYE"}) {
    Draft inside = invite();
    inside.method = method;
    inside.uri = "sip:contact@anonymous.invalid";
    inside.to += ";tag=t1";
    inside.lines.clear();
    const auto next = forward(inside);
    EXPECT_EQ(next.from(), first.from()) << method;
    EXPECT_EQ(next.to(), std::string(first.to()) + ";tag=t1") << method;
    expect_promises_kept();
  }
  if (GetParam().algorithm != Algorithm::rsa) restart();
  const auto back_at_a = back({.method = "UPDATE",
                               .uri = "sip:contact@anonymous.invalid",
                               .from = std::string(first.to()) + ";tag=t1",
                               .to = std::string(first.from())});
  EXPECT_EQ(back_at_a.to(), "<" + phone_writes + ">;tag=f1");
}

TEST_P(Trapezoid, TheHomeVerifiesThePassword) {
  if (!by_home) return;
  static_cast<void>(forward(invite()));
  const auto seen = parsed(kamailio_a);
  const auto credentials = Credentials::parse(seen.header("Proxy-Authorization").value_or(""));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->get("username"), user_of(seen.from_uri()));
  EXPECT_EQ(credentials->get("uri"), seen.request_uri());
  EXPECT_EQ(credentials->get("response"), Signature{.uri = std::string(seen.request_uri())}.response());
  for (const std::string* beyond : {&tor, &kamailio_b, &lan_b})
    EXPECT_THAT(*beyond, Not(HasSubstr("Authorization")));
}

INSTANTIATE_TEST_SUITE_P(Identity, Trapezoid, ::testing::ValuesIn(variants),
                         [](const auto& param) { return param.param.name; });

} // namespace
} // namespace sipveil::identity::test
