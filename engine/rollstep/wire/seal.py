"""The tag that ends every control message: whoever makes one knows the secret of the match.

    tag   16 bytes, the first half of HMAC-SHA256 over all bytes before it; the key is drawn from the secret

It ends the messages of every wire version, so that a peer of another version is still known to be one of ours. A match
without a secret has a tag too, from the empty one: it proves nothing, but keeps matches with and without a secret apart.
"""

from __future__ import annotations

import hashlib
import hmac

TAG_BYTES = 16


class Seal:
    """Makes and checks the tags of one match."""

    def __init__(self, secret: bytes = b"") -> None:
        self._key = hashlib.sha256(b"rollstep control\n" + secret).digest()

    def close(self, message: bytes) -> bytes:
        """The datagram of a message."""
        return message + self._tag(message)

    def open(self, datagram: bytes) -> bytes | None:
        """The message in a datagram, or None when its tag was not made with our secret."""
        message, tag = datagram[:-TAG_BYTES], datagram[-TAG_BYTES:]
        return message if hmac.compare_digest(tag, self._tag(message)) else None

    def _tag(self, message: bytes) -> bytes:
        return hmac.digest(self._key, message, "sha256")[:TAG_BYTES]
