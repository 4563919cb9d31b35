"""The datagrams before there are keys. Each ends in a tag that only who knows the secret of the match can make.

    0   kind      u8: 0x40 initiation, 0x41 response, 0x42 cookie, 0x44 knock, 0x45 version
    1   magic     b"rstep"
    6   version   u8, the wire version; kind, magic, version, sender, receiver and tag stay where they are in all versions
    7   sender    u8, the slot of the sender,
    8   receiver  u8, and of whom it is for
    9   initiation: link u32, length u16, first message of the handshake, zeros up to 1,200 bytes, cookie (16 bytes)
        response:   link u32 of the initiation, link u32 of the sender, second message of the handshake
                    (the payload of a message repeats the sender's link before its record: so nobody can change it)
        cookie:     link u32 of the initiation, cookie (16 bytes)
        knock:      instance (8 bytes): I am here, and have no keys; call me
        version:    nothing: your datagram was of a version that I do not speak
    ..  tag       16 bytes of keyed BLAKE2b over all before it

An initiation is as large as a datagram may be, and every answer is smaller: nobody can be made to send more than was sent to
it. Links are numbers that each side draws for itself; what is sealed for it carries its own.

A match without a secret has a tag from the empty one: it proves nothing, but keeps the matches of different secrets apart.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from dataclasses import dataclass

from .control import INSTANCE_BYTES, WIRE_VERSION
from .input_packet import MAX_DATAGRAM

INITIATION, RESPONSE, COOKIE, KNOCK, VERSION = 0x40, 0x41, 0x42, 0x44, 0x45
#: First bytes of the datagrams that belong to this module.
GREETINGS = frozenset((INITIATION, RESPONSE, COOKIE, KNOCK, VERSION))
MAGIC = b"rstep"
TAG_BYTES = COOKIE_BYTES = 16
NO_COOKIE = bytes(COOKIE_BYTES)
#: What every handshake of this wire version begins with.
PROLOGUE = b"rollstep" + bytes([WIRE_VERSION])
#: A cookie is good for this long at least, and twice as long at most.
COOKIE_NS = 10_000_000_000

_HEAD = struct.Struct("<B5sBBB")
_INITIATION = struct.Struct("<IH")
_RESPONSE = struct.Struct("<II")
_COOKIE = struct.Struct("<I16s")
MAX_MESSAGE = MAX_DATAGRAM - _HEAD.size - _INITIATION.size - COOKIE_BYTES - TAG_BYTES


@dataclass(frozen=True)
class Greeting:
    """A datagram of this module. `version` may be another than ours: then the kind is VERSION, and the rest is empty.

    link     the number that the sender wants to be reached under (initiation, response)
    answers  the link of the initiation that is answered (response, cookie)
    body     the handshake's message, the cookie of a COOKIE, or the instance of a knock
    cookie   of an initiation: what it was told to repeat
    """

    kind: int
    version: int
    sender: int
    receiver: int
    link: int = 0
    answers: int = 0
    body: bytes = b""
    cookie: bytes = NO_COOKIE


def psk(secret: bytes) -> bytes:
    """The handshake's pre-shared key."""
    return hashlib.sha256(b"rollstep psk\n" + secret).digest()


class Greeter:
    """Makes and reads the greetings of one match."""

    def __init__(self, secret: bytes = b"") -> None:
        self._key = hashlib.sha256(b"rollstep greeting\n" + secret).digest()

    def initiation(self, sender: int, receiver: int, link: int, message: bytes, cookie: bytes = NO_COOKIE) -> bytes:
        """The first datagram of a handshake, 1,200 bytes."""
        return self._close(_head(INITIATION, sender, receiver) + _INITIATION.pack(link, len(message))
                           + message.ljust(MAX_MESSAGE, b"\0") + cookie)

    def response(self, sender: int, receiver: int, answers: int, link: int, message: bytes) -> bytes:
        """The second."""
        return self._close(_head(RESPONSE, sender, receiver) + _RESPONSE.pack(answers, link) + message)

    def cookie(self, sender: int, receiver: int, answers: int, cookie: bytes) -> bytes:
        """Too much to do: repeat the initiation with this."""
        return self._close(_head(COOKIE, sender, receiver) + _COOKIE.pack(answers, cookie))

    def knock(self, sender: int, receiver: int, instance: bytes) -> bytes:
        """Call me."""
        return self._close(_head(KNOCK, sender, receiver) + instance)

    def version(self, sender: int, receiver: int) -> bytes:
        """This is the wire version that I speak."""
        return self._close(_head(VERSION, sender, receiver))

    def open(self, data: bytes) -> Greeting | None:
        """The greeting in a datagram; None when its tag is not of this match, or what it holds is none. Never raises."""
        body, tag = data[:-TAG_BYTES], data[-TAG_BYTES:]
        if len(body) < _HEAD.size or not hmac.compare_digest(tag, self._tag(body)):
            return None
        kind, magic, version, sender, receiver = _HEAD.unpack_from(body)
        if magic != MAGIC or kind not in GREETINGS:
            return None
        if version != WIRE_VERSION:
            return Greeting(VERSION, version, sender, receiver)
        rest = body[_HEAD.size:]
        if kind == INITIATION and len(data) == MAX_DATAGRAM:
            link, length = _INITIATION.unpack_from(rest)
            message, padding = rest[_INITIATION.size:][:length], rest[_INITIATION.size + length:-COOKIE_BYTES]
            if length <= MAX_MESSAGE and not any(padding):
                return Greeting(kind, version, sender, receiver, link, 0, message, rest[-COOKIE_BYTES:])
        elif kind == RESPONSE and len(rest) >= _RESPONSE.size:
            answers, link = _RESPONSE.unpack_from(rest)
            return Greeting(kind, version, sender, receiver, link, answers, rest[_RESPONSE.size:])
        elif kind == COOKIE and len(rest) == _COOKIE.size:
            answers, cookie = _COOKIE.unpack(rest)
            return Greeting(kind, version, sender, receiver, 0, answers, cookie)
        elif (kind == KNOCK and len(rest) == INSTANCE_BYTES) or (kind == VERSION and not rest):
            return Greeting(kind, version, sender, receiver, body=rest)
        return None

    def _close(self, body: bytes) -> bytes:
        return body + self._tag(body)

    def _tag(self, body: bytes) -> bytes:
        return hashlib.blake2b(body, key=self._key, digest_size=TAG_BYTES, person=b"rollstep greet").digest()


class Cookies:
    """What an address is told to repeat, so that it is known to hear what is sent to it; nothing is kept for it.

    secret  32 bytes that nobody else knows
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, address: object, now_ns: int) -> bytes:
        """The cookie of an address. Addresses that are equal have equal texts."""
        return self._of(address, now_ns // COOKIE_NS)

    def good(self, cookie: bytes, address: object, now_ns: int) -> bool:
        """Whether this cookie was given to this address a short while ago."""
        turn = now_ns // COOKIE_NS
        return any(hmac.compare_digest(cookie, self._of(address, t)) for t in (turn, turn - 1))

    def _of(self, address: object, turn: int) -> bytes:
        told = turn.to_bytes(16, "little", signed=True) + repr(address).encode("utf-8", "backslashreplace")
        return hashlib.blake2b(told, key=self._secret, digest_size=COOKIE_BYTES, person=b"rollstep cookie").digest()


def _head(kind: int, sender: int, receiver: int) -> bytes:
    return _HEAD.pack(kind, MAGIC, WIRE_VERSION, sender, receiver)
