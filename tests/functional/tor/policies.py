"""What each `circuit` policy promises, by tor's own events and by what each connection of the service was told: under per-call
nothing is used for two calls, with standby links too; the others share what their name says, and no more."""
import re

import fake_servers
from call import AS_TEXT, Call, Dialog
from callrun.calls import digest
from configs import callee, head
from labnet.onion import OnionService
from onion_calls import tor_section, wait_tor
from place import A_INNER, B_TUNNEL, EXTRA
from sip.message import token
from tor_events import Streams, calls_of
from waiting import check, equal

_SECONDS = 31
_ROUTES = (("bob.example", "bob", "per-call"), ("identity.example", "bob", "per-identity"), ("peer.example", "bob", "per-peer"),
           ("peer.other.example", "other", "per-peer"), ("all.example", "bob", "shared"), ("all.other.example", "other", "shared"))


def scenario(place):
    lab = place.tor
    # One service with two ports stands for two peers, so that only credentials can keep its streams apart.
    relay = place.own(fake_servers.Relay((place.host, EXTRA), (place.host, B_TUNNEL)))
    target = f"{place.host}:{EXTRA}"
    service = place.own(OnionService(lab.socket_path("bob", "control"), {5060: target, 5061: target}))
    place.bridge("b", callee(place)).start()
    streams = place.own(Streams(lab, service.host))
    service.wait_published()
    a = place.bridge("a", config(place, lab, service.host)).start()
    wait_tor(a)
    a.wait_status(lambda status: status["standby"] and status["standby"][0]["ready"] >= 1, "a standby link")
    alice, bob = place.alice(), place.bob()
    carol = place.phone(EXTRA + 1, A_INNER, "carol")

    per_call(a, relay, streams, alice, bob)
    records = {}
    for name, phone, domain in (("alice", alice, "identity.example"), ("carol", carol, "identity.example"),
                                ("alice's to bob", alice, "peer.example"), ("carol's to bob", carol, "peer.example"),
                                ("alice's to the other", alice, "peer.other.example"),
                                ("alice's, with all", alice, "all.example"), ("carol's, with all", carol, "all.other.example")):
        records[name] = [called(a, phone, bob, domain) for _ in range(2)]
    credentials = {name: {record["credential"] for record in of} for name, of in records.items()}
    circuits = {name: set(streams.circuits_of(of)) for name, of in records.items()}
    for used in (credentials, circuits):
        equal({name: len(values) for name, values in used.items()}, dict.fromkeys(used, 1), f"shared by two calls each, of {used}")
        equal(used["alice's to bob"], used["carol's to bob"], "shared by all calls to a peer")
        equal(used["alice's, with all"], used["carol's, with all"], "shared by all calls to all peers")
        apart = [used[name] for name in ("alice", "carol", "alice's to bob", "alice's to the other", "alice's, with all")]
        equal(len(set.union(*apart)), len(apart), f"apart from each other, of {used}")
    fresh = {record["credential"] for record in calls_of(a)} - set.union(*credentials.values())
    check(len(fresh) == 3, "a call of its own shares its credential with others")


def config(place, lab, host):
    text = head(f"{place.host}:{A_INNER}") + tor_section(lab, "alice")
    for name, port in (("bob", 5060), ("other", 5061)):
        text += f'[[peer]]\nname = "{name}"\naddress = "tor:{host}:{port}"\n'
    for domain, peer, circuit in _ROUTES:
        text += f'[[route]]\ndomain = "{domain}"\npeers = ["{peer}"]\ncircuit = "{circuit}"\n'
    return text


def called(a, phone, bob, domain):
    """The record of a whole call."""
    Call(phone, bob, f"sip:bob@{domain}").establish(_SECONDS).hang_up()
    return calls_of(a)[-1]


def per_call(a, relay, streams, alice, bob):
    calls = [Call(alice, bob).establish(_SECONDS) for _ in range(3)]
    for call in calls:
        call.in_dialog("callee", "INFO")
        call.in_dialog("caller", "INFO")
    for _ in range(2):
        message = alice.send(alice.request("MESSAGE", "sip:bob@bob.example", [AS_TEXT], b"hello"))
        bob.send(bob.expect_new("MESSAGE", _SECONDS).response(200))
        equal(alice.answer(message).status, 200, "the answer to MESSAGE")
    registration(alice, bob)
    subscription(alice, bob)
    for call in calls:
        call.hang_up()

    told = [ids for ids in map(call_ids, relay.passages) if ids]
    equal([len(ids) for ids in told], [1] * len(told), "calls, messages, registrations and subscriptions on a connection")
    equal(len(set.union(*told)), len(told), "connections of each call, message, registration and subscription")
    equal(sorted(methods(relay)), sorted(["INVITE"] * 3 + ["MESSAGE"] * 2 + ["REGISTER", "SUBSCRIBE"]), "what began a connection")
    records = calls_of(a)
    equal(len(records), 3, "calls in status")
    check({record["wire"] for record in records} <= {digest(one) for ids in told for one in ids}, "the calls came by other ways")
    check("standby" in {record["source"] for record in records}, "no call had a standby link")
    equal(len(set(streams.circuits_of(records))), 3, "circuits of 3 calls")
    check(len(streams.all()) >= len(told), "fewer streams than connections")
    streams.check_nothing_shared()


def call_ids(passage):
    return {found.decode() for found in re.findall(rb"^Call-ID: (\S+)", passage.said, re.MULTILINE)}


def methods(relay):
    """The first request of each connection."""
    return [passage.said.lstrip().split()[0].decode() for passage in relay.passages if passage.said.strip()]


def registration(alice, bob):
    """REGISTER and its refresh, by the same Call-ID."""
    request = alice.request("REGISTER", "sip:bob.example", [("Contact", f"<{alice.address}>;expires=60")])
    for number in (1, 2):
        again = alice.send(request.set("CSeq", f"{number} REGISTER").set("Via", alice.via()))
        got = bob.expect("REGISTER", _SECONDS)
        bob.send(got.response(200, "OK", token(), [("Contact", got.get("Contact"))]))
        equal(alice.answer(again).status, 200, "the answer to REGISTER")


def subscription(alice, bob):
    """SUBSCRIBE, the NOTIFY that comes back, and the refresh within the dialog."""
    event = [("Event", "presence")]
    request = alice.send(alice.request("SUBSCRIBE", "sip:bob@bob.example", event))
    got = bob.expect_new("SUBSCRIBE", _SECONDS)
    accepted = bob.send(got.response(202, "Accepted", token(), [("Contact", f"<{bob.address}>")]))
    sender, receiver = Dialog.of_callee(bob, got, accepted), Dialog.of_caller(alice, alice.answer(request))
    notify = bob.send(sender.request("NOTIFY", [*event, ("Subscription-State", "active;expires=60")]))
    alice.send(receiver.expect(notify).response(200))
    equal(bob.answer(notify).status, 200, "the answer to NOTIFY")
    refresh = alice.send(receiver.request("SUBSCRIBE", event))
    bob.send(sender.expect(refresh).response(200))
    equal(alice.answer(refresh).status, 200, "the answer to the refresh")
