"""How to read the report: what is ours, what is the papers', and what it cannot tell."""
from delaytables.report.document import Bullets, Text
from delaytables.ways import WAYS


def blocks(run):
    ways = dict.fromkeys(row.way for row in run.rows)
    about = [f"`{way}`: {WAYS[way].about}." for way in ways if way in WAYS]
    return [Text("The papers: \"PrivaSIP over Tor\" (Tables 2 and 3, 100 calls each, over the public Tor network), \"OnionSIP\" (Table 5, "
                 "Figures 3 and 4) and ANOSIP (Table 1). What stands under \"paper\" is copied from them; all else was measured in this "
                 "run."),
            *([Text("Ways in this run:"), Bullets(about)] if about else []), Bullets(_LINES)]


_LINES = [
    "Topology `paper`: phone A and Kamailio A in one LAN, Kamailio A to Kamailio B by the way (first leg), Kamailio B to phone B by the "
    "way (second leg). Topology `phones`: phone to phone, one leg.",
    "Fresh: every call waits for a circuit or session of its own, and nothing is opened ahead, as in the papers. Standby: links are "
    "opened before they are needed; each serves one call. In either, no two calls share a circuit between the proxies (or "
    "phones), unless the way says otherwise above.",
    "The networks are private and on one machine; each relay's delay comes from the profile. The calibrated profile is set so that plain "
    "SIP in the papers' own set-up takes about what it took there; it is the same for every row, so rows can be compared with each other "
    "and, by that row, with the papers. It says nothing about the public networks of today.",
    "The schemes of one way are run side by side, and the raw round trips beside them, so that all meet the same machine at the same "
    "time. Their circuits are different ones: two rows differ by chance by what their circuits differ, and where one circuit carries the "
    "second leg of all calls of a row, more than the sd of its calls tells.",
    "Raw round trip: 600 bytes and their echo on a stream that is open, for each leg, summed. A call over standby links cannot be much "
    "faster; it may be a little, as the fastest of several links is taken.",
    "A delay runs from the INVITE that leads to the 180: the one with credentials, where the proxy asks for them first. What comes before "
    "is in `setup_s` of `calls.csv`.",
    "Percentiles are nearest ranks; sd is that of a sample; intervals are percentile bootstrap, 2000 resamples, with the run's seed.",
    "The later paper's standard deviations (13.5 to 21.3) have no unit that fits its means, so none is set beside ours; its Table 6 is "
    "replaced by what was measured.",
    "`calls.csv`, `raw.csv` and `register.csv` beside this report have every single measurement; `plots/` has each plot as PNG and SVG.",
]
