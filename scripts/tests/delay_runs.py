"""Folders of runs of scripts/delay-tables as they might be, for the tests of its report. Made up; the same seed gives the same."""
import json
import random

from delaytables.record import COLUMNS, PARTS, Call

TITLES = {"sip": "SIP", "privasip-1-aes": "PrivaSIP-1 (AES)", "privasip-2-rsa": "PrivaSIP-2 (RSA)", "privasip-2-ecies": "PrivaSIP-2 (ECIES)"}
# way: (network, title, schemes, standbys, round trip of a leg in seconds, seconds until a circuit or session)
WAYS = {
    "tor-exit": ("tor", "over Tor", tuple(TITLES), (False, True), 0.23, 0.26),
    "tor-onion": ("tor", "over Tor onion services", tuple(TITLES), (False, True), 0.42, 2.1),
    "orbot": ("tor", "over a separate tor's SOCKS port", ("sip", "privasip-2-ecies"), (False, True), 0.23, 0.28),
    "i2p": ("i2p", "over I2P streaming", tuple(TITLES), (False, True), 0.35, 9.0),
    "i2p-http": ("i2p", "over I2P's HTTP proxy", ("sip", "privasip-2-ecies"), (False, True), 0.45, 0.2),
}
_CRYPTO_S = {"sip": 0.0, "privasip-1-aes": 0.0001, "privasip-2-rsa": 0.0013, "privasip-2-ecies": 0.0006}


def make(folder, calls=30, ways=tuple(WAYS), seed=7, failing=True):
    """A whole run: two topologies, some calls that failed, a plain phone under torsocks, the REGISTER test."""
    source, rows, lines, raw = random.Random(seed), [], [], []
    for way in ways:
        network, title, schemes, standbys, leg_s, _ = WAYS[way]
        for topology in ("paper", "phones"):
            for scheme in schemes if topology == "paper" else schemes[:1]:
                for standby in standbys:
                    rows.append(_row(way, network, topology, scheme, standby, f"{TITLES[scheme]} {title}", calls))
                    lines += [_call(source, rows[-1], number, failing and number % 13 == 0) for number in range(1, rows[-1]["wanted"] + 1)]
            legs = [[source.gauss(leg_s, leg_s / 12) for _ in range(1 if topology == "phones" else 2)] for _ in range(calls)]
            raw += [f"{way},{topology},{number},{1000.0 + number},{one[0]:.6f},{'' if len(one) == 1 else format(one[1], '.6f')},{sum(one):.6f}"
                    for number, one in enumerate(legs, 1)]
    if "tor-exit" in ways:
        rows.append(_row("torsocks", "tor", "phones", "sip", False, "SIP by torsocks, without sipveil", calls))
        lines += [_torsocks_call(source, rows[-1], number) for number in range(1, calls + 1)]
    (folder / "run.json").write_text(json.dumps(about(rows, calls)))
    (folder / "calls.csv").write_text("\n".join([",".join(COLUMNS), *(",".join(call.line()) for call in lines)]) + "\n")
    (folder / "raw.csv").write_text("\n".join(["way,topology,number,started,leg1_s,leg2_s,total_s", *raw]) + "\n")
    (folder / "register.csv").write_text("\n".join(["way,number,sent_s,answer,seconds", *_registrations(source)]) + "\n")
    (folder / "criteria.json").write_text(json.dumps(CRITERIA))
    return folder


def about(rows, calls):
    return {
        "command_line": f"scripts/delay-tables --network tor,i2p --scheme {','.join(TITLES)} --circuit per-call --calls {calls} --out DIR",
        "arguments": {"calls": calls, "network": ["tor", "i2p"], "scheme": list(TITLES), "circuit": "per-call", "profile": "paper", "seed": 1},
        "profile": {"name": "paper", "description": "calibrated so that plain SIP over fresh circuits takes about 1.0 s",
                    "relay_delay_ms": "18-42", "jitter_ms": 4.0, "loss_percent": 0.1, "lan_delay_ms": 0.5, "source": "calibrated"},
        "machine": {"cpu": "Some CPU @ 2.9 GHz", "cores": 2, "memory_gib": 7.6, "kernel": "6.1.0-18-amd64"},
        "versions": {"sipveil": "0.5.0", "commit": "abc1234", "tor": "0.4.7.16", "i2pd": "2.45.1", "kamailio": "5.6.3", "sipp": "3.6.1",
                     "tshark": "4.0.17", "python": "3.11.2"},
        "started": "2026-01-02T03:04:05+00:00", "finished": "2026-01-02T03:51:17+00:00", "took_s": 2832.4, "rows": rows,
        "problems": ["lane 3 lost its tor once | it was started again"],
    }


