"""Who somebody is from match to match: an Ed25519 key (RFC 8032), known to others by its public half.

A signature is over "rollstep identity\\n" and a hash, such as that of a handshake, so that no other use of the key can be
taken for it. Signing takes 32 µs, proving 125 µs.
"""

from __future__ import annotations

import hashlib

from .. import checks
from .join_line import spelled

KEY_BYTES, SIGNATURE_BYTES = 32, 64
_DOMAIN = b"rollstep identity\n"
_LETTERS = 25
_P = 2**255 - 19
#: y of the points of small order, RFC 8032's encoding less the sign. With such a key anybody can sign anything, and the
#: library does not mind.
_Y8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL = (0, 1, _P - 1, _Y8, _P - _Y8)


class Identity:
    """A private key and what it can do. private: 32 random bytes, kept from everybody; UsageError when it is not 32 bytes.

    public   32 bytes, to be given to anybody
    """

    def __init__(self, private: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(checks.octets("private", private, KEY_BYTES))
        self.public = self._key.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Identity({fingerprint(self.public)})"

    def sign(self, hash: bytes) -> bytes:
        """64 bytes that only this identity can make of `hash`: always the same ones."""
        return self._key.sign(_DOMAIN + hash)


def proven(public: bytes, signature: bytes, hash: bytes) -> bool:
    """Whether the owner of `public` has signed `hash`. Never raises: what is no key or no signature proves nothing."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not _is_sound(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, _DOMAIN + hash)
    except (InvalidSignature, ValueError):      # ValueError: a key of another length
        return False
    return True


def fingerprint(public: bytes) -> str:
    """A public key for people to compare: 125 bits of its SHA-256, as letters of a join line, NNNNN-NNNNN-NNNNN-NNNNN-NNNNN."""
    digest = hashlib.sha256(_DOMAIN + checks.octets("public", public, KEY_BYTES)).digest()
    return spelled(int.from_bytes(digest[:16], "big") >> 3, _LETTERS)


def _is_sound(public: bytes) -> bool:
    """Whether a public key has one spelling (is reduced) and an owner (is of no small order)."""
    y = int.from_bytes(public, "little") & (1 << 255) - 1
    return y < _P and y not in _SMALL
