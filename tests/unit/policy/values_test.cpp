#include "bridge/policy/bodies.h"
#include "bridge/policy/values.h"
#include "bridge/policy/words.h"
#include "tests/unit/policy/policy_sample.h"

namespace sipveil::policy {
namespace {

struct Case {
  Rule rule;
  const char* value;
  const char* made; ///< null: not fit
};

void check(std::initializer_list<Case> cases) {
  for (const Case& one : cases) {
    const auto made = made_by(one.rule, one.value);
    EXPECT_EQ(made.has_value(), one.made != nullptr) << one.value;
    if (made && one.made != nullptr) {
      EXPECT_EQ(*made, one.made);
    }
  }
}

TEST(Values, ListsTellWhatIsKnownInOurOrder) {
  check({
      {methods, "ACK,INVITE , BYE", "INVITE, ACK, BYE"},
      {methods, R"(invite, INVITE,INVITE,,FOO BAR,"ACK")", "INVITE"},
      {methods, "FOO", nullptr},
      {methods, "", nullptr},
      {option_tags, "timer, 100REL , x-phone, replaces", "100rel, replaces, timer"},
      {option_tags, "path, outbound, gruu, ice", nullptr},
      {required_option_tags, "timer,100rel", "100rel, timer"},
      {required_option_tags, "timer, x-phone", nullptr},
      {required_option_tags, "", nullptr},
      {event_packages, "talk, hold, presence, refer", "presence, refer"},
      {privacy, "id; user ;canary", "user;id"},
      {privacy, "none", "none"},
      {early_media, "supported", "supported"},
      {priority, "Urgent", "urgent"},
      {priority, "urgent, normal", nullptr},
      {refer_sub, "FALSE;x=y", "false"},
      {refer_sub, "no", nullptr},
      {accept, "text/plain;q=0.5, Application/SDP, application/pidf+xml", "text/plain, application/sdp"},
      {accept, "*/*", nullptr},
      {accept, "application/vnd.sipveil.keys", "application/vnd.sipveil.keys"},
  });
}

TEST(Values, NumbersAreNumbers) {
  check({
      {number, "3600", "3600"},
      {number, "0003600", "3600"},
      {number, "4294967295", "4294967295"},
      {number, "4294967296", nullptr},
      {number, "", nullptr},
      {number, "-1", nullptr},
      {number, "1 2", nullptr},
      {number, "Thu, 01 Dec 1994 16:00:00 GMT", nullptr},
      {leading_number, "18000;duration=3600 (in a meeting)", "18000"},
      {leading_number, "120 (later)", "120"},
      {leading_number, "120(later)", "120"},
      {leading_number, "(later)", nullptr},
      {leading_number, "soon", nullptr},
      {rack, "776656  1\tINVITE", "776656 1 INVITE"},
      {rack, "776656 1", nullptr},
      {rack, "776656 1 FOO", nullptr},
      {rack, "x 1 INVITE", nullptr},
      {rack, "1 2 INVITE x", nullptr},
      {session_expires, "1800 ; Refresher=UAS ; x=y", "1800;refresher=uas"},
      {session_expires, "1800", "1800"},
      {session_expires, "1800;refresher=me", nullptr},
      {session_expires, "1800;refresher=uac;refresher=uas", nullptr},
      {session_expires, "soon", nullptr},
      {session_expires, "1800;=", nullptr},
  });
}

TEST(Values, StatesAndReasonsAreRegisteredWords) {
  check({
      {subscription_state, "Active ; expires=60", "active;expires=60"},
      {subscription_state, "terminated;reason=noresource;retry-after=5;x=y",
       "terminated;retry-after=5;reason=noresource"},
      {subscription_state, "terminated;reason=holiday", "terminated"},
      {subscription_state, "terminated;expires=soon", nullptr},
      {subscription_state, "active;expires=1;expires=2", nullptr},
      {subscription_state, "waiting", nullptr},
      {reason, R"(SIP;cause=200;text="Call, completed; elsewhere")", "SIP;cause=200"},
      {reason, R"(Q.850 ; text="x";cause=16 , sip ; cause=600, X;cause=1)", "Q.850;cause=16, SIP;cause=600"},
      {reason, R"(SIP;text="x")", nullptr},
      {reason, "SIP;cause=1234", nullptr},
      {reason, R"(SIP;cause=200;text="x)", nullptr},
      {content_disposition, "Session ; handling=Optional;x=y", "session;handling=optional"},
      {content_disposition, "render", "render"},
      {content_disposition, "icon", nullptr},
      {content_disposition, "session;handling=x", "session"},
  });
}

TEST(Values, AnEventHasARegisteredPackageAndAnId) {
  check({
      {event, "Refer;id=93809824", "refer;id=93809824"},
      {event, "presence.winfo ; x=y", "presence.winfo"},
      {event, "dialog;id=pc33.atlanta.example", "dialog;id=alias20"},
      {event, "talk", nullptr},
      {event, "check-sync", nullptr},
      {event, R"(refer;id="a b")", nullptr},
      {event, "refer;id=1;id=2", nullptr},
      {event, "refer;id", nullptr},
      {event, "", nullptr},
  });
  const std::string longest(256, 'x');
  EXPECT_EQ(made_by(event, "refer;id=" + longest), "refer;id=alias256");
  EXPECT_EQ(made_by(event, "refer;id=" + longest + "x"), std::nullopt);
  EXPECT_EQ(made_by(event, "refer;id=x", Context{}), std::nullopt) << "nothing passes that cannot be mapped";
}

TEST(Values, ReferencesToDialogsAreMapped) {
  check({
      {dialog_reference, "98732@sip.example.com ;from-tag=r33th4x0r ;to-tag=ff87ff",
       "alias21;to-tag=alias6;from-tag=alias9"},
      {dialog_reference, "call;to-tag=0;from-tag=1;early-only;x=y", "alias4;to-tag=alias1;from-tag=alias1;early-only"},
      {dialog_reference, "call;local-tag=aa;remote-tag=b", "alias4;local-tag=alias2;remote-tag=alias1"},
      {dialog_reference, "a b;to-tag=0", nullptr},
      {dialog_reference, "a,b;to-tag=0", nullptr},
      {dialog_reference, ";to-tag=0", nullptr},
      {dialog_reference, R"(call;to-tag="0")", nullptr},
      {dialog_reference, "call;to-tag", nullptr},
      {dialog_reference, "call;to-tag=1;to-tag=2", nullptr},
  });
  EXPECT_EQ(made_by(dialog_reference, "call;to-tag=0", Context{}), std::nullopt);
  Context half = context_of();
  half.translate = [](std::string_view text) { return std::string(text == "call" ? "alias" : ""); };
  EXPECT_EQ(made_by(dialog_reference, "call", half), "alias");
  EXPECT_EQ(made_by(dialog_reference, "call;to-tag=0", half), std::nullopt);
  EXPECT_EQ(made_by(dialog_reference, "other", half), std::nullopt);
  EXPECT_EQ(made_by(event, "refer;id=x", half), std::nullopt);
}

TEST(Values, DigestChallengesKeepWhatTheAnswerIsMadeOf) {
  check({
      {digest_challenge,
       R"(digest  realm="a, \"b\"",NONCE="n==" , opaque="", algorithm=SHA-256, qop="auth,auth-int", )"
       "stale=false, "
       R"(domain="sip:x", charset=UTF-8, userhash=true, x="y")",
       R"(Digest realm="a, \"b\"", nonce="n==", opaque="", algorithm=SHA-256, qop="auth,auth-int", )"
       "stale=false, "
       "charset=UTF-8, userhash=true"},
      {digest_challenge, R"(Digest realm="a")", nullptr},
      {digest_challenge, R"(Digest nonce="a")", nullptr},
      {digest_challenge, R"(Basic realm="a")", nullptr},
      {digest_challenge, "Digest", nullptr},
      {digest_challenge, R"(Digest realm="a", nonce="b", nonce="c")", nullptr},
      {digest_challenge, R"(Digest realm="a", nonce="b" junk)", nullptr},
      {digest_challenge, R"(Digest realm="a", nonce="b", , qop=auth)", nullptr},
      {digest_challenge, R"(Digest realm="a", nonce="b)", nullptr},
      {digest_challenge, R"(Digest realm=, nonce="b")", nullptr},
      {authentication_info, R"(nextnonce="1",qop=auth, rspauth="2", cnonce="3", nc=00000001, x=y)",
       R"(nextnonce="1", qop=auth, rspauth="2", cnonce="3", nc=00000001)"},
      {authentication_info, "x=y", nullptr},
      {authentication_info, "", nullptr},
  });
}

} // namespace
} // namespace sipveil::policy
