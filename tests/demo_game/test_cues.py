"""Rollbacks and what is heard: scenarios, then random histories with random wrong guesses."""

from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from demo_game.sound.cues import LATE_FRAMES, MEMORY_FRAMES, MOVED_FRAMES, NO_CHANGES, Cues
from demo_game.world import Effect, World

HIT, SWING, BLOCK, NONE = Effect.HIT, Effect.SWING, Effect.BLOCK, Effect.NONE
SLOTS = 16


@dataclass(frozen=True)
class Happening:
    kind: Effect
    player: int
    frame: int
    x: int = 0
    y: int = 0


Shown = list[tuple[Effect, int, int]]       # (kind, player, frame)


def slots(shown: Shown, count: int = SLOTS) -> list[Happening]:
    """As in the state: the newest in so many slots, the others NONE."""
    newest = sorted(shown, key=lambda entry: entry[2])[-count:]
    return [Happening(*entry) for entry in newest] + [Happening(NONE, 0, 0)] * (count - len(newest))


class Ear:
    """Calls `update` and keeps what is heard, as (kind, player, frame) of the cues."""

    def __init__(self) -> None:
        self.cues = Cues()
        self.heard: Counter[tuple[Effect, int, int]] = Counter()

    def update(self, shown: Shown, frame: int, confirmed: int, count: int = SLOTS) -> tuple[Shown, Shown]:
        changes = self.cues.update(slots(shown, count), frame, confirmed)
        start = [(cue.kind, cue.player, cue.frame) for cue in changes.start]
        cancel = [(cue.kind, cue.player, cue.frame) for cue in changes.cancel]
        self.heard.update(start)
        for entry in cancel:
            assert self.heard[entry] > 0, "cancelled what is not heard"
            self.heard[entry] -= 1
        return start, cancel


# ---------------------------------------------------------------------------- scenarios

def test_a_prediction_is_heard_at_once_and_once() -> None:
    ear = Ear()
    assert ear.update([(HIT, 0, 10)], 11, 5) == ([(HIT, 0, 10)], [])
    for frame in range(12, 30):
        assert ear.update([(HIT, 0, 10)], frame, frame - 6) == ([], [])


def test_a_hit_that_never_happened_is_cancelled() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 11, 5)
    assert ear.update([(BLOCK, 1, 10)], 12, 11) == ([(BLOCK, 1, 10)], [(HIT, 0, 10)])
    assert ear.update([(BLOCK, 1, 10)], 13, 12) == ([], [])


def test_a_hit_moved_by_a_rollback_is_the_same_hit() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 13, 5)
    assert ear.update([(HIT, 0, 13)], 14, 8) == ([], [])
    assert ear.update([(HIT, 0, 12)], 15, 13) == ([], [])
    # what is cancelled is the cue that was started, wherever it has moved since
    ear.update([(HIT, 0, 12), (SWING, 1, 14)], 16, 13)
    ear.update([(HIT, 0, 12), (SWING, 1, 15)], 17, 13)
    assert ear.update([(HIT, 0, 12)], 18, 16) == ([], [(SWING, 1, 14)])


def test_a_hit_beyond_the_tolerance_is_another_one() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 11, 5)
    later = 10 + MOVED_FRAMES + 1
    assert ear.update([(HIT, 0, later)], later + 1, 11) == ([(HIT, 0, later)], [(HIT, 0, 10)])


def test_another_players_or_another_kind_is_not_the_same() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 11, 5)
    assert ear.update([(HIT, 1, 10)], 12, 11) == ([(HIT, 1, 10)], [(HIT, 0, 10)])


def test_two_real_hits_close_to_each_other_both_sound() -> None:
    ear = Ear()
    assert ear.update([(HIT, 0, 10)], 11, 10)[0] == [(HIT, 0, 10)]
    assert ear.update([(HIT, 0, 10), (HIT, 0, 15)], 16, 10)[0] == [(HIT, 0, 15)]


