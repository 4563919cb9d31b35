"""`Impairment`: what one direction of a link does to datagrams, and how it is written down."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from fractions import Fraction

from ..checks import in_range
from ..errors import UsageError
from .profiles import PROFILES

MILLION = 1_000_000
#: What IPv4 and UDP add to a datagram on its way.
HEADER_BYTES = 28
#: Limits: times, rates, sizes.
MOST_US = 10 * MILLION
MOST_BYTES_PER_S = 1 << 40
MOST_QUEUE_BYTES = 1 << 30

_TIME = {"us": Fraction(1), "ms": Fraction(1000), "s": Fraction(MILLION)}
_SHARE = {"%": Fraction(MILLION, 100)}
_RATE = {"B/s": Fraction(1), "kB/s": Fraction(1000), "MB/s": Fraction(MILLION), "kbit/s": Fraction(125),
         "Mbit/s": Fraction(125_000), "Gbit/s": Fraction(125_000_000)}
_SIZE = {"B": Fraction(1), "kB": Fraction(1000), "MB": Fraction(MILLION)}


@dataclass(frozen=True)
class _Word:
    """What a word of the text means: its units, the most it may be in the smallest of them, an example."""

    units: dict[str, Fraction]
    most: int
    example: str


#: In the order in which they are told.
WORDS = {
    "rtt": _Word(_TIME, 2 * MOST_US, "rtt=80ms"),
    "jitter": _Word(_TIME, 2 * MOST_US, "jitter=20ms"),
    "loss": _Word(_SHARE, MILLION, "loss=5%"),
    "burst": _Word(_SHARE, MILLION, "burst=0.5%"),
    "recover": _Word(_SHARE, MILLION, "recover=25%"),
    "burst_loss": _Word(_SHARE, MILLION, "burst_loss=80%"),
    "duplicate": _Word(_SHARE, MILLION, "duplicate=1%"),
    "reorder": _Word(_SHARE, MILLION, "reorder=1%"),
    "corrupt": _Word(_SHARE, MILLION, "corrupt=1%"),
    "truncate": _Word(_SHARE, MILLION, "truncate=1%"),
    "bandwidth": _Word(_RATE, MOST_BYTES_PER_S, "bandwidth=1Mbit/s"),
    "queue": _Word(_SIZE, MOST_QUEUE_BYTES, "queue=32kB"),
}
#: Words that may not be nothing, and what to write instead.
NEVER_NOTHING = {"recover": "a burst that never ends is a loss of everything; write loss=100% for that",
                 "bandwidth": "nothing would pass; leave it out for no limit, or write loss=100%"}
_PART = re.compile(r"(\w+)\s*=\s*([0-9]{1,12}(?:\.[0-9]{1,12})?)\s*([A-Za-z/%]+)", re.ASCII)


@dataclass(frozen=True)
class Impairment:
    """One direction of a link. Times in microseconds, shares in parts per million of all datagrams.

    latency_us, jitter_us   each takes latency_us and a part of jitter_us drawn evenly from 0..jitter_us, so jitter reorders
    loss_ppm                lost, independently
    burst_ppm, recover_ppm, burst_loss_ppm   Gilbert and Elliott's bursts: with each datagram a good link turns bad with the
                            chance burst_ppm, and a bad one good with recover_ppm, so a burst is 1 / recover long on average;
                            while it is bad, burst_loss_ppm takes the place of loss_ppm
    duplicate_ppm           comes twice
    reorder_ppm             held back behind later ones, for half of the latency and 20 ms
    corrupt_ppm             some of its bits are flipped, at most eight
    truncate_ppm            cut short; 0 bytes may be left
    bandwidth               bytes per second that the sender's line takes, 28 bytes of headers for each datagram included;
                            0: no limit
    queue_bytes             that may wait for the line; what comes then is lost
    """

    latency_us: int = 0
    jitter_us: int = 0
    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0
    burst_ppm: int = 0
    recover_ppm: int = 250_000
    burst_loss_ppm: int = MILLION
    corrupt_ppm: int = 0
    truncate_ppm: int = 0
    bandwidth: int = 0
    queue_bytes: int = 64_000

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            name = field.name
            most = MILLION if name.endswith("_ppm") else MOST_US if name.endswith("_us") else \
                MOST_BYTES_PER_S if name == "bandwidth" else MOST_QUEUE_BYTES
            in_range(name, getattr(self, name), 1 if name == "recover_ppm" else 0, most)

    @classmethod
    def parse(cls, text: str) -> Impairment:
        """From text such as "rtt=80ms,jitter=20ms,loss=5%", or a profile and what is different from it: "mobile,loss=10%".

        rtt is there and back, each way takes half; jitter is what a round trip varies by, each way half. The other words are
        fields without their units (burst=0.5%, recover=25%, bandwidth=1Mbit/s, queue=32kB). An empty text is a perfect link.
        Raises UsageError naming the part that is wrong, and what to write.
        """
        parts = [part for part in (part.strip() for part in text.split(",")) if part]
        base: dict[str, Fraction] = {}
        if parts and parts[0] in PROFILES:
            base = dict(map(_read, PROFILES[parts.pop(0)].spec.split(",")))
        found: dict[str, Fraction] = {}
        for part in parts:
            name, value = _read(part)
            if name in found:
                raise UsageError(f"network {part!r}: {name} stands there twice; give each word once")
            found[name] = value
        found = base | found
        rtt, jitter = found.get("rtt", Fraction(0)), found.get("jitter", Fraction(0))
        given = {f"{name}_ppm": int(value) for name, value in found.items() if WORDS[name].units is _SHARE}
        given |= {field: int(found[name]) for name, field in (("bandwidth", "bandwidth"), ("queue", "queue_bytes"))
                  if name in found}
        return cls(latency_us=max(0, int(rtt / 2) - int(jitter / 2) // 2), jitter_us=int(jitter / 2), **given)


def _read(part: str) -> tuple[str, Fraction]:
    """(word, its value in the smallest unit) of one part. Raises UsageError."""
    match = _PART.fullmatch(part)
    name = part.split("=", maxsplit=1)[0].strip()
    word = WORDS.get(name)
    if word is None:
        known = "" if name not in PROFILES else f"; a profile stands first and once ({name},loss=5%)"
        raise UsageError(f"network {part!r}: write parts such as {', '.join(w.example for w in WORDS.values())}, or begin with "
                         f"a profile ({', '.join(PROFILES)}){known}")
    if match is None or match[3] not in word.units:
        raise UsageError(f"network {part!r}: write a number and its unit ({', '.join(word.units)}), such as {word.example}")
    value = Fraction(match[2]) * word.units[match[3]]
    if value > word.most:
        unit, size = list(word.units.items())[-1]
        raise UsageError(f"network {part!r}: give at most {float(word.most / size):g}{unit}")
    if value < 1 and name in NEVER_NOTHING:
        raise UsageError(f"network {part!r}: {NEVER_NOTHING[name]}")
    return name, value
