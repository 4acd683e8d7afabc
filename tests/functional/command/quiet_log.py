"""No name, address or Call-ID gets into the log, whatever happens, at its most talkative."""
from call import AS_TEXT, Call
from configs import callee, caller
from place import A_INNER, free_address
from sip.message import token
from waiting import check

SLOW = True
WORDS = ("canaryalice", "canarybob", "canarydomain", "canarypeer", "canarycall", "canarybody", "canarytag")


def scenario(place):
    phone_host = free_address()
    secrets = (*WORDS, phone_host, place.alice_host)
    config = caller(place).replace('"bob.example"', '"canarydomain.example"').replace('"bob"', '"canarypeer"')
    a = place.bridge("a", chatty(config))
    b = place.bridge("b", chatty(callee(place)))
    a.start()
    b.start()
    alice, bob = place.alice(), place.bob()
    alice.identity, bob.user = "sip:canaryalice@canarydomain.example", "canarybob"
    foreigner = place.phone(0, A_INNER, "canaryalice", host=phone_host)
    foreigner.bridge = alice.bridge
    everything_that_can_happen(alice, bob, foreigner, b)
    for bridge in (a, b):
        log = bridge.log()
        check(len(log.splitlines()) >= 3, "the log says nothing at all")
        found = [secret for secret in secrets if secret in log]
        check(not found, f"the log of {bridge.name} holds {found}")


def chatty(config):
    return config.replace('level = "debug"', 'level = "trace"')


def named(call):
    call.invite.set("Call-ID", "canarycall" + token())
    call.invite.set("From", f"<{call.caller.identity}>;tag=canarytag")
    return call


def everything_that_can_happen(alice, bob, foreigner, b):
    uri = "sip:canarybob@canarydomain.example"
    call = named(Call(alice, bob, uri)).establish()
    call.in_dialog("callee", "INFO", [AS_TEXT], b"canarybody")
    named(Call(alice, bob, uri)).send().refuse(486, "canarybob is busy")
    elsewhere = named(Call(foreigner, bob, "sip:canarybob@elsewhere.canarydomain.example"))
    foreigner.send(elsewhere.invite)
    foreigner.answer(elsewhere.invite)
    broken = named(Call(foreigner, bob, uri)).invite
    foreigner.send_bytes(broken.bytes().replace(b"\r\n", b"\r\nCall-ID: canarycall\r\n", 1))
    foreigner.expect(400)
    foreigner.send_bytes(b"INVITE sip:canarybob SIP/2.0\r\nFrom: canaryalice\r\n\r\n")
    call.hang_up("callee")
    running = named(Call(alice, bob, uri)).establish()
    ringing = named(Call(alice, bob, uri)).send().ring()
    b.kill()
    bye = alice.send(running.caller_end.request("BYE"))
    for request in (ringing.invite, bye):
        alice.answer(request, seconds=32)
    b.start()
