"""The papers' qualitative comparison (OnionSIP, Table 6; PrivaSIP over Tor, section 4.2) with each cell filled by the leak audit or by a
measurement."""
import dataclasses
from collections.abc import Callable

from delaytables import audited, circuit_times, costs, findings, plan
from delaytables.audited import PLAIN
from delaytables.findings import PERSONS

# Criteria of the papers that nothing here measures.
LEFT_OUT = (
    ("Decentralization", "a property of a design: no run of it shows that something is missing"),
    ("Maturity of the codebase", "a judgement"),
    ("Ease of deployment", "a judgement; what of it can be counted are the programs beside the phone"),
    ("Anonymity, Privacy", "too wide to be one cell; taken apart into who learns which name and which address"),
)
_NETWORK_TITLES = {"tor": "Tor", "i2p": "I2P"}


@dataclasses.dataclass(frozen=True)
class Criterion:
    """cell(material, column) -> Cell"""
    name: str
    title: str
    how: str
    cell: Callable


def run(binary, folder, networks, schemes, report=lambda sentence: None, calls_csv=None):
    """What criteria.json holds. networks: names of callrun.networks; calls_csv: the path of that file, for what circuits and sealing cost."""
    material = audited.gather(binary, folder, networks, schemes, report)
    return table(material, networks, schemes, circuit_times.read(calls_csv) if calls_csv else {})


def table(material, networks, schemes, times):
    """times: circuit_times.read()."""
    columns = [PLAIN, *schemes]
    every = criteria(networks, times)
    return {"columns": [{"name": name, "title": _title(name)} for name in columns],
            "criteria": [{"name": one.name, "title": one.title, "how": one.how} for one in every],
            "cells": {column: {one.name: _as_json(one.cell(material, column)) for one in every} for column in columns},
            "left_out": [{"title": title, "why": why} for title, why in LEFT_OUT], "problems": list(material.problems)}


def _title(column):
    return "plain SIP, no overlay" if column == PLAIN else f"{plan.scheme_title(column)} by sipveil"


def _as_json(cell):
    return {"value": cell.value, "from": cell.source}


def criteria(networks, times):
    """In the order of the table."""
    return [*_names(), *_stored(), *_links(), *_devices(), *(one for name in networks for one in _of_network(name, times)), *_costs(times)]


# --- who learns a name ---

_WHO = (  # name, who, vantage points, whose name is asked for
    ("lan", "in the caller's LAN", ("caller-link",), PERSONS),
    ("caller-proxy", "by the caller's proxy", ("caller-proxy", "caller-log"), PERSONS),
    ("tunnel", "from what is handed to the network between the proxies", ("tunnel",), PERSONS),
    ("callee-proxy", "by the callee's proxy", ("callee-proxy", "callee-log"), PERSONS),
    ("callee-link", "from what is handed to the network before the callee's phone", ("callee-link",), PERSONS),
    ("callee", "by the callee", ("callee-phone",), ("caller",)),
)


def _names():
    for person in PERSONS:
        for name, who, vantages, persons in _WHO:
            if person in persons:
                yield Criterion(f"{person}-name-to-{name}", f"The {person}'s name is learnt {who}",
                                "user name, in any encoding, among all that was seen there during two calls and the registrations",
                                lambda material, column, fact=f"{person}-user", at=vantages: findings.learnt(material, column, fact, at))


# --- logs and tables ---

def _stored():
    for side in PERSONS:
        yield Criterion(f"{side}-proxy-keeps", f"Names in the log and the tables of the {side}'s proxy", "user names in Kamailio's log and in its "
                        "database, as they were after each call and at the end", lambda material, column, side=side:
                        findings.kept(material.audits.get(column), column, side))
        yield Criterion(f"{side}-proxy-keeps-pseudonyms", f"The same with view = \"pseudonym\" ({side}'s proxy)", "the same with the "
                        "sipveil beside the proxy showing it pseudonyms", lambda material, column, side=side:
                        findings.kept_of_pseudonyms(material, column, side))


# --- what belongs together ---

def _links():
    yield Criterion("calls-linked", "Two calls of the same people can be related by what is handed to the network between the proxies",
                    "names, and made-up words of twelve and more characters, that two calls have in common there", lambda material, column:
                    findings.linked(material.audits.get(column), column, ("tunnel",), "calls at tunnel"))
    yield Criterion("proxies-linked", "Both proxies together can tell who called whom", "names that both proxies see, and made-up words of "
                    "twelve and more characters", lambda material, column:
                    findings.linked(material.audits.get(column), column, ("caller", "callee"), "caller-proxy and callee-proxy"))


# --- addresses ---

def _devices():
    for side, at in (("caller", "callee"), ("callee", "caller")):
        yield Criterion(f"{side}-device-to-{at}", f"Messages tell the {at} addresses, identifiers or software of the {side}'s phone",
                        "canaries in the headers and bodies where phones say such things", lambda material, column, fact=f"{side}-device", at=at:
                        findings.learnt(material, column, fact, (f"{at}-phone",)))


def _of_network(name, times):
    title = _NETWORK_TITLES.get(name, name)
    yield Criterion(f"addresses-{name}", f"Machines of one domain see addresses of the other's, over {title}",
                    "packets between the machines of the two domains, all of which are captured",
                    lambda material, column: findings.addresses(material, column, name))
    yield Criterion(f"readable-{name}", f"Anything of a call can be read on the wires between the domains, over {title}",
                    "canaries in any encoding among all that relays or routers send each other; plain: between the domains",
                    lambda material, column: findings.readable(material, column, name))
    yield Criterion(f"circuit-time-{name}", f"Extra time for circuits or sessions, over {title}", "median circuit_s + network_s of the rows "
                    "with a fresh circuit or session for each call, minus that of the rows with standby", lambda material, column:
                    costs.circuit_time(times, column, name))


def _costs(times):
    yield Criterion("sealing-time", "Time for sealing and opening names in a call", "median crypto_s of the calls with standby",
                    lambda _, column: costs.sealing_time(times, column))
    yield Criterion("programs", "Programs that a user runs beside the phone", "processes on the phone's machine, and of the network for it, while a "
                    "call went on: the caller's, who is in the LAN of his proxy, and the callee's", costs.programs)
    yield Criterion("invite-bytes", "Bytes of an INVITE in the caller's LAN, and between the proxies", "one call on plain TCP, looked at on each "
                    "wire", costs.invite_bytes)