def _row(way, network, topology, scheme, standby, title, calls):
    few = way == "i2p" and not standby
    return {"name": f"{way}/{topology}/{scheme}/{'standby' if standby else 'fresh'}", "way": way, "network": network, "topology": topology,
            "scheme": scheme, "standby": standby, "wanted": max(2, calls // 5) if few else calls,
            "title": f"{title}{', phone to phone' if topology == 'phones' else ''}{', standby' if standby else ''}",
            "note": f"{max(2, calls // 5)} calls instead of {calls}: each takes about 25 s" if few else ""}


def _call(source, row, number, fails):
    leg_s, wait_s = WAYS[row["way"]][4:]
    legs = 1 if row["topology"] == "phones" else 2
    parts = {
        "circuit_s": 0.0 if row["standby"] and number % 17 else max(0.02, source.gauss(wait_s, wait_s / 6)) * legs,
        "network_s": sum(source.gauss(leg_s, leg_s / 12) for _ in range(legs)),
        "proxies_s": source.gauss(0.003, 0.0003) * (legs - 1), "crypto_s": _CRYPTO_S[row["scheme"]] * source.uniform(0.9, 1.2),
        "bridge_s": source.gauss(0.0012, 0.0001), "callee_s": source.gauss(0.0015, 0.0002), "other_s": source.gauss(0.002, 0.0004),
    }
    parts = {name: round(value, 6) for name, value in parts.items()}
    call = Call(row["name"], number, 1000.0 + number, 1, 200, source="standby" if row["standby"] and number % 17 else "built", moved=0,
                credential=f"{number:08x}")
    if fails:
        call.complete, call.answer = 0, 504
        return call
    for name, value in parts.items():
        setattr(call, name, value)
    call.invite_to_180_s = round(sum(parts[name] for name in PARTS), 6)
    call.timeline_s = call.invite_to_180_s - abs(source.gauss(0.0006, 0.0002))
    call.phone_s = call.invite_to_180_s + abs(source.gauss(0.0004, 0.0004))
    call.setup_s = call.invite_to_180_s + 0.004
    return call


def _torsocks_call(source, row, number):
    whole = source.gauss(0.7, 0.08)
    return Call(row["name"], number, 1000.0 + number, 1, 200, whole, None, whole + 0.0005, whole + 0.5)


def _registrations(source):
    for way, seconds in (("tor-exit", 0.26), ("tor-exit with challenge", 0.51), ("direct", 0.006)):
        for number in range(300):
            lost = number in (77, 178) and way != "direct"
            took = "" if lost else format(max(seconds * 0.8, source.gauss(seconds, seconds / 8)), ".6f")
            yield f"{way},{number + 1},{number / 10:.3f},{'' if lost else 200},{took}"


CRITERIA = {
    "columns": [{"name": "tor-exit/privasip-2-ecies", "title": "PrivaSIP-2 over Tor"}, {"name": "tor-exit/sip", "title": "SIP over Tor"},
                {"name": "i2p/sip", "title": "SIP over I2P"}],
    "criteria": [{"name": "third", "title": "Privacy against third parties", "how": "leak audit: no canary in any capture between the sites"},
                 {"name": "proxies", "title": "Privacy against proxies", "how": "leak audit: no name in the proxies' logs"}],
    "cells": {"tor-exit/privasip-2-ecies": {"third": {"value": "yes", "from": "0 of 41 canaries in 1203 packets"},
                                            "proxies": {"value": "yes", "from": "0 of 41 canaries"}},
              "tor-exit/sip": {"third": {"value": "yes", "from": "0 of 41 canaries in 1203 packets"},
                               "proxies": {"value": "no", "from": "12 of 41 canaries"}},
              "i2p/sip": {"third": {"value": "yes", "from": "0 of 41 canaries in 1310 packets"}}},
    "left_out": [{"title": "Maturity of the codebase", "why": "a judgement"}], "problems": [],
}
