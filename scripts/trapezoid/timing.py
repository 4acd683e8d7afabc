"""How long the steps of a call took that is challenged first, as the caller's phone saw it."""
import dataclasses
import pathlib

from callrun.sipp_log import Reader


@dataclasses.dataclass
class Times:
    """Seconds of the epoch, None for what was not reached."""
    call_id: str
    invite: float = None       # the first one, without credentials
    challenge: float = None    # 401 or 407
    authorized: float = None   # the INVITE with credentials
    ringing: float = None
    answered: float = None
    ended: float = None        # 200 to the caller's BYE
    failure: int = None        # a final status other than the challenge

    @property
    def complete(self):
        return None not in (self.invite, self.authorized, self.ringing, self.answered, self.ended)

    @property
    def set_up_s(self):
        """What the caller waits for: first INVITE until it rings, authentication included."""
        return None if self.ringing is None else self.ringing - self.invite

    @property
    def invite_to_180_s(self):
        return None if self.ringing is None or self.authorized is None else self.ringing - self.authorized

    def add(self, message):
        if message.sent and message.method == "INVITE" and not message.status:
            self._first("invite" if self.challenge is None else "authorized", message.time)
        elif not message.sent and message.method == "INVITE" and message.status:
            self._add_answer(message)
        elif not message.sent and message.method == "BYE" and 200 <= message.status < 300:
            self._first("ended", message.time)

    def _add_answer(self, message):
        if message.status in (401, 407) and self.authorized is None:
            self._first("challenge", message.time)
        elif message.status == 180:
            self._first("ringing", message.time)
        elif 200 <= message.status < 300:
            self._first("answered", message.time)
        elif message.status >= 300 and self.failure is None:
            self.failure = message.status

    def _first(self, step, time):
        if getattr(self, step) is None:
            setattr(self, step, time)


def read(file):
    """The Times of every call in the message log of a caller, in the order of their INVITEs."""
    calls = {}
    for message in Reader().feed(pathlib.Path(file).read_bytes()):
        if message.call_id in calls or (message.sent and message.method == "INVITE" and not message.status):
            calls.setdefault(message.call_id, Times(message.call_id)).add(message)
    return list(calls.values())
