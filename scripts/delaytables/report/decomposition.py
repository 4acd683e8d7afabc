"""Where the time of a call goes."""
from delaytables.record import PARTS
from delaytables.report import delays, stats, units
from delaytables.report.document import Heading, Table, Text

ABOUT = {"circuit_s": "waiting for circuits or sessions", "network_s": "the legs' round trips", "proxies_s": "both Kamailios",
         "crypto_s": "sealing and opening the INVITE's names", "bridge_s": "the rest of the sipveils' own time", "callee_s": "the callee's phone",
         "other_s": "what is left: LAN, kernel, scheduling"}
_HEAD = ["row", "calls", *(part.removesuffix("_s") for part in PARTS), "sum", "mean INVITE to 180"]


def blocks(run, pictures):
    """`pictures`: {(network, topology): [Picture]}."""
    found = [Text("Means in milliseconds, since only means sum up to that of the whole; of calls that rang and whose parts are known. "
                  + "; ".join(f"{part.removesuffix('_s')}: {about}" for part, about in ABOUT.items()) + ". Where a stream is "
                  "dialled for the call itself, the INVITE leaves with the connect request as far as it can, and the round trip in which the "
                  "stream opens counts as circuit: what a fresh circuit costs is the difference of circuit + network between the rows. A "
                  "phone without sipveil connects before it sends its INVITE: its circuit comes before INVITE to 180, and the sum is more.")]
    for group, rows in run.groups():
        rows = [row for row in rows if row.measured]
        if rows:
            found += [Heading(f"{delays.title(*group)}: parts", 3), *pictures.get(group, []),
                      Table(_HEAD, [_line(row) for row in rows], "l" + "r" * 10)]
    if len(found) == 1:
        return [Text("Of no call the parts are known.")]
    return found


def _line(row):
    means = stats.part_means(row.measured, PARTS)
    return [row.label, len(row.measured), *(units.ms(value, 2) for value in (*means.values(), sum(means.values()), row.measured_mean))]
