"""What phones do with each other: every kind of dialog, each message as talkative as a phone can make it.

A scenario is a function of a Cast; it returns a sentence about how it ended, or raises Silence. Nothing is asserted there: what is
to be seen where is judged afterwards, from the captures.
"""
# In the order of playing: registration comes first, its end last.
from leakaudit import plays_calls, plays_transfers, plays_others  # noqa: F401  pylint: disable=unused-import
from leakaudit.steps import SCENARIOS, Cast  # noqa: F401

ALWAYS = ("registration", "unregistration")  # nothing can be called without
