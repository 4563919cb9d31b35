"""The handshake of two peers: exactly Noise_NNpsk0_25519_ChaChaPoly_SHA256 (https://noiseprotocol.org/noise.html, rev. 34).

    -> psk, e        32 bytes of key, the payload, a tag of 16
    <- e, ee         likewise; both sides then have two keys that no third can know

Whoever does not know the pre-shared key can make neither message. The keys of X25519 are given by the caller, so that
nothing here is random. A side takes about 0.11 ms in all; a forged first message costs its reader 25 µs and no curve operation.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace

from .. import checks
from ..errors import UsageError

KEY_BYTES = 32
#: What a message has beyond its payload.
OVERHEAD = KEY_BYTES + 16
#: The longest message that Noise allows.
MAX_MESSAGE = 65535
_NAME = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"
#: Every key is used once, with the nonce 0: a token that mixes a key comes before each payload of this pattern.
_FIRST_NONCE = bytes(12)


class Noise:
    """One side of a handshake. The initiator writes, then reads; the other reads, then writes.

    psk: 32 bytes that both have; prologue: bytes that both must have alike; ephemeral: 32 fresh random bytes, never to
    be used again. UsageError names an argument that does not fit.
    """

    def __init__(self, *, initiator: bool, psk: bytes, prologue: bytes, ephemeral: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        self._initiator = initiator
        self._psk = checks.octets("psk", psk, KEY_BYTES)
        self._key = X25519PrivateKey.from_private_bytes(checks.octets("ephemeral", ephemeral, KEY_BYTES))
        self._public = self._key.public_key().public_bytes_raw()
        name = hashlib.sha256(_NAME).digest()
        self._state = _Symmetric(name, name, b"")
        self._state.mix_hash(prologue)
        self._shared = b""
        self._done = 0

    @property
    def finished(self) -> bool:
        """Whether both messages are done and there are keys."""
        return self._done == 2

    @property
    def hash(self) -> bytes:
        """32 bytes that bind to everything said so far; once `finished`, no other handshake has them."""
        return self._state.hash

    def write(self, payload: bytes) -> bytes:
        """Our message, made once; to send it again, keep it. UsageError when it is not our turn."""
        if self.finished or not self._our_turn:
            raise UsageError("a handshake is written once by each side, the initiator first")
        if len(payload) > MAX_MESSAGE - OVERHEAD:
            raise UsageError(f"payload has {len(payload)} bytes; at most {MAX_MESSAGE - OVERHEAD} fit in a handshake")
        state = self._state
        self._start(state, self._public)
        if not self._initiator:
            state.mix_key(self._shared)
        self._done += 1
        return self._public + state.encrypt(payload)

    def read(self, message: bytes) -> bytes | None:
        """The payload of the other side's message. None, and nothing has changed, when it is none or not authentic."""
        if self.finished or self._our_turn or not OVERHEAD <= len(message) <= MAX_MESSAGE:
            return None
        public, state = bytes(message[:KEY_BYTES]), replace(self._state)
        self._start(state, public)
        shared = b""
        if self._initiator:
            if (shared := self._exchange(public)) == b"":
                return None
            state.mix_key(shared)
        payload = state.decrypt(message[KEY_BYTES:])
        if payload is None:
            return None
        # the answer's secret is drawn now: a point that gives none is the sender's fault, and may not fail our write
        if not self._initiator and (shared := self._exchange(public)) == b"":
            return None
        self._state, self._shared = state, shared
        self._done += 1
        return payload

    def keys(self) -> tuple[bytes, bytes]:
        """(to send with, to receive with), 32 bytes each. UsageError before the handshake is finished."""
        if not self.finished:
            raise UsageError("a handshake has keys once it is finished")
        first, second = _hkdf(self._state.chaining, b"", 2)
        return (first, second) if self._initiator else (second, first)

    @property
    def _our_turn(self) -> bool:
        return self._initiator == (self._done == 0)

    def _start(self, state: _Symmetric, public: bytes) -> None:
        """The tokens up to `e`: with a pre-shared key, the ephemeral public key is mixed into the key as well."""
        if self._done == 0:
            state.mix_key_and_hash(self._psk)
        state.mix_hash(public)
        state.mix_key(public)

    def _exchange(self, public: bytes) -> bytes:
        """The secret shared with the owner of a public key, or nothing: a point of small order gives only zeros."""
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

        try:
            return self._key.exchange(X25519PublicKey.from_public_bytes(public))
        except ValueError:
            return b""


@dataclass
class _Symmetric:
    """Noise's SymmetricState: the chaining key, the hash of all said, and the key of the next payload."""

    chaining: bytes
    hash: bytes
    key: bytes

    def mix_hash(self, data: bytes) -> None:
        self.hash = hashlib.sha256(self.hash + data).digest()

    def mix_key(self, secret: bytes) -> None:
        self.chaining, self.key = _hkdf(self.chaining, secret, 2)

    def mix_key_and_hash(self, secret: bytes) -> None:
        self.chaining, mixed, self.key = _hkdf(self.chaining, secret, 3)
        self.mix_hash(mixed)

    def encrypt(self, payload: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        text = ChaCha20Poly1305(self.key).encrypt(_FIRST_NONCE, payload, self.hash)
        self.mix_hash(text)
        return text

    def decrypt(self, text: bytes) -> bytes | None:
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

        try:
            payload = ChaCha20Poly1305(self.key).decrypt(_FIRST_NONCE, text, self.hash)
        except InvalidTag:
            return None
        self.mix_hash(text)
        return payload


def _hkdf(chaining: bytes, secret: bytes, outputs: int) -> list[bytes]:
    """Noise's HKDF (RFC 5869 without info): `outputs` keys of 32 bytes."""
    drawn, block, made = hmac.digest(chaining, secret, "sha256"), b"", []
    for counter in range(1, outputs + 1):
        block = hmac.digest(drawn, block + bytes((counter,)), "sha256")
        made.append(block)
    return made
