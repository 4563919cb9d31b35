"""The text that one player sends to another to be joined: an address and a secret, short enough to be typed.

    192.168.0.7:7000/CHJPC-SV8D5-N6PV3-DDSRY
    [2001:db8::7]:7000/CHJPC-SV8D5-N6PV3-DDSRY

The secret is 11 bytes (88 bits) and 12 bits of SHA-256 over them, so that a typing error is noticed here and not by a
silent host. 100 bits are 20 letters of Crockford's base32 (https://www.crockford.com/base32.html), which has no I, L, O
and U: reading takes I and L for 1, O for 0, small letters, and any number of dashes and blanks. A leading "rollstep:" is
allowed too.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from ..errors import UsageError

SECRET_BYTES = 11
#: What a line looks like, for messages.
EXAMPLE = "192.168.0.7:7000/CHJPC-SV8D5-N6PV3-DDSRY"
_SCHEME = "rollstep:"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)} | {"I": 1, "L": 1, "O": 0}
_LETTERS, _GROUP, _CHECK_BITS = 20, 5, 12


@dataclass(frozen=True)
class JoinLine:
    """host: a name or an address (IPv6 without brackets); port 1 to 65535; secret: SECRET_BYTES bytes. `str()` is the line."""

    host: str
    port: int
    secret: bytes

    def __str__(self) -> str:
        return f"{self.address}/{_letters(self.secret)}"

    @property
    def address(self) -> str:
        """The address as "host:port", of IPv6 as "[host]:port"."""
        return address_text(self.host, self.port)

    @classmethod
    def parse(cls, text: str) -> JoinLine:
        """From what was copied or typed. Raises UsageError naming the part that is wrong."""
        if not isinstance(text, str):
            raise UsageError(f"a join line is a text such as {EXAMPLE}, not {text!r}")
        line = text.strip()
        if line[:len(_SCHEME)].lower() == _SCHEME:
            line = line[len(_SCHEME):].lstrip("/ ")
        address, slash, letters = line.partition("/")
        if not slash:
            raise UsageError(f"join line {_shown(line)}: there is no '/' between address and secret; "
                             f"a line looks like {EXAMPLE}")
        host, port = parse_address(address, f"join line {_shown(line)}: its address")
        return cls(host, port, _secret(letters))


def parse_address(text: str, what: str) -> tuple[str, int]:
    """(host, port) of "host:port" or "[IPv6 host]:port", nothing looked up. UsageError beginning with `what` is wrong."""
    host, _, port = text.strip().rpartition(":")
    named = bool(host) and not any(c in host for c in "/: \t\n[]%")
    if not (named or (host[:1] == "[" and host[-1:] == "]" and is_ipv6(host[1:-1]))) \
            or not (port.isascii() and port.isdigit()) or len(port) > 5 or not 1 <= int(port) <= 65535:
        raise UsageError(f"{what} is {_shown(text)}; write host:port with a port from 1 to 65535, an IPv6 host in brackets, "
                         f"as in {EXAMPLE} or [2001:db8::7]:7000")
    return host.strip("[]"), int(port)


def address_text(host: object, port: object) -> str:
    """What `parse_address` reads."""
    return f"[{host}]:{port}" if ":" in str(host) else f"{host}:{port}"


def is_ipv6(host: str) -> bool:
    """Whether this is a numeric IPv6 address, without brackets; with the interface after % where it needs one."""
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return True


def spelled(value: int, letters: int) -> str:
    """A number of 5 bits a letter, in groups of five letters that can be read out."""
    text = "".join(_ALPHABET[value >> 5 * i & 31] for i in reversed(range(letters)))
    return "-".join(text[i:i + _GROUP] for i in range(0, letters, _GROUP))


def _shown(text: str) -> str:
    """A text within an error's one line."""
    return repr(text if len(text) <= 60 else f"{text[:57]}...")


def _check(secret: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"rollstep join line\n" + secret).digest()[:2], "big") >> (16 - _CHECK_BITS)


def _letters(secret: bytes) -> str:
    return spelled(int.from_bytes(secret, "big") << _CHECK_BITS | _check(secret), _LETTERS)


def _secret(text: str) -> bytes:
    """The secret is not shown in messages: they end up in logs."""
    letters = "".join(text.upper().split()).replace("-", "")
    unknown = next((c for c in letters if c not in _VALUES), None)
    if unknown is not None:
        raise UsageError(f"join line: its secret has the letter {unknown!r}, which is none of {_ALPHABET}; "
                         f"a line looks like {EXAMPLE}")
    if len(letters) != _LETTERS:
        raise UsageError(f"join line: its secret has {len(letters)} letters, not {_LETTERS}; a line looks like {EXAMPLE}")
    value = 0
    for letter in letters:
        value = value << 5 | _VALUES[letter]
    secret = (value >> _CHECK_BITS).to_bytes(SECRET_BYTES, "big")
    if value & (1 << _CHECK_BITS) - 1 != _check(secret):
        raise UsageError("join line: a letter of its secret is wrong; compare it with what the host shows, or copy it")
    return secret
