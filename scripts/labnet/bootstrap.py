"""Brings a started network to its first consensus, and every tor to 100 %.

The authorities are started with a vote far ahead and told to vote when each of them holds the descriptor of every relay. So the first
consensus is complete however slow the machine is, which matters because the next one is made half an hour later.
"""
import math
import time

from labnet.errors import LabError
from labnet.torctl import ControlError, Controller

_POLL_SECONDS = 0.05
# With this interval authorities exchange votes 2 s before its boundary and signatures 1 s before; a vote that fails for some
# reason is repeated after 5 s.
_VOTING_INTERVAL = 5
_VOTE_AHEAD = 2.3


def connect_all(control_paths, deadline):
    """{name: Controller} once each answers; a socket file may be there before tor listens."""
    controllers = {}

    def connect(name, path):
        try:
            controllers[name] = Controller(path)
        except (OSError, ControlError):
            return False
        return True

    _wait_each(control_paths, connect, deadline, "did not open its control socket")
    return controllers


def wait_descriptors(authorities, count, deadline):
    """Until every authority holds `count` relay descriptors."""
    _wait_each(authorities, lambda _, control: control.get_info("desc/all-recent").count("\nrouter-signature") >= count,
               deadline, "did not get the descriptors of all relays")


def vote(authorities, count, deadline):
    """Makes the authorities vote now and waits until each has a consensus with `count` relays."""
    boundary = math.ceil(time.time() + _VOTE_AHEAD)
    for control in authorities.values():
        control.set_conf(TestingV3AuthInitialVotingInterval=f"{_VOTING_INTERVAL} seconds",
                         TestingV3AuthVotingStartOffset=f"{boundary % _VOTING_INTERVAL} seconds")
    _wait_each(authorities, lambda _, control: _relays_in_consensus(control) >= count, deadline,
               f"has no consensus with {count} relays")


def wait_bootstrapped(controllers, deadline):
    _wait_each(controllers, lambda _, control: control.bootstrapped(), deadline, "did not reach 100 %")


def _relays_in_consensus(control):
    try:
        consensus = control.get_info("dir/status-vote/current/consensus-microdesc")
    except ControlError:  # 551: none yet
        return 0
    return consensus.count("\nr ")


def _wait_each(items, done, deadline, complaint):
    waiting = dict(items)
    while waiting:
        waiting = {name: item for name, item in waiting.items() if not done(name, item)}
        if waiting and time.monotonic() > deadline:
            raise LabError(f"{', '.join(sorted(waiting))} {complaint} in time; the log says why: nodes/NAME/notice.log")
        if waiting:
            time.sleep(_POLL_SECONDS)
