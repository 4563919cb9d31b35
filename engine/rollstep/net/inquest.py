"""Two peers of a frozen match find out where their states part. Both do the same, and come to mirrored ends.

    asking -- sums that agree --------------> agreed
    asking -- sums that differ -------------> comparing
    asking -- no state that both have ------> closed
    comparing -- a level: digests of fields > comparing
    comparing -- what differs is small -----> reading
    comparing -- nothing differs -----------> closed
    reading -- all of its bytes are here ---> closed
    any of these -- nobody answers ---------> closed, with what is known by then

First the checksums of the last frames: the first that differs names the frame. Then the state before that frame, split as in
state/tree.py: of each part the digest, until those that differ are small enough to be read; then their bytes. What a peer says
after its checksums is its *testimony*, one stream of bytes. Both are built alike, so each side knows how long the other's is,
and takes nothing beyond: all that a peer can do is to tell lies about its own state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from ..state import DigestTree, Layout, Node
from ..wire.inquest import PART_BYTES, Part, Sums, pack

#: How soon checksums, and parts of a testimony that nobody has acknowledged, are sent again.
ASK_NS, RESEND_NS = 100_000_000, 200_000_000
#: An inquest is over when nothing new has come in for so long, and at the latest after so long.
QUIET_NS, LONGEST_NS = 5_000_000_000, 30_000_000_000
#: Parts under way that are not acknowledged.
PARTS = 16
DIGEST_BYTES = 8
#: What differs and is not larger is read; what is larger is split.
READ_BYTES = 256
#: Of the parts of a level that differ so many are looked into, in order of address,
MOST_NODES = 256
#: and of those that are small so many bytes are read. The rest is counted.
MOST_BYTES = 1 << 16

ALIKE = "no field differs in the states that both still have"

ASKING, COMPARING, READING, AGREED, CLOSED = "asking", "comparing", "reading", "agreed", "closed"
#: What may follow what.
STEPS = {ASKING: (COMPARING, AGREED, CLOSED), COMPARING: (COMPARING, READING, CLOSED), READING: (CLOSED,), AGREED: (),
         CLOSED: ()}


@dataclass(frozen=True)
class Parting:
    """The first frame whose states differ; when not `exact`, they do at this frame or before it."""

    frame: int
    exact: bool = True


def parting(ours: Sums, theirs: Sums) -> Parting | None:
    """Where two peers' checksums part; None when they agree in all frames of which both speak, or speak of none."""
    first, end = max(ours.first, theirs.first), min(ours.end, theirs.end)
    if first > end:
        return None
    if ours.chain_at(first - 1) != theirs.chain_at(first - 1):
        return Parting(first - 1, exact=False)
    return next((Parting(f) for f in range(first, end) if ours.sums[f - ours.first] != theirs.sums[f - theirs.first]), None)


@dataclass(frozen=True)
class Findings:
    """What an inquest has found out.

    parting  where the states part; None when the other side never told its checksums
    frame    whose states were compared: that of the parting, or the first after it that both still have; None: none
    ours     our state before that frame
    theirs   theirs, as far as it was read: ours with their bytes in the places that differ
    unread   parts that differ and were not read
    note     why something could not be found out; "" when everything was
    """

    parting: Parting | None = None
    frame: int | None = None
    ours: bytes = b""
    theirs: bytes = b""
    unread: int = 0
    note: str = ""


