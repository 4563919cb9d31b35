"""Every function that reads foreign bytes, alone: it gives a value or None, raises nothing, and takes what is honest.

Half of the datagrams that need a tag or a key get the right one after they were made wrong, as from who knows the secret.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rollstep.wire import control, greeting, identity, input_packet, inquest, reveal, sealing
from rollstep.wire.noise import Noise

from .mutate import mutated
from .target import Found, Journal

CHUNK = 256
SECRET = b"soak secret"
#: Handshakes of which first messages are made wrong: each needs curves, and is read by a fresh side.
_HANDSHAKES = 8


@dataclass(frozen=True)
class Reader:
    """What is read, honest samples of it, and how often it has its turn.

    read   the function; it gets the bytes, and gives something or None
    close  what makes wrong bytes authentic, if it needs to be
    """

    honest: Sequence[bytes]
    read: Callable[[bytes], Any]
    weight: int
    close: Callable[[bytes], bytes] | None = None


def _records() -> list[control.Record]:
    digest = bytes(range(16))
    return [control.Record(bytes(8), slot, receiver, owners, 60, delays, 8, slot == 0, True, digest, digest, digest, name)
            for slot, receiver, owners, delays, name in (
                (0, 1, (0, 1), (1,), "soak"), (1, 0, (0, 1, 1, 0), (2, 3), "höhe" * 20), (0, 15, tuple(range(16)), (16,), ""))]


def _texts(draw: random.Random) -> list[bytes]:
    key = identity.Identity(draw.randbytes(32))
    agrees = [control.Agree(draw.randbytes(32)),
              control.Agree(draw.randbytes(32), draw.randbytes(16), draw.randbytes(16), True, True),
              control.Agree(draw.randbytes(32), draw.randbytes(16), key=key.public, proof=key.sign(bytes(32)))]
    return [*map(control.pack_agree, agrees), *map(control.pack_bye, (0, 1, 2, 255))]


def _envelopes(draw: random.Random) -> list[bytes]:
    def some(count: int) -> tuple[bytes, ...]:
        return tuple(draw.randbytes(16) for _ in range(count))
    inner = bytes((input_packet.BASE,)) + draw.randbytes(30)
    sizes = ((0, 0), (1, 0), (5, 3), (20, 20))
    return [reveal.pack(reveal.Envelope(1, 2, 3, some(n), 70_000, some(k), inner)) for n, k in sizes]


def readers() -> dict[str, Reader]:
    """All of them. What they hold is the same each time."""
    draw = random.Random("soak readers")
    greeter, cookies = greeting.Greeter(SECRET), greeting.Cookies(draw.randbytes(32))
    key = greeting.psk(SECRET)

    def noise(initiator: bool) -> Noise:
        return Noise(initiator=initiator, psk=key, prologue=greeting.PROLOGUE, ephemeral=draw.randbytes(32))
    records = [control.pack_record(record) for record in _records()]
    firsts = [noise(True).write(records[i % len(records)]) for i in range(_HANDSHAKES)]
    caller, answerer = noise(True), noise(False)
    answerer.read(caller.write(records[0]))
    second = answerer.write(records[1])
    greetings = [greeter.initiation(1, 0, 7, firsts[0]), greeter.initiation(1, 0, 7, firsts[1], cookies.of("x", 0)),
                 greeter.response(0, 1, 7, 9, second), greeter.cookie(0, 1, 7, cookies.of("x", 0)),
                 greeter.knock(0, 1, bytes(8)), greeter.version(0, 1)]
    texts = _texts(draw) + _envelopes(draw) + [bytes((input_packet.BASE,)) + draw.randbytes(20)]
    sealer, opener = sealing.Sealer(bytes(32), 7), sealing.Opener(bytes(32))
    sealed = [sealer.seal(text) for text in texts * 3]

    def proof(data: bytes) -> bool:
        return identity.proven(data[:32], data[32:96], data[96:])
    who = identity.Identity(bytes(32))
    return {
        "texts": Reader(_texts(draw), control.parse, 20),
        "records": Reader(records, control.parse_record, 20),
        "inquests": Reader([inquest.pack(inquest.Sums(9, 1, 2, tuple(range(n)))) for n in (0, 3, 127)]
                           + [inquest.pack(inquest.Part(0, 5, bytes(n))) for n in (0, 9, 1024)], inquest.parse, 15),
        "envelopes": Reader(_envelopes(draw), reveal.parse, 20),
        "greetings": Reader(greetings, greeter.open, 15, lambda data: greeter._close(data[:-greeting.TAG_BYTES])),
        "sealed": Reader(sealed, opener.open, 20, lambda data: sealer.seal(data[9:-16][:sealing.MAX_TEXT])),
        "receivers": Reader(sealed, sealing.receiver_of, 3),
        "first messages": Reader(firsts, lambda data: noise(False).read(data), 1),
        "second messages": Reader([second], caller.read, 1),
        "identities": Reader([who.public + who.sign(bytes(32)) + bytes(32)], proof, 1),
    }


class Parsers:
    """The target."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._readers = readers()
        self._names = [name for name, reader in self._readers.items() for _ in range(reader.weight)]
        self._check_honest()

    def _check_honest(self) -> None:
        for name, reader in readers().items():
            for data in reader.honest if name != "second messages" else ():
                if reader.read(data) in (None, False):
                    raise Found(f"{name}: an honest one is refused", {"reader": name, "datagrams": [data.hex()]})

    def plan(self, number: int) -> list[tuple[str, bytes]]:
        """(reader, bytes) of a chunk; which are to be closed is drawn too, but done when they are read."""
        draw = random.Random(f"parsers {self._seed} {number}")
        names = [draw.choice(self._names) for _ in range(CHUNK)]
        return [(name + "*" * (self._readers[name].close is not None and draw.random() < 0.5),
                 mutated(draw, self._readers[name].honest)) for name in names]

    def chunk(self, number: int, journal: Journal) -> Counter[str]:
        """See Target."""
        return self._attack(self.plan(number), lambda i: journal.note(number, i))

    def replay(self, case: dict[str, Any]) -> None:
        """See Target."""
        self._attack([(case["reader"], bytes.fromhex(data)) for data in case["datagrams"]], lambda i: None)

    def _attack(self, datagrams: Sequence[tuple[str, bytes]], note: Callable[[int], None]) -> Counter[str]:
        counts: Counter[str] = Counter()
        for i, (name, data) in enumerate(datagrams):
            note(i)
            reader = self._readers[name.rstrip("*")]
            try:
                if name[-1] == "*" and reader.close is not None:
                    data = reader.close(data)
                good = reader.read(data)
            except Exception as error:
                case = {"reader": name, "datagrams": [data.hex()]}
                raise Found(f"{name} raised {type(error).__name__}: {error}", case) from error
            counts["read" if good not in (None, False) else "refused"] += 1
        return counts
