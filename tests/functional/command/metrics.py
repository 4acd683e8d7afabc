"""`[metrics]` serves what docs/metrics.md says, on loopback, and each figure grows by what happened; nobody is named; a port that is
taken is told; a client that says nothing does not hold up the end."""
import re
import socket
import urllib.error
import urllib.request

from call import Call
from configs import callee, caller
from place import EXTRA
from waiting import check, equal, until

_CALL = 'direction="{}",source="{}",outcome="{}"'


def scrape(address, path="/metrics"):
    with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
        return answer.read().decode()


def figures(text):
    """{sample with its labels: value} of what is the bridge's."""
    return {name: float(value) for name, value in re.findall(r"^(sipveil_\S+) (\S+)$", text, re.MULTILINE)}


def scenario(place):
    address = f"{place.host}:{EXTRA}"
    metrics = f'[metrics]\nlisten = "{address}"\n'
    a = place.bridge("a", caller(place, more=metrics))
    with socket.create_server((place.host, EXTRA)):
        line = a.refused_to_start()
    check(address in line and "[metrics] listen" in line, f"does not name port and key: {line}")
    a.expected_codes = {0}
    a.start()
    place.bridge("b", callee(place)).start()
    alice, bob = place.alice(), place.bob()

    before = figures(scrape(address))
    answered = f"sipveil_calls_total{{{_CALL.format('outbound', 'built', 'answered')}}}"
    equal((before[answered], before["sipveil_calls_open"]), (0, 0), "calls before the first")
    equal({name for name in before if "standby_" in name}, set(), "pools of a peer that is dialled directly")
    Call(alice, bob).establish().hang_up()
    call = Call(alice, bob).establish()
    refused = Call(alice, bob).send().ring()
    refused.refuse(603, "Decline")
    refused.acknowledge_refusal(alice.answer(refused.invite))

    text = until(lambda: (lambda now: now if figures(now)["sipveil_calls_open"] == 1 else None)(scrape(address)), 10,
                 "one open call")
    now = figures(text)
    grown = {name: value - before.get(name, 0) for name, value in now.items()}
    equal(grown[answered], 2, "answered calls")
    equal(grown[f"sipveil_calls_total{{{_CALL.format('outbound', 'built', 'refused')}}}"], 1, "refused calls")
    equal(sum(value for name, value in grown.items() if name.startswith("sipveil_calls_total")), 3, "calls in all")
    labels = 'direction="outbound",source="built"'
    equal(grown[f"sipveil_call_ringing_seconds_count{{{labels}}}"], 3, "calls that rang")
    equal(grown[f'sipveil_call_ringing_seconds_bucket{{{labels},le="+Inf"}}'], 3, "calls in the widest range")
    equal(grown['sipveil_call_link_wait_seconds_count{source="built"}'], 3, "calls that waited for a link")
    check(0 < grown[f"sipveil_call_ringing_seconds_sum{{{labels}}}"] < 30, "no time has passed until 180")
    equal(now['sipveil_links{direction="outbound",state="open"}'], 1, "open links")
    status = a.status()
    equal(now["sipveil_requests_total"], status["requests"], "requests, here and in status")
    check(f'sipveil_build_info{{version="{status["version"]}"}} 1' in text, "no version")
    check("sipveil_tor_ready" not in text and "sipveil_onion_published" not in text, "says something of a tor that is not used")
    shown = [word for phone in (alice, bob) for word in phone.private() if word in text]
    shown += [word for word in (call.invite.call_id, "sip:", "bob.example", place.host) if word in text]
    check(not shown, f"the metrics show {shown}")
    try:
        scrape(address, "/")
        check(False, "there is something beside /metrics")
    except urllib.error.HTTPError as error:
        equal(error.code, 404, "the answer to another path")

    call.hang_up()
    with socket.create_connection((place.host, EXTRA)) as silent:
        silent.sendall(b"GET /metr")
        code, seconds = a.terminate()
    equal(code, 0, "exit code")
    # CivetWeb before 1.16 looks every 2 s whether it shall end; 5 s are what SIGTERM may take.
    check(seconds < 5, f"took {seconds:.1f} s to end")
    check("metrics: http://" in a.log(), "the log does not say where")