class Inquest:
    """One pair's. Sans-IO: `take` what comes in, send what `packets` returns, until it is not `busy` any more.

    ours    our checksums
    layout  of the state
    state   state(frame): a confirmed one, or None when it is not kept
    """

    def __init__(self, ours: Sums, layout: Layout, state: Callable[[int], bytes | None], now_ns: int) -> None:
        self.phase = ASKING
        self.findings = Findings(note="the other side did not answer")
        #: What the other side said first.
        self.theirs: Sums | None = None
        self._ours, self._tree, self._state = ours, DigestTree(layout), state
        self._began_ns = self._moved_ns = now_ns
        self._next_ns = now_ns              # when we speak again without being spoken to
        self._news = False                  # something that the other side waits for
        self._over = False                  # too late for anything
        self._said, self._heard = bytearray(), bytearray()      # the testimonies,
        self._early: dict[int, Part] = {}                       # parts of theirs that came before their turn,
        self._sent = self._acked = 0                            # and how much of ours is sent, and is there
        self._answered = False              # a part of theirs is in: they have our checksums
        self._level: list[Node] = []        # whose digests are said at the end of both testimonies,
        self._blocks: list[Node] = []       # and what differs and is small

    @property
    def open(self) -> bool:
        """Whether more may be found out."""
        return self.phase not in (AGREED, CLOSED)

    @property
    def busy(self) -> bool:
        """Whether the other side may still need us."""
        heard_out = self._answered and self._acked == len(self._said)
        return self.open or (self.phase == CLOSED and not self._over and not heard_out)

    # ------------------------------------------------------------------ what comes in

    def take(self, message: Sums | Part, now_ns: int) -> None:
        """A message of the other side. Nothing that it says raises."""
        if self._over:
            return
        if isinstance(message, Sums):
            if self.phase == ASKING:
                self._moved_ns = now_ns
                self._compare_sums(message, now_ns)
            self._news = True               # who repeats its checksums has heard nothing of us
        elif self.phase not in (ASKING, AGREED):
            self._take_part(message, now_ns)

    def _take_part(self, part: Part, now_ns: int) -> None:
        if part.have > len(self._said):
            return
        self._answered = True
        fresh = self._fresh(part)
        if part.have > self._acked or fresh:
            self._moved_ns, self._next_ns = now_ns, now_ns + RESEND_NS
        if part.data or part.have > self._acked:
            self._news = True               # an empty part that says nothing new needs no answer, or two peers never stop
        self._acked = max(self._acked, part.have)
        self._sent = max(self._sent, self._acked)
        while fresh and len(self._heard) < len(self._said):
            wanted = len(self._said) - len(self._heard)
            self._heard += fresh[:wanted]
            fresh = fresh[wanted:]
            if len(self._heard) == len(self._said):
                self._weigh()
            while not fresh and self._early and min(self._early) <= len(self._heard):
                fresh = self._fresh(self._early.pop(min(self._early)))

    def _fresh(self, part: Part) -> bytes:
        """What follows what is here. A part that came before its turn is kept, if it is not too far ahead."""
        ahead = part.at - len(self._heard)
        if 0 < ahead <= 2 * PARTS * PART_BYTES and len(self._early) < 2 * PARTS:
            self._early[part.at] = part
        return part.data[-ahead:] if ahead <= 0 else b""

    def _compare_sums(self, theirs: Sums, now_ns: int) -> None:
        """Where do we part, and of which frame do both have the state?"""
        self.theirs = theirs
        found = parting(self._ours, theirs)
        if found is None:
            self._go(AGREED)
            return
        self.findings = Findings(found, note="the other side stopped to answer")
        frame = max(found.frame, self._ours.kept, theirs.kept)
        state = self._state(frame) if frame < min(self._ours.end, theirs.end) else None
        if state is None:
            self._close(f"no state from frame {found.frame} on is kept on both sides")
            return
        self.findings = replace(self.findings, frame=frame, ours=state, theirs=state)
        self._next_ns = now_ns + RESEND_NS
        self._go(COMPARING)
        self._look_into([self._tree.root])

    def _weigh(self) -> None:
        """Their testimony is as long as ours: what does it say?"""
        if self.phase == COMPARING:
            size = len(self._level) * DIGEST_BYTES
            ours, theirs = self._said[-size:], self._heard[-size:]
            wrong = [node for node, at in zip(self._level, range(0, size, DIGEST_BYTES), strict=True)
                     if ours[at:at + DIGEST_BYTES] != theirs[at:at + DIGEST_BYTES]]
            self._look_into(wrong)
        elif self.phase == READING:
            state, at = bytearray(self.findings.ours), len(self._heard) - sum(block.end - block.start for block in self._blocks)
            for block in self._blocks:
                n = block.end - block.start
                state[block.start:block.end] = self._heard[at:at + n]
                at += n
            self.findings = replace(self.findings, theirs=bytes(state))
            unread = self.findings.unread
            self._close(f"{unread} more parts of the states differ and were not read" if unread else
                        ALIKE if self.findings.ours == self.findings.theirs else "")

    def _look_into(self, wrong: list[Node]) -> None:
        """These parts differ. What is large is split; when nothing is, what is small is read."""
        large = [node for node in wrong if node.end - node.start > READ_BYTES and node.kind is None]
        self._blocks += [node for node in wrong if node.end - node.start <= READ_BYTES or node.kind is not None]
        self._skip(len(large) - MOST_NODES)
        self._level = [part for node in large[:MOST_NODES] for part in self._tree.children(node)]
        state = memoryview(self.findings.ours)
        if self._level:
            self._go(COMPARING)
            for node in self._level:
                self._said += hashlib.blake2b(state[node.start:node.end], digest_size=DIGEST_BYTES).digest()
            return
        room, read = MOST_BYTES, list[Node]()
        for block in sorted(self._blocks, key=lambda node: node.start):
            if block.end - block.start <= room:
                read.append(block)
                room -= block.end - block.start
        self._skip(len(self._blocks) - len(read))
        self._blocks = read
        if not read:
            self._close(ALIKE)
            return
        self._go(READING)
        for block in read:
            self._said += state[block.start:block.end]

    def _skip(self, parts: int) -> None:
        if parts > 0:
            self.findings = replace(self.findings, unread=self.findings.unread + parts)

    # ------------------------------------------------------------------ what goes out

    def packets(self, now_ns: int) -> list[bytes]:
        """What is to be sent now. Looks after the time: who does not answer ends the inquest."""
        if self.busy and (now_ns - self._moved_ns > QUIET_NS or now_ns - self._began_ns > LONGEST_NS):
            self.give_up()
        if self._over or not (self._news or (self.busy and now_ns >= self._next_ns)):
            return []
        out = []
        if not self._answered and self.phase != AGREED and now_ns >= self._next_ns:
            out.append(pack(self._ours))
        if self.phase not in (ASKING, AGREED):
            if now_ns >= self._next_ns:
                self._sent = self._acked    # too long without a word: from there again
            out += self._parts()
        if now_ns >= self._next_ns:
            self._next_ns = now_ns + (RESEND_NS if self._answered else ASK_NS)
        self._news = False
        return out

    def _parts(self) -> list[bytes]:
        """What of our testimony was not sent yet and may be under way; at least one part, as it acknowledges."""
        end = min(len(self._said), self._acked + PARTS * PART_BYTES)
        pieces = [(at, bytes(self._said[at:min(at + PART_BYTES, end)])) for at in range(self._sent, end, PART_BYTES)]
        self._sent = max(self._sent, end)
        return [pack(Part(at, len(self._heard), data)) for at, data in pieces or [(self._sent, b"")]]

    def give_up(self, why: str = "") -> None:
        """No more will come: the other side is gone, or time is up."""
        if self.open:
            self._close(why or self.findings.note)
        self._over = True

    def _close(self, note: str) -> None:
        self.findings = replace(self.findings, note=note)
        self._go(CLOSED)

    def _go(self, phase: str) -> None:
        assert phase in STEPS[self.phase], (self.phase, phase)
        self.phase = phase