def test_two_hits_moved_together_stay_two() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10), (HIT, 0, 15)], 16, 5)
    assert ear.update([(HIT, 0, 14), (HIT, 0, 19)], 20, 12) == ([], [])
    assert ear.update([(HIT, 0, 19)], 21, 15) == ([], [(HIT, 0, 10)])


def test_what_a_rollback_finds_in_the_past_is_heard_late_or_not_at_all() -> None:
    ear = Ear()
    ear.update([], 30, 10)
    assert ear.update([(HIT, 0, 31 - LATE_FRAMES)], 31, 31)[0] == [(HIT, 0, 31 - LATE_FRAMES)]
    assert ear.update([(HIT, 0, 31 - LATE_FRAMES), (BLOCK, 0, 31 - LATE_FRAMES - 1)], 31, 31) == ([], [])


def test_what_came_too_late_silences_nothing_that_comes_in_time() -> None:
    ear = Ear()
    late = 30 - LATE_FRAMES - 1
    assert ear.update([(HIT, 0, late)], 30, late) == ([], [])
    assert ear.update([(HIT, 0, 28)], 30, 29) == ([(HIT, 0, 28)], [])


def test_a_confirmed_hit_that_leaves_the_list_is_over_and_not_cancelled() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 10, 10)
    assert ear.update([], 11, 11) == ([], [])
    assert ear.update([(HIT, 0, 13)], 13, 13)[0] == [(HIT, 0, 13)]     # nor does it stand for the next


def test_a_hit_that_had_to_make_room_is_not_cancelled() -> None:
    ear = Ear()
    swings = [(SWING, player, frame) for frame in range(11, 19) for player in range(2)]
    shown = [(HIT, 0, 10), *swings[:SLOTS - 1]]
    assert len(ear.update(shown, 19, 9)[0]) == SLOTS
    assert ear.update([*shown, (BLOCK, 0, 19)], 20, 9) == ([(BLOCK, 0, 19)], [])


def test_a_hit_that_comes_back_after_it_was_cancelled_is_heard() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 11, 5)
    assert ear.update([], 12, 7)[1] == [(HIT, 0, 10)]
    assert ear.update([(HIT, 0, 10)], 13, 11)[0] == [(HIT, 0, 10)]


def test_after_a_seek_only_what_is_new_is_heard() -> None:
    ear = Ear()
    ear.update([(HIT, 0, 10)], 11, 11)
    ear.cues.reset(200)
    assert ear.update([(HIT, 0, 195), (HIT, 0, 200)], 200, 200) == ([], [])
    assert ear.update([(HIT, 0, 195), (HIT, 0, 200), (SWING, 0, 201)], 201, 201)[0] == [(SWING, 0, 201)]
    ear.cues.reset()
    assert ear.update([(HIT, 0, 0)], 0, 0)[0] == [(HIT, 0, 0)]


def test_a_quiet_frame_is_no_change() -> None:
    assert Cues().update(slots([]), 1, 1) is NO_CHANGES


def test_it_reads_the_happenings_of_a_state() -> None:
    world = World()
    happening = world.happenings[3]
    happening.kind, happening.player, happening.frame, happening.x, happening.y = Effect.SLAM, 1, 7, -120, 4
    (cue,) = Cues().update(world.happenings, 8, 8).start
    happening.x = 55        # the state goes on; the cue is a copy
    assert (cue.kind, cue.player, cue.frame, cue.x, cue.y) == (Effect.SLAM, 1, 7, -120, 4)


# ---------------------------------------------------------------------------- properties

WINDOW = 11         # with it nothing comes too late
FRAMES = 30

entries = st.tuples(st.sampled_from([HIT, SWING]), st.integers(0, 1), st.integers(0, FRAMES))
histories = st.sets(entries, max_size=20)


