"""`Link`: one direction under way, as its impairment says and its seed decides. Also the heart of the tools' UDP proxy."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from typing import Any

from .draws import BITS, threshold, words
from .impairment import HEADER_BYTES, Impairment

#: Datagrams of one link on their way, at most: more are lost, as in a router.
MOST_WAITING = 4096

#: Draws, and below which of them it happens.
Fault = tuple[Iterator[int], int]


class Inbox:
    """What is on its way to one receiver, over all links that end there, the next to arrive first."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, int, bytes, Any, Link]] = []      # (due, number, datagram, source, link)
        self.number = itertools.count()

    def arrived(self, now_us: int) -> list[tuple[bytes, Any]]:
        """The datagrams that come out by now, each with its source."""
        waiting, out = self.waiting, []
        while waiting and waiting[0][0] <= now_us:
            _, _, data, source, link = heapq.heappop(waiting)
            link.waiting -= 1
            link.delivered += 1
            out.append((data, source))
        return out

    def clear(self) -> None:
        """All of it is lost."""
        for entry in self.waiting:
            entry[4].waiting -= 1
            entry[4].lost += 1
        self.waiting.clear()


class Link:
    """One direction under way: datagrams in, datagrams out when their time has come.

    impairment may be replaced while datagrams are under way; those keep the time that they were given. cut: everything that
    enters is lost. sent, lost, doubled, damaged and delivered count datagrams. The same seed, the same fate for the same
    datagrams; each fault draws from a stream of its own, so one that is switched on leaves the others as they were.
    """

    def __init__(self, impairment: Impairment, seed: int | str, *, inbox: Inbox | None = None, source: Any = None) -> None:
        self._seed = f"{type(seed).__name__} {seed}"
        self._streams: dict[str, Iterator[int]] = {}
        self._inbox, self.source = inbox if inbox is not None else Inbox(), source
        self._queue = self._inbox.waiting
        self._bad = False
        self._free_ns = 0               # when the line has sent what waits for it
        self.waiting = 0
        self.cut = False
        self.sent = self.lost = self.doubled = self.damaged = self.delivered = 0
        self.impairment = impairment

    @property
    def impairment(self) -> Impairment:
        """What it does."""
        return self._impairment

    @impairment.setter
    def impairment(self, new: Impairment) -> None:
        self._impairment = new
        self._latency_us = new.latency_us
        self._jitters = new.jitter_us + 1 if new.jitter_us else 0
        self._jitter = self._stream("jitter")
        self._losing = bool(new.loss_ppm or new.burst_ppm or new.bandwidth)
        self._damaging = bool(new.corrupt_ppm or new.truncate_ppm)
        self._strange = bool(new.duplicate_ppm or new.reorder_ppm or self._damaging)
        self._loss, self._burst_loss = self._fault("loss", new.loss_ppm), self._fault("burst", new.burst_loss_ppm)
        self._turn_bad, self._turn_good = self._fault("turn", new.burst_ppm), self._fault("turn", new.recover_ppm)
        self._duplicate, self._reorder = self._fault("duplicate", new.duplicate_ppm), self._fault("reorder", new.reorder_ppm)
        self._truncate, self._corrupt = self._fault("truncate", new.truncate_ppm), self._fault("corrupt", new.corrupt_ppm)

    def send(self, data: bytes, now_us: int) -> None:
        """A datagram enters. About 1 µs."""
        self.sent += 1
        due = now_us + self._latency_us
        if self.cut or self.waiting >= MOST_WAITING:
            self.lost += 1
            return
        if self._losing:
            queued_us = self._through_line(len(data), now_us)
            if queued_us is None or self._is_lost():
                self.lost += 1
                return
            due += queued_us
        if self._strange:
            self._send_strangely(data, due)
            return
        if self._jitters:
            due += next(self._jitter) * self._jitters >> BITS
        self.waiting += 1
        heapq.heappush(self._queue, (due, next(self._inbox.number), data, self.source, self))

    @property
    def next_us(self) -> int | None:
        """When the next datagram comes out."""
        return self._queue[0][0] if self._queue else None

    def arrived(self, now_us: int) -> list[bytes]:
        """The datagrams that come out by now; for a link that has its inbox to itself."""
        return [data for data, _ in self._inbox.arrived(now_us)]

    # ------------------------------------------------------------------ faults

    def _stream(self, fault: str) -> Iterator[int]:
        if fault not in self._streams:
            self._streams[fault] = words(f"{self._seed} {fault}")
        return self._streams[fault]

    def _fault(self, name: str, ppm: int) -> Fault:
        return self._stream(name), threshold(ppm)

    def _through_line(self, length: int, now_us: int) -> int | None:
        """How long a datagram waits for the line and takes on it; None when the queue is full."""
        rate = self._impairment.bandwidth
        if not rate:
            return 0
        now_ns, size = now_us * 1000, length + HEADER_BYTES
        start = max(now_ns, self._free_ns)
        if (start - now_ns) * rate // 1_000_000_000 + size > max(self._impairment.queue_bytes, size):
            return None
        self._free_ns = start + size * 1_000_000_000 // rate
        return (self._free_ns - now_ns) // 1000

    def _is_lost(self) -> bool:
        if self._impairment.burst_ppm:
            if _happens(self._turn_good if self._bad else self._turn_bad):
                self._bad = not self._bad
            if self._bad:
                return _happens(self._burst_loss)
        return _happens(self._loss)

    def _send_strangely(self, data: bytes, due: int) -> None:
        copies = 1
        if _happens(self._duplicate):
            self.doubled += 1
            copies = 2
        for _ in range(copies):
            late = next(self._jitter) * self._jitters >> BITS if self._jitters else 0
            if _happens(self._reorder):
                late += self._latency_us // 2 + 20_000
            self.waiting += 1
            got = self._damage(data) if self._damaging else data
            heapq.heappush(self._queue, (due + late, next(self._inbox.number), got, self.source, self))

    def _damage(self, data: bytes) -> bytes:
        whole = data
        if _happens(self._truncate) and data:
            data = data[:next(self._stream("cut")) * len(data) >> BITS]
        if _happens(self._corrupt) and data:
            draw, flipped = self._stream("bits"), bytearray(data)
            for _ in range(1 + (next(draw) >> BITS - 3)):
                bit = next(draw) * len(data) * 8 >> BITS
                flipped[bit >> 3] ^= 1 << (bit & 7)
            data = bytes(flipped)
        self.damaged += data != whole
        return data


def _happens(fault: Fault) -> bool:
    """Whether it does this time. What never happens draws nothing."""
    draws, limit = fault
    return limit > 0 and next(draws) < limit
