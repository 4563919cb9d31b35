"""Two peers of a frozen match come to the same end, whatever the link does; and what a liar can do."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep.net import inquest
from rollstep.net.inquest import AGREED, CLOSED, STEPS, Inquest, Parting, parting
from rollstep.state import Layout, chain, differences
from rollstep.wire.inquest import MOST_SUMS, Part, Sums, pack, parse
from tests.games import nasty

MS = 1_000_000


@rs.struct
class Big:
    """64 KiB in one array, and structs inside of structs behind it."""

    cells: rs.Array[rs.i64] = rs.array(8192)
    flag: rs.u8
    world: nasty.World


@rs.struct
class Small:
    only: rs.u8


def size_of(layout: Layout) -> int:
    return -(-layout.size // 8) * 8


def told(sums: list[int], first: int = 1, kept: int = 0, before: int = 0) -> Sums:
    """Checksums from a frame on, of which all before it are `before`."""
    value = 0
    for _ in range(first - 1):
        value = chain(value, before)
    return Sums(first, value, kept, tuple(sums))


class Pair:
    """Two inquests over a link with a loss and a delay of 20 to 60 ms, in virtual time."""

    def __init__(self, layout: Layout, ours: bytes, theirs: bytes, *, loss: float = 0.0, seed: int = 1,
                 sums: tuple[Sums, Sums] | None = None) -> None:
        self.chance, self.loss, self.now, self.sent, self.bytes = random.Random(seed), loss, 0, 0, 0
        first, second = sums or (told([5, 6, 7]), told([5, 8, 9]))
        self.ends = (Inquest(first, layout, lambda frame: ours, 0), Inquest(second, layout, lambda frame: theirs, 0))
        self.flying: list[tuple[int, int, bytes]] = []

    def run(self, limit_ms: int = 60_000, until: Callable[[], bool] | None = None) -> None:
        while self.now < limit_ms * MS and not (until() if until else not any(end.busy for end in self.ends)):
            self.now += 10 * MS
            for i, end in enumerate(self.ends):
                for data in end.packets(self.now):
                    self.sent, self.bytes = self.sent + 1, self.bytes + len(data)
                    if self.chance.random() >= self.loss:
                        self.flying.append((self.now + self.chance.randint(20, 60) * MS, 1 - i, data))
            for item in [item for item in self.flying if item[0] <= self.now]:
                self.flying.remove(item)
                message = parse(item[2])
                assert message is not None
                self.ends[item[1]].take(message, self.now)


def mirrored(pair: Pair, ours: bytes, theirs: bytes) -> None:
    a, b = (end.findings for end in pair.ends)
    assert [end.phase for end in pair.ends] == [CLOSED, CLOSED]
    assert (a.parting, a.frame, a.note, a.unread) == (b.parting, b.frame, b.note, b.unread)
    assert (a.ours, a.theirs) == (ours, theirs) and (b.ours, b.theirs) == (theirs, ours)


@pytest.mark.parametrize("loss", [0.0, 0.1, 0.5])
@pytest.mark.parametrize("layout", [nasty.World.layout, Big.layout, Small.layout], ids=["nasty", "64 KiB", "one byte"])
@pytest.mark.parametrize("bits", [1, 40])
def test_both_sides_end_with_the_others_bytes_whatever_is_lost(layout, bits, loss):
    ours = random.Random(bits).randbytes(size_of(layout))
    changed = bytearray(ours)
    for i in random.Random(bits + 1).sample(range(layout.size), min(bits, layout.size)):
        changed[i] ^= 1 << i % 8
    pair = Pair(layout, ours, bytes(changed), loss=loss)
    pair.run()
    mirrored(pair, ours, bytes(changed))
    assert pair.ends[0].findings.parting == Parting(2) and pair.ends[0].findings.note == ""
    if loss == 0 and bits == 1:
        assert pair.now < 1000 * MS and pair.sent < 20


@given(st.data())
@settings(max_examples=60)
def test_any_bit_of_any_field_is_named_by_both_sides(data):
    layout = data.draw(st.sampled_from([nasty.World.layout, Big.layout]))
    path, kind, at = data.draw(st.sampled_from(list(layout.leaves())))
    bit = data.draw(st.integers(0, 8 * kind.size - 1))
    ours = bytearray(size_of(layout))
    theirs = bytearray(ours)
    theirs[at + bit // 8] ^= 1 << bit % 8
    pair = Pair(layout, bytes(ours), bytes(theirs), loss=0.1, seed=data.draw(st.integers(0, 99)))
    pair.run()
    for end in pair.ends:
        (found,) = differences(layout, end.findings.ours, end.findings.theirs)
        assert found.path.startswith(path)


def test_padding_that_differs_is_found_as_well():
    layout = nasty.World.layout
    covered = {b for _, kind, at in layout.leaves() for b in range(at, at + kind.size)}
    gap = next(b for b in range(layout.size) if b not in covered)
    theirs = bytearray(size_of(layout))
    theirs[gap] = 1
    pair = Pair(layout, bytes(size_of(layout)), bytes(theirs))
    pair.run()
    (found,) = differences(layout, pair.ends[0].findings.ours, pair.ends[0].findings.theirs)
    assert found.path == f"World padding at byte {gap}"


def test_of_states_that_differ_everywhere_so_much_is_read_and_the_rest_counted():
    layout = Big.layout
    ours, theirs = bytes(size_of(layout)), bytes(b"\xff" * layout.size).ljust(size_of(layout), b"\0")
    pair = Pair(layout, ours, theirs, loss=0.02)
    pair.run()
    a, b = (end.findings for end in pair.ends)
    assert a.unread == b.unread > 0 and "more parts of the states differ" in a.note and a.note == b.note
    read = sum(x != y for x, y in zip(a.ours, a.theirs, strict=True))
    assert inquest.MOST_BYTES - inquest.READ_BYTES < read <= inquest.MOST_BYTES
    assert a.theirs[:1024] == theirs[:1024], "what comes first in memory is read first"
    assert pair.bytes < 6 * inquest.MOST_BYTES and len(pair.ends[0]._said) < 2 * inquest.MOST_BYTES


# ---------------------------------------------------------------------------- which frame

@pytest.mark.parametrize(("ours", "theirs", "found"), [
    (told([1, 2, 3]), told([1, 2, 3]), None),
    (told([1, 2, 3]), told([1, 2, 3, 4]), None),
    (told([1, 2, 3]), told([1, 9, 3]), Parting(2)),
    (told([1, 2, 3]), told([9, 2, 3]), Parting(1)),
    (told([1, 2, 3]), told([1, 2]), None),
    (told([5, 5, 5, 5]), told([5, 6], first=3, before=5), Parting(4)),
    (told([5, 4, 5, 5]), told([5, 6], first=3, before=5), Parting(2, exact=False)),
    (told([5, 6], first=3, before=5), told([5, 4, 5, 5]), Parting(2, exact=False)),
    (told([5], first=3, before=5), told([5, 5]), None),
    (told([5], first=3, before=5), told([5, 4]), Parting(2, exact=False)),
    (told([5], first=9, before=5), told([5, 4]), None),
    (told([]), told([]), None), (told([]), told([1, 2]), None)])
def test_the_first_frame_that_differs_follows_from_both_sides_checksums(ours, theirs, found):
    assert parting(ours, theirs) == parting(theirs, ours) == found


def test_when_the_state_of_that_frame_is_gone_the_first_that_both_have_is_compared():
    pair = Pair(Small.layout, bytes(8), b"\1" + bytes(7), sums=(told([1, 2, 3, 4, 5], kept=3), told([9, 8, 7, 6, 5], kept=4)))
    pair.run()
    mirrored(pair, bytes(8), b"\1" + bytes(7))
    assert pair.ends[0].findings.parting == Parting(1) and pair.ends[0].findings.frame == 4


@pytest.mark.parametrize("kept", [4, 1 << 40])
def test_when_no_state_is_there_on_both_sides_both_say_so_at_once(kept):
    pair = Pair(Small.layout, bytes(8), bytes(8), sums=(told([1, 2, 3]), told([9, 8, 7], kept=kept)), loss=0.3)
    pair.run()
    for end in pair.ends:
        assert end.phase == CLOSED and end.findings.parting == Parting(1) and end.findings.frame is None
        assert "no state from frame 1 on is kept" in end.findings.note
    assert pair.now < inquest.QUIET_NS


def test_states_that_have_come_together_again_have_no_field_to_name():
    pair = Pair(Small.layout, bytes(8), bytes(8))
    pair.run()
    assert all(end.phase == CLOSED and end.findings.note == "no field differs in the states that both still have"
               for end in pair.ends)


def test_peers_that_agree_find_so_and_fall_silent():
    pair = Pair(Small.layout, bytes(8), bytes(8), sums=(told([1, 2, 3]), told([1, 2, 3, 4])))
    pair.run()
    assert [end.phase for end in pair.ends] == [AGREED, AGREED] and pair.sent <= 6


# ---------------------------------------------------------------------------- time

def test_nobody_answers_and_it_ends_after_five_seconds_with_what_is_known():
    pair = Pair(Small.layout, bytes(8), bytes(8), loss=1.0)
    pair.run()
    for end in pair.ends:
        assert end.phase == CLOSED and end.findings.note == "the other side did not answer" and end.findings.parting is None
    assert inquest.QUIET_NS < pair.now < inquest.QUIET_NS + 100 * MS
    assert pair.sent <= 2 * (inquest.QUIET_NS // inquest.ASK_NS + 2)


def test_an_answer_that_ends_in_the_middle_leaves_the_frame_known():
    layout = Big.layout
    pair = Pair(layout, bytes(size_of(layout)), bytes([1]) * size_of(layout))
    pair.run(until=lambda: len(pair.ends[0]._heard) > 2000)
    pair.loss = 1.0
    pair.flying.clear()
    pair.run()
    found = pair.ends[0].findings
    assert found.parting == Parting(2) and found.theirs == found.ours and found.note == "the other side stopped to answer"


def test_when_both_are_done_nothing_is_sent_any_more():
    layout = nasty.World.layout
    pair = Pair(layout, bytes(size_of(layout)), b"\1".ljust(size_of(layout), b"\0"), loss=0.4)
    pair.run()
    pair.loss = 0.0
    pair.run(pair.now // MS + 500, until=lambda: False)
    sent = pair.sent
    pair.run(pair.now // MS + 60_000, until=lambda: False)
    assert pair.sent == sent and not pair.flying


# ---------------------------------------------------------------------------- a liar

def honest(layout: Layout = nasty.World.layout) -> Inquest:
    """One side that has heard checksums that differ."""
    one = Inquest(told([5, 6, 7]), layout, lambda frame: bytes(size_of(layout)), 0)
    one.take(told([5, 8, 9]), 0)
    return one


@given(st.lists(st.builds(Part, at=st.integers(0, 1 << 18) | st.integers(0, (1 << 32) - 1),
                          have=st.integers(0, 1 << 12) | st.integers(0, (1 << 32) - 1), data=st.binary(max_size=1024))
                | st.builds(Sums, first=st.integers(1, 200), chain=st.integers(0, 9), kept=st.integers(0, 200),
                            sums=st.lists(st.integers(0, 9), max_size=MOST_SUMS).map(tuple)), max_size=60))
def test_lies_end_in_wrong_findings_and_in_nothing_else(messages):
    one, now, sent = honest(), 0, 0
    for message in messages:
        now += 5 * MS
        one.take(message, now)
        out = one.packets(now)
        sent += sum(map(len, out))
        assert len(out) <= inquest.PARTS + 1 and all(len(data) <= 1175 for data in out)
        assert len(one._heard) <= len(one._said) < 1 << 18
    while one.busy:
        now += 50 * MS
        one.packets(now)
        assert now < inquest.LONGEST_NS + 1000 * MS
    assert len(one.findings.theirs) == len(one.findings.ours)


def test_a_liar_that_says_everything_differs_gets_bounded_answers():
    layout, chance = Big.layout, random.Random(3)
    one, now, at, sent = honest(layout), 0, 0, 0
    while one.busy:
        now += 10 * MS
        for _ in range(20):
            data = chance.randbytes(1024)
            one.take(Part(at, min(at, len(one._said)), data), now)
            at = len(one._heard)
        sent += sum(map(len, one.packets(now)))
    assert one.phase == CLOSED and len(one._heard) < 1 << 18 and sent < 1 << 19


def test_a_liar_that_drips_cannot_hold_it_open_for_ever():
    one, now = honest(Big.layout), 0
    while one.busy:
        now += 1000 * MS
        one.take(Part(len(one._heard), 0, b"x"), now)
        one.packets(now)
    assert now <= inquest.LONGEST_NS + 2000 * MS and one.phase == CLOSED


def test_the_table_of_steps_names_only_its_phases_and_ends():
    assert all(set(after) <= STEPS.keys() for after in STEPS.values())
    assert [phase for phase, after in STEPS.items() if not after] == [AGREED, CLOSED]


def test_a_part_before_any_checksums_is_left_alone():
    one = Inquest(told([5, 6, 7]), Small.layout, lambda frame: bytes(8), 0)
    one.take(Part(0, 0, b"x" * 100), 0)
    assert one.phase == inquest.ASKING and [parse(data) for data in one.packets(0)] == [told([5, 6, 7])]
    assert pack(told([5, 6, 7]))[0] == 0x30


def test_an_acknowledgement_of_what_was_never_said_is_no_answer():
    one = honest()
    heard = len(one._heard)
    one.take(Part(0, len(one._said) + 1, b"x" * 20), 0)
    assert len(one._heard) == heard and one._acked == 0 and not one._answered


def test_an_acknowledgement_that_was_overtaken_takes_nothing_back():
    one = honest(Big.layout)
    one.take(Part(0, 16, b""), 0)
    one.take(Part(0, 8, b""), 0)
    assert one._acked == 16


def test_parts_that_are_far_ahead_or_too_many_are_not_kept():
    one = honest(Big.layout)
    for at in [1 << 20, 1 << 31, *range(9000, 9200)]:
        one.take(Part(at, 0, b"x" * 1024), 0)
    assert len(one._early) == 2 * inquest.PARTS and max(one._early) < 1 << 20


def test_no_more_parts_are_under_way_than_the_limit_says_whatever_is_asked():
    @rs.struct
    class Vast:
        cells: rs.Array[rs.i64] = rs.array(1 << 19)
    one, now, most = honest(Vast.layout), 0, 0
    while one.busy:
        now += 10 * MS
        for _ in range(4):
            one.take(Part(len(one._heard), one._acked, b"\1" * 1024), now)
        most = max(most, len(one._level))
        assert len(one.packets(now)) <= inquest.PARTS + 1
    assert inquest.MOST_NODES < most <= inquest.MOST_NODES * 16 and one.findings.unread > 0


def test_empty_words_do_not_keep_it_open():
    one, now = honest(Big.layout), 0
    while one.busy:
        now += 500 * MS
        one.take(Part(0, 0, b""), now)
        one.packets(now)
    assert now < inquest.QUIET_NS + 1500 * MS


def test_what_comes_after_the_end_changes_nothing():
    one = honest()
    one.give_up("enough")
    before = one.findings
    one.take(Part(0, 0, b"x" * 1000), 0)
    one.take(told([1, 2, 3]), 0)
    assert one.findings == before and one.packets(1 << 40) == [] and not one._heard


def test_who_is_done_still_answers_one_that_has_not_heard_so_much_later():
    pair = Pair(nasty.World.layout, bytes(size_of(nasty.World.layout)), b"\1".ljust(size_of(nasty.World.layout), b"\0"))
    pair.run()
    late = pair.now + 2 * inquest.QUIET_NS
    pair.ends[0].packets(pair.now)
    assert pair.ends[0].packets(late) == []
    pair.ends[0].take(Part(0, 0, bytes(pair.ends[1]._said[:100])), late)
    assert [parse(data) for data in pair.ends[0].packets(late + MS)] == [
        Part(len(pair.ends[0]._said), len(pair.ends[0]._heard), b"")]
