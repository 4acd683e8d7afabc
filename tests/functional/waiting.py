"""Waiting on conditions, with a deadline and an end by Ctrl-C."""
import threading
import time

# Set when the run is to end: every wait then gives up.
stop = threading.Event()


class Failure(AssertionError):
    """What was expected did not happen; the text says what."""


def check(condition, text):
    if not condition:
        raise Failure(text)


def equal(found, expected, what):
    if found != expected:
        raise Failure(f"{what}: {found!r} instead of {expected!r}")


def ticks(seconds, what, step=0.02):
    """Yields the seconds left, until `seconds` are over: then a Failure that names `what`, text or a function that makes it.
    For loops that end by themselves."""
    deadline = time.monotonic() + seconds
    while True:
        if stop.is_set():
            raise Failure("interrupted")
        left = deadline - time.monotonic()
        if left <= 0:
            raise Failure(f"not within {seconds:g} s: {what() if callable(what) else what}")
        yield min(left, step)


def until(condition, seconds, what):
    """Polls until `condition()` is true and returns its value."""
    for left in ticks(seconds, what, step=0.03):
        value = condition()
        if value:
            return value
        stop.wait(left)
    return None