@st.composite
def matches(draw: st.DrawFn) -> tuple[Shown, list[tuple[int, int, Shown]]]:
    """The truth, and what is shown: (frame, confirmed, happenings) for each drawn frame until all is confirmed.

    Confirmed frames show the truth. The others show a guess: the truth with some of it missing, some of it moved,
    and some that never happens. A guess holds until the next rollback.
    """
    truth = draw(histories)
    shown, confirmed = [], 0
    guess: set[tuple[Effect, int, int]] = set()
    for frame in range(1, FRAMES + 1):
        if frame == 1 or draw(st.booleans()):
            confirmed = draw(st.integers(max(confirmed, frame - WINDOW), frame))
            missing = draw(st.sets(st.sampled_from(sorted(truth)))) if truth else set()
            moved = draw(st.integers(-4, 4))
            guess = {(kind, player, at + moved * ((at + player) % 2)) for kind, player, at in truth - missing}
            guess |= draw(st.sets(entries, max_size=3))
        confirmed = max(confirmed, frame - WINDOW)
        now = [entry for entry in truth if entry[2] <= confirmed] + [entry for entry in guess if confirmed < entry[2] <= frame]
        shown.append((frame, confirmed, now))
    shown += [(frame, FRAMES, sorted(truth)) for frame in range(FRAMES, FRAMES + 3)]
    return sorted(truth), shown


def by_source(entries: Counter[tuple[Effect, int, int]] | Shown) -> Counter[tuple[Effect, int]]:
    counts: Counter[tuple[Effect, int]] = Counter()
    for entry, count in Counter(entries).items():
        if count:
            counts[entry[:2]] += count
    return counts


@settings(max_examples=60)     # each is a whole match
@given(matches())
def test_what_is_heard_is_always_what_is_shown(match: tuple[Shown, list[tuple[int, int, Shown]]]) -> None:
    """After each frame, as many sounds of each kind and player have been started and not cancelled as the state shows:
    so in the end, when all is confirmed, each happening was heard exactly once and no other was left uncancelled."""
    truth, frames = match
    ear = Ear()
    for frame, confirmed, shown in frames:
        ear.update(shown, frame, confirmed, count=80)
        assert by_source(ear.heard) == by_source(shown)
    assert by_source(ear.heard) == by_source(truth)


@settings(max_examples=60)     # each is a whole match
@given(matches())
def test_what_is_confirmed_is_never_cancelled(match: tuple[Shown, list[tuple[int, int, Shown]]]) -> None:
    """A cue may move while it is a guess; one that starts for a confirmed happening stays."""
    _truth, frames = match
    ear = Ear()
    settled: set[tuple[Effect, int, int]] = set()
    for frame, confirmed, shown in frames:
        start, cancel = ear.update(shown, frame, confirmed)
        assert not settled & set(cancel)
        settled |= {entry for entry in start if entry[2] <= confirmed}


@settings(max_examples=60)     # each is a whole match
@given(matches())
def test_in_the_slots_of_a_state_nothing_confirmed_is_missed(match: tuple[Shown, list[tuple[int, int, Shown]]]) -> None:
    """With 16 slots some have to make room; what is confirmed while it has one is heard all the same, once."""
    _truth, frames = match
    ear = Ear()
    confirmed_shown: set[tuple[Effect, int, int]] = set()
    for frame, confirmed, shown in frames:
        ear.update(shown, frame, confirmed)
        confirmed_shown |= {(h.kind, h.player, h.frame) for h in slots(shown) if h.kind != NONE and h.frame <= confirmed}
    heard, wanted = by_source(ear.heard), by_source(sorted(confirmed_shown))
    assert all(heard[source] >= wanted[source] for source in wanted)


@given(st.lists(st.tuples(histories, st.integers(1, 400), st.integers(0, 20)), max_size=60))
def test_whatever_it_is_given_it_forgets(updates: list[tuple[set[tuple[Effect, int, int]], int, int]]) -> None:
    ear, frame = Ear(), 0
    for shown, step, behind in updates:
        frame += step
        ear.update([(kind, player, frame - 40 + at) for kind, player, at in shown], frame, max(0, frame - behind))
        assert all(identity[2] >= frame - MEMORY_FRAMES for identity in ear.cues._known)
