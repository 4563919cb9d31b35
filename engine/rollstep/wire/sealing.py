"""Sealed datagrams: what peers say once a handshake (noise.py) has given them keys, unreadable and unchangeable to others.

    0   kind      0x43
    1   receiver  u32  the number by which the receiver knows the sender; it chose it itself
    5   sequence  u32  low bits of the 64-bit number of datagrams sealed before with the keys of this direction
    9   text      ChaCha20-Poly1305 (RFC 8439); the nine bytes before are its associated data
    ..  tag       16 bytes

The nonce is Noise's: four zero bytes and the sequence, little-endian. Every 2^20 sequences (five hours at 60 a second)
begin an epoch with a new key, drawn from the last one by Noise's REKEY (section 4.2 of https://noiseprotocol.org/noise.html):
a key found later opens nothing older than the epoch before its own. The replay window is that of RFC 6479, as one integer.

Cost of 60 bytes: sealing 1.2 µs, 1.4 times the library's encrypt alone (0.83); opening 1.6 µs, 1.8 times its decrypt (0.90).
Of 1,175: 2.0 and 2.4 µs, 1.4 and 1.6 times. (Best of 30 runs of 3,000 on two shared cores, Python 3.11.) In a session both
together cost some 6.5 µs a peer and frame, two thirds of which are the library's, whose caches are cold there: 1.3 times the
same in the open on the simulated network, 1.5 over sockets (engine/CORE.md).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from .. import checks
from ..errors import UsageError
from .input_packet import MAX_DATAGRAM

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

#: First byte of a sealed datagram.
SEALED = 0x43
KEY_BYTES = 32
_HEAD = struct.Struct("<BII")
_HEAD_BYTES = _HEAD.size
#: What a datagram has beyond its text.
OVERHEAD = _HEAD_BYTES + 16
MAX_TEXT = MAX_DATAGRAM - OVERHEAD
#: Datagrams that may arrive this much behind the newest one, each once.
WINDOW = 1024
#: An epoch has 2 to the power of this many sequences.
EPOCH_BITS = 20

#: Sequences stay below, as no match lasts so long; the nonce that only rekeying may use is far from it.
_END = 1 << 62
_LOW, _HALF = (1 << 32) - 1, 1 << 31
_ALL = (1 << WINDOW) - 1
_REKEY_NONCE = bytes(4) + b"\xff" * 8
_nonce = struct.Struct("<4xQ").pack
_low_of = struct.Struct("<I").unpack_from

Cipher = Callable[[bytes, bytes, bytes], bytes]


def receiver_of(datagram: bytes) -> int | None:
    """The number of the receiver in a sealed datagram, not yet authenticated; None when this is none."""
    if not OVERHEAD <= len(datagram) <= MAX_DATAGRAM or datagram[0] != SEALED:
        return None
    return int(_low_of(datagram, 1)[0])


class Sealer:
    """Seals what one side says to another.

    key: 32 bytes that nothing else is sealed with; receiver: the number that the other side chose, 0 to 2^32 - 1.
    start: the first sequence, whose epoch the key belongs to.
    """

    __slots__ = ("_cipher", "_encrypt", "_epoch_end", "_receiver", "_sequence")

    def __init__(self, key: bytes, receiver: int, *, start: int = 0) -> None:
        self._cipher = _cipher_of(checks.octets("key", key, KEY_BYTES))
        self._receiver = checks.in_range("receiver", receiver, 0, _LOW)
        self._sequence = checks.in_range("start", start, 0, _END - 1)
        self._encrypt: Cipher = self._cipher.encrypt
        self._epoch_end = (start >> EPOCH_BITS) + 1 << EPOCH_BITS

    def seal(self, text: bytes) -> bytes:
        """The next datagram, of at most MAX_TEXT bytes of text. Once a datagram: its cost is at the top of this module."""
        if len(text) > MAX_TEXT:
            raise UsageError(f"text has {len(text)} bytes; a sealed datagram takes {MAX_TEXT}")
        sequence = self._sequence
        if sequence == self._epoch_end:
            self._cipher = _next(self._cipher)
            self._encrypt = self._cipher.encrypt
            self._epoch_end += 1 << EPOCH_BITS
        self._sequence = sequence + 1
        head = _HEAD.pack(SEALED, self._receiver, sequence & _LOW)
        return head + self._encrypt(_nonce(sequence), text, head)


class Opener:
    """Opens what one side says to another, each datagram once. `key` and `start`: as those of its Sealer.

    sequence of the datagram opened last
    newest   whether that is the newest so far: where it came from is where its sender is now
    why      why the last one that was refused was: "seal" (it is none of ours, or was changed) or "replay" (it was opened
             before, or is more than WINDOW behind)

    Nothing but a datagram that authenticates moves the window, and none costs more than one attempt to open it; the key of
    the next epoch is drawn once, whatever is claimed to be of it. A sequence further ahead than that is refused unopened.
    """

    __slots__ = ("_cipher", "_decrypt", "_epoch", "_forged", "_highest", "_next", "_previous", "_seen", "newest", "sequence",
                 "why")

    def __init__(self, key: bytes, *, start: int = 0) -> None:
        from cryptography.exceptions import InvalidTag

        self._cipher = _cipher_of(checks.octets("key", key, KEY_BYTES))
        self._highest = checks.in_range("start", start, 0, _END - 1) - 1
        self._epoch = start >> EPOCH_BITS
        self._decrypt: Cipher = self._cipher.decrypt
        self._previous: ChaCha20Poly1305 | None = None
        self._next: ChaCha20Poly1305 | None = None
        #: Bit n: the sequence n below the highest was opened, or was before the start.
        self._seen = _ALL
        self._forged = InvalidTag
        self.sequence = self._highest
        self.newest = False
        self.why: Literal["seal", "replay"] = "seal"

    def open(self, datagram: bytes) -> bytes | None:
        """The text, or None; never raises. Once a datagram: its cost is at the top of this module."""
        if not OVERHEAD <= len(datagram) <= MAX_DATAGRAM or datagram[0] != SEALED:
            self.why = "seal"
            return None
        highest = self._highest
        # of all sequences with these low bits, the one that is nearest to the highest
        ahead = (_low_of(datagram, 5)[0] - highest + _HALF & _LOW) - _HALF
        if ahead <= 0 and (ahead <= -WINDOW or self._seen >> -ahead & 1):
            self.why = "replay"
            return None
        sequence = highest + ahead
        epoch = sequence >> EPOCH_BITS
        decrypt = self._decrypt if epoch == self._epoch else self._decrypt_of(epoch)
        if decrypt is None:
            self.why = "seal"
            return None
        try:
            text = decrypt(_nonce(sequence), datagram[_HEAD_BYTES:], datagram[:_HEAD_BYTES])
        except self._forged:
            self.why = "seal"
            return None
        self.sequence = sequence
        if ahead <= 0:
            self._seen |= 1 << -ahead
            self.newest = False
            return text
        self._seen = (self._seen << ahead | 1) & _ALL if ahead < WINDOW else 1
        self._highest = sequence
        self.newest = True
        if epoch != self._epoch:
            self._adopt()
        return text

    def _decrypt_of(self, epoch: int) -> Cipher | None:
        """The way to open what is of a neighbouring epoch; the window reaches no further back, and nothing further ahead."""
        if epoch == self._epoch + 1:
            if self._next is None:
                self._next = _next(self._cipher)
            return self._next.decrypt
        return self._previous.decrypt if epoch == self._epoch - 1 and self._previous is not None else None

    def _adopt(self) -> None:
        """The next epoch has begun: a datagram of it was authentic."""
        assert self._next is not None
        self._previous, self._cipher, self._next = self._cipher, self._next, None
        self._decrypt = self._cipher.decrypt
        self._epoch += 1


def _cipher_of(key: bytes) -> ChaCha20Poly1305:
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    return ChaCha20Poly1305(key)


def _next(cipher: ChaCha20Poly1305) -> ChaCha20Poly1305:
    """Noise's REKEY: the cipher of the epoch after that of `cipher`."""
    return _cipher_of(cipher.encrypt(_REKEY_NONCE, bytes(KEY_BYTES), b"")[:KEY_BYTES])
