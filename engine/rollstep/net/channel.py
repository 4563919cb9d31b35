"""The handshake with one other peer, until there are keys: greetings in and out, by two tables.

Of two peers the one with the higher slot calls, and the other answers. Both tables say what an event leads to; what is not in
them is dropped. An answer is only an *offer*: whoever called may be an echo of last week. The first datagram that opens under
the keys of an offer is the proof that somebody holds them now, and the link to use from then on.

Who answers and has no keys knocks: a process that was started again does not know who had been calling the one before it. A
caller that has a link goes on using it while it calls whoever knocked, or calls again because nobody answers.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..wire.control import Record, pack_record, parse_record
from ..wire.greeting import NO_COOKIE, PROLOGUE, Greeter, Greeting
from ..wire.noise import Noise
from ..wire.sealing import SEALED, Opener, Sealer

#: So many bytes that nobody can guess.
Entropy = Callable[[int], bytes]
Table = dict[tuple[str, str], tuple[str, str]]

#: Between two calls, or two knocks.
RETRY_US = 100_000
#: Offers that are kept at a time; the oldest goes.
OFFERS = 4

#: (state, event) -> (state, action) of the peer with the higher slot,
CALLING: Table = {
    ("absent", "timer"): ("calling", "call"),
    ("calling", "timer"): ("calling", "repeat"),
    ("calling", "cookie"): ("calling", "repeat"),
    ("calling", "response"): ("linked", "adopt"),
    ("linked", "knock"): ("recalling", "call"),
    ("linked", "silence"): ("recalling", "call"),
    ("linked", "farewell"): ("absent", "forget"),
    ("recalling", "timer"): ("recalling", "repeat"),
    ("recalling", "cookie"): ("recalling", "repeat"),
    ("recalling", "response"): ("linked", "adopt"),
    ("recalling", "farewell"): ("absent", "forget"),
}
#: and of the one with the lower.
ANSWERING: Table = {
    ("absent", "timer"): ("absent", "knock"),
    ("absent", "initiation"): ("offered", "offer"),
    ("offered", "timer"): ("offered", "knock"),
    ("offered", "initiation"): ("offered", "offer"),
    ("offered", "proof"): ("linked", "adopt"),
    ("linked", "initiation"): ("linked", "offer"),
    ("linked", "proof"): ("linked", "adopt"),
    ("linked", "farewell"): ("absent", "forget"),
}
#: During the match: a caller may have taken another link just before the start, and proves it only after ours.
STARTED: Table = {("linked", "proof"): ("linked", "adopt")}


@dataclass(frozen=True)
class Link:
    """The keys that two peers have together, and what the other one said in the handshake.

    prefix  the first bytes of every datagram that is sealed for us under these keys
    hash    the handshake's own number, 32 bytes: the same on both sides, and in no other link
    """

    peer: int
    prefix: bytes
    sealer: Sealer
    opener: Opener
    record: Record
    hash: bytes
    caller: bool


@dataclass(frozen=True)
class _Call:
    link: int
    noise: Noise
    message: bytes
    cookie: bytes = NO_COOKIE


@dataclass(frozen=True)
class _Offer:
    link: Link
    initiation: bytes
    response: bytes


class Channel:
    """One peer's side of one handshake.

    record   ours, with the other as its receiver
    key      the pre-shared key
    links    where links of all channels are found by their prefixes; ours are put in and taken out
    """

    def __init__(self, record: Record, *, key: bytes, greeter: Greeter, entropy: Entropy, links: dict[bytes, Link]) -> None:
        self.peer = record.receiver
        self.record = record
        self.table = CALLING if record.slot > record.receiver else ANSWERING
        self.state = "absent"
        self.link: Link | None = None
        self._key, self._greeter, self._entropy, self._links = key, greeter, entropy, links
        self._call: _Call | None = None
        self._offers: list[_Offer] = []
        self._next_us = 0

    def made(self, greeting: Greeting) -> bool:
        """Whether a greeting is one of ours, sent back by whoever heard it."""
        return greeting.body in (self.record.instance, self._call.message if self._call is not None else b"")

    def tick(self, now_us: int) -> bytes | None:
        """The greeting that is due."""
        if now_us < self._next_us or (self.state, "timer") not in self.table:
            return None
        self._next_us = now_us + RETRY_US
        return self._happens("timer")

    def silent(self) -> bytes | None:
        """Nothing is heard over the link, though the match has not begun: it may be ours alone."""
        return self._happens("silence")

    def cookie(self, greeting: Greeting) -> bytes | None:
        """We are to repeat a call with a cookie: at once for the first, and for others when it is due anyway. A cookie is a
        small datagram, and anybody can play it back."""
        call = self._call
        if call is None or greeting.answers != call.link:
            return None
        self._call = replace(call, cookie=greeting.body)
        return self._happens("cookie") if call.cookie == NO_COOKIE else None

    def knock(self, greeting: Greeting) -> bytes | None:
        """Somebody asks to be called; who is linked with us already need not."""
        if self.link is not None and self.link.record.instance == greeting.body:
            return None
        return self._happens("knock")

    def response(self, greeting: Greeting) -> bool:
        """Our call was answered; whether by somebody who has the key. There is a new link then."""
        call = self._call
        if call is None or greeting.answers != call.link or (self.state, "response") not in self.table:
            return False
        noise = copy.copy(call.noise)       # the call stands until all of the response is right
        record = _read(noise, greeting)
        if record is None:
            return False
        self._happens("response", self._made(noise, call.link, greeting.link, record, caller=True))
        return True

    def repeated(self, greeting: Greeting) -> bytes | None:
        """The same call gets the same response, without the work."""
        return next((offer.response for offer in self._offers if offer.initiation == greeting.body), None)

    def initiation(self, greeting: Greeting) -> bytes | None:
        """Somebody calls: the response."""
        if (self.state, "initiation") not in self.table:
            return None
        noise = self._noise(initiator=False)
        record = _read(noise, greeting)
        if record is None:
            return None
        mine = self._draw_link()
        message = noise.write(_payload(mine, self.record))
        response = self._greeter.response(self.record.slot, self.peer, greeting.link, mine, message)
        offer = _Offer(self._made(noise, mine, greeting.link, record, caller=False), greeting.body, response)
        return self._happens("initiation", offer)

    def proven(self, link: Link) -> bool:
        """A datagram was opened under the keys of a link; whether that makes it the one to use."""
        if link is self.link or (self.state, "proof") not in self.table:
            return False
        self._happens("proof", link)
        return True

    def forget(self) -> None:
        """The other side has left before the start: its place is free."""
        self._happens("farewell")

    def start(self) -> None:
        """From here on nothing but the link counts, and what was offered to the same process until `settle`."""
        assert self.link is not None
        self._call = None
        self._keep([offer for offer in self._offers if offer.link.record.instance == self.link.record.instance])
        self.table = STARTED

    @property
    def unsettled(self) -> bool:
        """Whether the match has begun and offers are left."""
        return self.table is STARTED and bool(self._offers)

    def settle(self) -> None:
        """The other side goes on using the link: what else was offered to it does not count any more."""
        self._keep([])

    def _keep(self, offers: list[_Offer]) -> None:
        for offer in self._offers:
            if offer not in offers:
                self._drop(offer.link)
        self._offers = offers

    # ------------------------------------------------------------------ the tables

    def _happens(self, event: str, with_what: Link | _Offer | None = None) -> bytes | None:
        row = self.table.get((self.state, event))
        if row is None:
            return None
        self.state, action = row
        match action:
            case "call":
                noise, link = self._noise(initiator=True), self._draw_link()
                self._call = _Call(link, noise, noise.write(_payload(link, self.record)))
                return self._repeat(self._call)
            case "repeat":
                assert self._call is not None
                return self._repeat(self._call)
            case "knock":
                return self._greeter.knock(self.record.slot, self.peer, self.record.instance)
            case "offer":
                assert isinstance(with_what, _Offer)
                self._offers.append(with_what)
                self._links[with_what.link.prefix] = with_what.link
                if len(self._offers) > OFFERS:
                    self._drop(self._offers.pop(0).link)
                return with_what.response
            case "adopt":
                assert isinstance(with_what, Link)
                self._drop(self.link)
                self._call = None
                self._offers = [offer for offer in self._offers if offer.link is not with_what]
                self.link = with_what
                self._links[with_what.prefix] = with_what
            case "forget":
                self._drop(self.link)
                self.link = self._call = None
        return None

    def _repeat(self, call: _Call) -> bytes:
        return self._greeter.initiation(self.record.slot, self.peer, call.link, call.message, call.cookie)

    # ------------------------------------------------------------------ parts

    def _noise(self, *, initiator: bool) -> Noise:
        return Noise(initiator=initiator, psk=self._key, prologue=PROLOGUE, ephemeral=self._entropy(32))

    def _draw_link(self) -> int:
        """A number that none of our links has; its lowest byte is the other peer's."""
        while True:
            link = int.from_bytes(self._entropy(4), "little") & 0xFFFF_FF00 | self.peer
            if _prefix(link) not in self._links:
                return link

    def _made(self, noise: Noise, mine: int, theirs: int, record: Record, *, caller: bool) -> Link:
        seal, open_ = noise.keys()
        return Link(self.peer, _prefix(mine), Sealer(seal, theirs), Opener(open_), record, noise.hash, caller)

    def _drop(self, link: Link | None) -> None:
        if link is not None:
            self._links.pop(link.prefix, None)


def _payload(link: int, record: Record) -> bytes:
    """What a handshake's message carries: the link that its datagram names in the open, and the record."""
    return link.to_bytes(4, "little") + pack_record(record)


def _read(noise: Noise, greeting: Greeting) -> Record | None:
    """The record of whoever made this message; None when it is none, or when the link beside it is not the one inside."""
    payload = noise.read(greeting.body)
    if payload is None or payload[:4] != greeting.link.to_bytes(4, "little"):
        return None
    return parse_record(payload[4:])


def _prefix(link: int) -> bytes:
    return bytes([SEALED]) + link.to_bytes(4, "little")
