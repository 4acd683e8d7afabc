"""A service for known peers only: 403 without a key and with a wrong one; with the right one calls work."""
import onion_calls
from call import Call
from onion_names import client_keys

SLOW = True


def scenario(place):
    lab = place.tor
    private, public = client_keys()
    b = onion_calls.callee_bridge(place, onion_calls.tor_section(lab, "bob"), f'clients = ["{public}"]\n')
    onion = onion_calls.published(b)
    alice, bob = place.alice(), place.bob()
    for key in (None, client_keys()[0], private):
        key_file = None
        if key:
            key_file = place.folder / f"{key[:8]}.key"
            key_file.touch(mode=0o600)
            key_file.write_text(key + "\n")
        a = onion_calls.caller_bridge(place, lab, onion, key_file=key_file)
        if key == private:
            Call(alice, bob).establish(seconds=31).hang_up()
        else:
            onion_calls.check_refused(alice, 403)
        a.terminate()
