"""A valid onion address that was never published: 404 within 32 s."""
import onion_calls
from onion_names import unserved_onion

SLOW = True


def scenario(place):
    onion_calls.caller_bridge(place, place.tor, f"{unserved_onion()}:5060")
    onion_calls.check_refused(place.alice(), 404)
