"""A link that was opened ahead is told by `status` of both forms and by the metrics, and so is the call that takes it."""
import urllib.request

import through_socks
from call import Call
from place import EXTRA
from waiting import check, equal, until

_METRICS = EXTRA + 2
_FIELDS = {"peer", "ready", "building", "waiting", "wanted", "taken", "missed", "dropped_slow", "dropped_old", "failed", "fastest_ms"}


def scenario(place):
    a, proxy = through_socks.start(place)
    a.terminate()
    proxy.early_patience = 0.1
    standby = f'[metrics]\nlisten = "{place.host}:{_METRICS}"\n[standby]\nmax = 1\ncandidates = 1\n'
    a.configure(a.config.read_text().replace("[standby]\nmax = 0\n", standby))
    a.start()

    def pool(status):
        equal([one["peer"] for one in status["standby"]], ["bob"], "pools")
        equal(set(status["standby"][0]), _FIELDS, "fields of a pool")
        return status["standby"][0]

    first = pool(a.wait_status(lambda status: pool(status)["ready"] == 1 and pool(status)["fastest_ms"], "a standby link"))
    equal((first["wanted"], first["taken"], first["missed"]), (1, 0, 0), "wanted, taken and missed links")
    shown = [line for line in a.command("status").stdout.splitlines() if line.startswith("standby")]
    check(len(shown) == 1 and "bob: 1 of 1 ready (fastest " in shown[0], f"status for people: {shown}")

    Call(place.alice(), place.bob()).establish().hang_up()
    status = a.wait_status(lambda status: status["calls"], "the call in status")
    call = status["calls"][-1]
    equal((call["source"], call["moved"], pool(status)["taken"]), ("standby", 0, 1), "source, moves and taken links")
    check(len(call["credential"]) == 16 and int(call["credential"], 16), f"credential {call['credential']!r}")

    def scraped():
        with urllib.request.urlopen(f"http://{place.host}:{_METRICS}/metrics", timeout=10) as answer:
            return answer.read().decode().splitlines()

    for sample in ('sipveil_standby_taken_total{peer="bob"} 1', 'sipveil_standby_links{peer="bob",state="ready"} 1',
                   'sipveil_calls_total{direction="outbound",source="standby",outcome="answered"} 1',
                   'sipveil_call_link_wait_seconds_bucket{source="standby",le="0.05"} 1'):
        until(lambda sample=sample: sample in scraped(), 10, sample)
