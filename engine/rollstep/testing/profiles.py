"""Networks with names: what a link between two homes is like, each with the source of its figures.

Sources that several share:

FCC        Measuring Broadband America (2011): mean round trips in the evening to a test server in the region, 17 ms over fibre,
           28 ms over cable, 44 ms over DSL; later reports sort lines by loss: below 0.4%, up to 1%, above.
WPT        WebPageTest, connectivity.ini: what web developers test with; up and down, round trip.
Apple      the presets of Network Link Conditioner; delays are one way.
Gilbert, Elliott  "Capacity of a burst-noise channel" (1960), "Estimates of error rates for codes on burst-noise channels"
           (1963): two states, as in netem's `gemodel` (Salsano, Ludovici, Ordine, Giannuzzi 2012). Losses on Internet paths
           hang together for less than a second (Yajnik, Moon, Kurose, Towsley, "Measurement and modelling of the temporal
           dependence in packet loss", 1999), so no burst here lasts longer on average.

A figure that no source gives is marked as a choice. The tools' table of profiles is in the order of this one.
"""

from __future__ import annotations

from typing import NamedTuple


class Profile(NamedTuple):
    """spec: what `Impairment.parse` reads; source: where its figures are from."""

    spec: str
    source: str


PROFILES: dict[str, Profile] = {
    "lan": Profile(
        "rtt=0.5ms,jitter=0.2ms,bandwidth=1Gbit/s,queue=512kB",
        "Two machines at one switch: gigabit Ethernet; the round trip of an idle one as `ping` shows it. All of it a choice."),
    "fibre": Profile(
        "rtt=20ms,jitter=4ms,loss=0.02%,bandwidth=20Mbit/s,queue=128kB",
        "FCC: 17 ms over fibre; here between two such homes of a region. Rate: the order of WPT's fibre uplink (5 Mbit/s) and "
        "today's. Jitter and loss are choices, well below the FCC's 0.4%."),
    "cable": Profile(
        "rtt=40ms,jitter=10ms,loss=0.1%,burst=0.05%,recover=30%,bandwidth=1Mbit/s,queue=32kB",
        "FCC and WPT: 28 ms over cable; here the access of both sides. Rate: WPT's cable uplink, 1 Mbit/s. The queue holds a "
        "quarter of a second, as modems do. Jitter and bursts are choices; 0.3% lost in all, the FCC's best class."),
    "wifi": Profile(
        "rtt=40ms,jitter=50ms,loss=0.3%,burst=0.4%,recover=25%,burst_loss=60%,reorder=0.5%,bandwidth=10Mbit/s,queue=64kB",
        "Pei and others, \"WiFi can be the weakest link of round trip network latency in the wild\" (INFOCOM 2016): in half of "
        "all packets the wireless hop takes more than 20 ms; the 10% above 100 ms are here the bursts, as retries that come "
        "too late. Rate: a busy cell, below Apple's Wi-Fi (33 Mbit/s up). Burst figures are choices."),
    "mobile": Profile(
        "rtt=100ms,jitter=40ms,loss=0.3%,burst=0.3%,recover=15%,bandwidth=10Mbit/s,queue=128kB",
        "WPT's LTE: 70 ms and 12 Mbit/s; Apple's LTE: 65 ms one way up, 10 Mbit/s up; between two phones, a choice in between. "
        "A burst is seven datagrams on average, about 0.1 s at 60 a second: the order of a handover. Jitter is a choice."),
    "intercontinental": Profile(
        "rtt=180ms,jitter=10ms,loss=0.1%,bandwidth=20Mbit/s,queue=128kB",
        "Between regions of a cloud (Hathora, \"Cloud latency shootout\", 2023; Agarwal, \"Public cloud inter-region network "
        "latency as heat-maps\", 2018): New York to London 62 to 82 ms, to India and Singapore more than 200 ms; 180 ms is "
        "Europe to the far side of either ocean. Jitter and loss are choices: backbones lose little."),
    "awful": Profile(
        "rtt=240ms,jitter=120ms,loss=10%,burst=1%,recover=20%,duplicate=2%,reorder=3%,bandwidth=512kbit/s,queue=32kB",
        "Apple's Very Bad Network loses 10% at 1 Mbit/s and takes 500 ms each way, at which nobody plays; here half of the "
        "rate, a playable delay, and every fault at once. All but the 10% is a choice."),
}
