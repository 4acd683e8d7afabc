import unittest

from labnet import i2p_console
from labnet.i2p_console import Tunnel

PAGE = """
<b>Inbound tunnels:</b><br>
<div class="list">
<div class="listitem">&#8658; i3Oh &#8658; 8d5G &#8658; 91Q- &#8658; 1002600326:me ( 91ms )<span class="tunnel established"> established</span>,  1&nbsp;KiB
</div>
<div class="listitem">&#8658; 1960283136:me<span class="tunnel building"> building</span>,  0&nbsp;KiB
</div>
<br>
<b>Outbound tunnels:</b><br>
<div class="list">
<div class="listitem">2376984017:me &#8658; 4zyW &#8658; <img src="x" alt="A1"> i3Oh &#8658; 4zyW &#8658;<span class="tunnel established"> established (exploratory)</span>,  59&nbsp;KiB
</div>
</div>
<b>Tags</b><br><div class="listitem">not a tunnel</div>
"""
NAMES = {"i3Oh": "router0", "8d5G": "router1", "91Q-": "router2"}


class Tunnels(unittest.TestCase):
    def test_hops_stand_in_the_order_of_the_bytes_by_their_names(self):
        self.assertEqual([
            Tunnel(1002600326, "in", ("router0", "router1", "router2"), "established", 91.0, 1),
            Tunnel(1960283136, "in", (), "building", None, 0),
            Tunnel(2376984017, "out", ("4zyW", "router0", "4zyW"), "established", None, 59),
        ], i2p_console.parse_tunnels(PAGE, NAMES))

    def test_an_empty_page_has_none(self):
        self.assertEqual([], i2p_console.parse_tunnels("", NAMES))

    def test_what_grew_has_carried(self):
        before = [tunnel(1, "out", 5), tunnel(2, "out", 7), tunnel(1, "in", 3)]
        after = [tunnel(1, "out", 9), tunnel(2, "out", 7), tunnel(3, "out", 6), tunnel(1, "in", 3)]
        self.assertEqual([(1, "out"), (3, "out")], [(one.number, one.direction) for one in i2p_console.carrying(before, after)])
        self.assertEqual(3, i2p_console.busiest(before, after, "out").number)
        self.assertIsNone(i2p_console.busiest(before, after, "in"))


def tunnel(number, direction, kib):
    return Tunnel(number, direction, (), "established", None, kib)


if __name__ == "__main__":
    unittest.main()
