"""What a link does to datagrams: it delays, jumbles, loses and doubles them, as a seed says."""

from __future__ import annotations

import heapq
import random
import re
from dataclasses import dataclass
from fractions import Fraction

from ..errors import UsageError

MILLION = 1_000_000
_UNITS = {"us": 1, "ms": 1000, "s": MILLION}
_FIELD = re.compile(r"\s*(\w+)\s*=\s*([0-9]+(?:\.[0-9]+)?)\s*(us|ms|s|%)\s*")
#: Datagrams on their way, at most: more are lost, as in a router.
MOST_WAITING = 4096


@dataclass(frozen=True)
class Impairment:
    """One direction of a link. Times in microseconds, shares in parts per million.

    Each datagram takes latency_us plus a part of jitter_us drawn evenly from 0..jitter_us (so jitter reorders);
    it is lost, doubled, or held back behind later ones with the given chances.
    """

    latency_us: int = 0
    jitter_us: int = 0
    loss_ppm: int = 0
    duplicate_ppm: int = 0
    reorder_ppm: int = 0

    def __post_init__(self) -> None:
        for name, most in (("latency_us", 10 * MILLION), ("jitter_us", 10 * MILLION), ("loss_ppm", MILLION),
                           ("duplicate_ppm", MILLION), ("reorder_ppm", MILLION)):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= most:
                raise UsageError(f"{name}={value!r}: give a whole number from 0 to {most}")

    @classmethod
    def parse(cls, text: str) -> Impairment:
        """From text such as "rtt=80ms,jitter=20ms,loss=5%,duplicate=1%,reorder=1%".

        rtt is there and back, each way takes half; jitter is what a round trip varies by, each way half. An empty
        text is a perfect link. Raises UsageError naming the part that is wrong.
        """
        found: dict[str, int] = {}
        for part in filter(None, (part.strip() for part in text.split(","))):
            match = _FIELD.fullmatch(part)
            times = match is not None and match[1] in ("rtt", "jitter") and match[3] != "%"
            shares = match is not None and match[1] in ("loss", "duplicate", "reorder") and match[3] == "%"
            if match is None or not (times or shares) or match[1] in found:
                raise UsageError(f"network {part!r}: write parts such as rtt=80ms, jitter=20ms, loss=5%, "
                                 "duplicate=1%, reorder=1%, each once")
            scale = Fraction(_UNITS[match[3]], 2) if times else Fraction(MILLION, 100)
            found[match[1]] = int(Fraction(match[2]) * scale)
        rtt, jitter = found.get("rtt", 0), found.get("jitter", 0)
        return cls(latency_us=max(0, rtt - jitter // 2), jitter_us=jitter, loss_ppm=found.get("loss", 0),
                   duplicate_ppm=found.get("duplicate", 0), reorder_ppm=found.get("reorder", 0))


class Link:
    """One direction under way: datagrams in, datagrams out when their time has come."""

    def __init__(self, impairment: Impairment, seed: int | str) -> None:
        self.impairment = impairment
        self._random = random.Random(seed)
        self._waiting: list[tuple[int, int, bytes]] = []
        self._count = 0
        self.sent = self.lost = self.doubled = self.delivered = 0

    def send(self, data: bytes, now_us: int) -> None:
        """A datagram enters."""
        self.sent += 1
        if self._chance(self.impairment.loss_ppm) or len(self._waiting) >= MOST_WAITING:
            self.lost += 1
            return
        copies = 1
        if self._chance(self.impairment.duplicate_ppm):
            self.doubled += 1
            copies = 2
        for _ in range(copies):
            due = now_us + self.impairment.latency_us + self._random.randint(0, self.impairment.jitter_us)
            if self._chance(self.impairment.reorder_ppm):
                due += self.impairment.latency_us // 2 + 20_000
            self._count += 1
            heapq.heappush(self._waiting, (due, self._count, data))

    @property
    def next_us(self) -> int | None:
        """When the next datagram comes out."""
        return self._waiting[0][0] if self._waiting else None

    def arrived(self, now_us: int) -> list[bytes]:
        """The datagrams that come out by now."""
        out = []
        while self._waiting and self._waiting[0][0] <= now_us:
            out.append(heapq.heappop(self._waiting)[2])
        self.delivered += len(out)
        return out

    def _chance(self, ppm: int) -> bool:
        return ppm > 0 and self._random.randrange(MILLION) < ppm
