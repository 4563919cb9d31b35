"""Whatever arrives: no call raises, compiled and interpreted say the same and keep the same memory, and play goes on."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollstep.rollback import RAISED, Core
from rollstep.rollback.arena import ROWS
from rollstep.wire.input_packet import MAX_DATAGRAM, REASONS
from tests.games import box, nasty
from tests.rollback.mesh import Mesh, Twins
from tests.wire.packets import encode, others, to_tokens, verdict

#: (offset, bytes) of the numbers in a datagram's head.
FIELDS = ((0, 1), (1, 2), (3, 2), (5, 2), (7, 1), (8, 1), (9, 1), (10, 1))
TOKENS = (0x00, 0x01, 0x0F, 0x10, 0x1F, 0xF0, 0xFF)


def flipped(draw, honest):
    data = bytearray(draw.choice(honest))
    for _ in range(draw.randint(1, 4)):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(data)


def at_an_edge(draw, honest):
    """A number or two moved to where checks are made."""
    data = bytearray(draw.choice(honest))
    for at, size in draw.sample(FIELDS, draw.randint(1, 3)):
        value, top = int.from_bytes(data[at:at + size], "little"), 1 << 8 * size
        value = draw.choice((0, 1, top - 1, top // 2, value + draw.randint(-70, 70), draw.randrange(top))) % top
        if at + size <= len(data):
            data[at:at + size] = value.to_bytes(size, "little")
    return bytes(data)


def other_tokens(draw, honest):
    data = draw.choice(honest)
    tail = (draw.choice(TOKENS) if draw.random() < 0.5 else draw.randrange(256) for _ in range(draw.randint(0, 80)))
    return data[:draw.choice((10, 11, 15))] + bytes(tail)


def noise(draw, honest):
    data = draw.randbytes(draw.choice((0, 1, 9, 10, 14, 15, 40, MAX_DATAGRAM, MAX_DATAGRAM + 1, draw.randint(0, 1500))))
    return bytes((draw.choice((1, 5, 9, 13)),)) + data[1:] if data and draw.random() < 0.7 else data


def at_the_players(draw, honest):
    """What stands between the head and the tokens: the chain, and of a group its players' delays and what each has less."""
    data = bytearray(draw.choice(honest))
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(10, 26)
        if at < len(data):
            data[at] = draw.choice((0, 1, 2, 15, 16, 17, 96, 112, 113, 255, (data[at] + draw.randint(-3, 3)) & 255))
    return bytes(data)


MUTATIONS = {
    "replayed": lambda draw, honest: draw.choice(honest),
    "flipped": flipped,
    "at an edge": at_an_edge,
    "cut": lambda draw, honest: (data := draw.choice(honest))[:draw.randrange(len(data))],
    "extended": lambda draw, honest: draw.choice(honest) + draw.randbytes(draw.randint(1, 40)),
    "spliced": lambda draw, honest: draw.choice(honest)[:draw.randint(1, 20)] + draw.choice(honest)[draw.randint(1, 20):],
    "other tokens": other_tokens,
    "at the players": at_the_players,
    "noise": noise,
}


class Overheard(Mesh):
    """A mesh that remembers who sent what to whom."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.heard = {pair: [] for pair in self.links}
        self.new = []

    def samples(self, p, q):
        """What p sent q, the newest (which is still on its way, and news to q) as often as all before."""
        old = self.heard[p, q][-30:]
        return old + [dict(self.cores[p].outgoing())[self.groups[q][0]]] * len(old)

    def deliver(self, p, q, data):
        self.heard[p, q].append(data)
        self.new.append((p, q, data))
        super().deliver(p, q, data)


def copy_arena(source, twins):
    for twin in twins.pair:
        step = twin._number("step")
        twin._bytes[:] = source._bytes
        twin.numbers[twin._at["step"]] = step
        twin.pending = 0


def storm(game, *, players, ticks, seed, raises=(), groups=None, delays=0):
    """An honest match goes on; a shadow of peer 0, compiled and interpreted, hears the same and the hostile, too.

    Forged inputs lead the shadow away from the match: then it starts again as what peer 0 is.
    """
    draw = random.Random(seed)
    mesh = Overheard(game, players=players, network="rtt=80ms,jitter=60ms,loss=10%,duplicate=5%", seed=seed, groups=groups,
                     delays=delays)
    groups = mesh.groups
    shadow = Twins(game, player=groups[0][0], players=players, delays=mesh.delays, window=8, seed=seed, groups=groups)
    refused, accepted, resets, raised, lost = Counter(), 0, 0, 0, False
    for tick in range(ticks):
        mesh.tick()
        queue = [(groups[p][0], data) for p, q, data in mesh.new if q == 0]
        mesh.new.clear()
        for _ in range(draw.randint(0, 12) if tick > 10 else 0):
            p = draw.randrange(1, len(groups))
            strangers = (0, -1, players, groups[p][-1], 99, 1 << 40, -(1 << 63))
            sender = groups[p][0] if draw.random() < 0.97 else draw.choice(strangers)
            queue.append((sender, draw.choice(list(MUTATIONS.values()))(draw, mesh.samples(p, 0))))
        draw.shuffle(queue)
        for p, data in queue[:ROWS]:
            assert shadow.receive(p, data)
        shadow.set_input(b"".join(mesh.inputs[player][-1] for player in groups[0]))
        try:
            if (shadow.exchange if draw.random() < 0.1 else shadow.advance)(mesh.now_us) & RAISED:
                shadow.raise_confirmed()
        except raises:
            raised += 1
            lost = draw.random() < 0.5
        if lost or tick == 10 or draw.random() < 0.02 or shadow.desync or shadow.frame < mesh.cores[0].frame - 20:
            refused.update(shadow.stats.refused)
            accepted += shadow.stats.packets_accepted
            resets, lost = resets + 1, False
            copy_arena(mesh.cores[0], shadow)
    outside = shadow.pair[0]._arena.base
    assert int(outside.sum()) == int(shadow.pair[0]._arena.sum()), "something was written beside the arena"
    mesh.check()
    assert set(refused) == set(REASONS[1:]) and min(refused[reason] for reason in REASONS[1:] if reason != "value") > 0
    assert accepted > ticks // 10 and resets > ticks // 100
    return refused, raised


@pytest.mark.parametrize("players", [2, 3, 8])
def test_hostile_datagrams_never_raise_and_mean_the_same_compiled_and_interpreted(players):
    storm(box.game, players=players, ticks=1600 // players, seed=players)


def test_hostile_datagrams_to_a_picky_game_raise_nothing_but_what_its_step_says():
    refused, raised = storm(nasty.game, players=2, ticks=3000, seed=7, raises=ValueError)
    assert refused["value"] > 10, "illegal enums and bools were met"
    assert raised > 0, "forged inputs that are legal are the game's business"


GROUPS = {"a pair and one": [(0,), (1, 2)], "two pairs": [(0, 3), (1, 2)], "seven against one": [(7,), (0, 1, 2, 3, 4, 5, 6)],
          "three peers": [(0, 2), (1, 5, 6), (3, 4, 7)]}


@pytest.mark.parametrize("groups", [GROUPS["a pair and one"], GROUPS["three peers"]])
def test_hostile_datagrams_of_a_peer_of_several_players_mean_the_same_compiled_and_interpreted(groups):
    players = sum(map(len, groups))
    storm(box.game, players=players, ticks=800 // players, seed=players, groups=groups,
          delays=[p * 5 % 7 for p in range(players)])


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("groups", GROUPS.values(), ids=GROUPS)
def test_hostile_datagrams_of_a_peer_of_several_players_for_a_long_time(groups, seed):
    players = sum(map(len, groups))
    storm(box.game, players=players, ticks=4000 // players, seed=300 + seed, groups=groups,
          delays=[(p * 5 + seed) % 17 for p in range(players)])


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("players", [2, 4])
def test_hostile_datagrams_for_a_long_time_never_raise_and_mean_the_same(players, seed):
    storm(box.game, players=players, ticks=6000 // players, seed=100 + seed)
    storm(nasty.game, players=players, ticks=12_000 // players, seed=200 + seed, raises=ValueError)


@pytest.mark.parametrize("game", [box.game, nasty.game])
def test_a_storm_of_replays_and_refused_datagrams_changes_nothing_in_the_match(game, players=3, frames=120, seed=5):
    draw = random.Random(seed)
    mesh, quiet = (kind(game, players=players, network="rtt=80ms,jitter=60ms,loss=10%,duplicate=5%", seed=seed)
                   for kind in (Overheard, Mesh))
    sent, refused = Counter(), Counter()
    while any(core.confirmed < frames for core in mesh.cores):
        assert mesh.ticks < 3 * frames, "dead"
        mesh.tick(frames)
        for (p, q), heard in mesh.heard.items():
            for _ in range(2 if heard else 0):
                kind, mutate = draw.choice(list(MUTATIONS.items()))
                data = mutate(draw, mesh.samples(p, q))
                why = verdict(mesh.cores[q], p, data) if data not in heard else None
                if why is None and data not in heard:
                    continue                               # it would be believed: only a signature can tell
                Mesh.deliver(mesh, p, q, data)
                sent[kind] += 1
                refused[why] += 1
            mesh.call(q, False)
    mesh.check()
    quiet.play(frames)
    assert mesh.sums[0][:frames] == quiet.sums[0][:frames], "the match is not the one without the storm"
    assert len(sent) == len(MUTATIONS)
    assert set(refused) == {None, *REASONS[1:]} - ({"value"} if game is box.game else set())
    assert mesh.refused == sum(n for why, n in refused.items() if why)
    assert all(mesh.rollbacks)


situations = {}


def situation(game, way):
    if (game, way) not in situations:
        mesh = Mesh(game, delays=(0, 3), network="rtt=60ms", way=way)
        for _ in range(300):                               # numbers above a byte
            mesh.tick()
        mesh.cores[0].exchange(mesh.now_us)
        situations[game, way] = mesh.cores[0]
    return situations[game, way]


numbers = st.integers(-70, 70)


@settings(max_examples=300)
@given(game=st.sampled_from([box.game, nasty.game]), start=numbers, ack=numbers, sequence=numbers, count=st.integers(0, 255),
       lead=st.integers(-128, 127), ahead=st.integers(-128, 127),
       chain=st.none() | st.tuples(numbers, st.integers(0, 2**32 - 1)),
       tokens=st.lists(st.integers(0, 255) | st.sampled_from(TOKENS), max_size=60).map(bytes))
def test_any_numbers_around_the_right_ones_get_one_verdict_and_a_refusal_leaves_no_trace(
        game, start, ack, sequence, count, lead, ahead, chain, tokens):
    cores = [situation(game, way) for way in ("compiled", "interpreted")]
    core = cores[0]
    datagram = encode([], start=core.got(1) + start, ack=core.got(0) + ack, sequence=300 + sequence, announce=count, lead=lead,
                      ahead=ahead, chain=None if chain is None else (core.got(1) + chain[0], chain[1]), tokens=tokens)
    why = verdict(core, 1, datagram)
    assert verdict(cores[1], 1, datagram) == why
    assert why == "range" or not (ack > 0 or start > 0)


@settings(max_examples=300)
@given(datagram=st.binary(max_size=MAX_DATAGRAM + 50), kind=st.sampled_from((None, 1, 5, 9, 13)), player=st.integers(-2, 4))
def test_any_bytes_at_all_get_one_verdict(datagram, kind, player):
    if kind is not None:
        datagram = bytes((kind,)) + datagram[1:]
    verdicts = [verdict(situation(nasty.game, way), player, datagram) for way in ("compiled", "interpreted")]
    assert verdicts[0] == verdicts[1]


def crowd(way):
    """A peer of one player that hears a peer of three, with a delay each."""
    if ("crowd", way) not in situations:
        mesh = Mesh(nasty.game, players=4, groups=[(0,), (1, 2, 3)], delays=(0, 3, 0, 7), network="rtt=60ms", way=way)
        for _ in range(300):
            mesh.tick()
        mesh.cores[0].exchange(mesh.now_us)
        situations["crowd", way] = mesh.cores[0]
    return situations["crowd", way]


def test_a_peer_of_several_players_goes_by_none_but_the_first_of_them():
    core = crowd("compiled")
    for player in (2, 3):
        assert verdict(core, player, encode([], start=core.got(1), ack=core.got(0), sequence=300, less=bytes(3))) == "size"


lengths = st.integers(0, 20) | st.integers(0, 255)


@settings(max_examples=100)
@given(start=numbers, ack=numbers, sequence=numbers, count=lengths, lead=st.integers(-128, 127), ahead=st.integers(-128, 127),
       chain=st.none() | st.tuples(numbers, st.integers(0, 2**32 - 1)),
       less=st.lists(lengths, min_size=0, max_size=4).map(bytes),
       delays=st.none() | st.lists(st.integers(0, 17), min_size=0, max_size=4).map(bytes),
       tokens=st.lists(st.integers(0, 255) | st.sampled_from(TOKENS), max_size=60).map(bytes))
def test_any_numbers_of_a_peer_of_several_players_get_one_verdict_and_a_refusal_leaves_no_trace(
        start, ack, sequence, count, lead, ahead, chain, less, delays, tokens):
    cores = [crowd(way) for way in ("compiled", "interpreted")]
    core = cores[0]
    fewest = min(map(core.got, (1, 2, 3)))
    datagram = encode([], start=fewest + start, ack=core.got(0) + ack, sequence=300 + sequence, announce=count, lead=lead,
                      ahead=ahead, chain=None if chain is None else (fewest + chain[0], chain[1]), delays=delays, less=less,
                      tokens=tokens)
    why = verdict(core, 1, datagram)
    assert verdict(cores[1], 1, datagram) == why
    assert why is not None or not (ack > 0 or start > 0 or (len(less) == 3 and not delays and max(less) > count))


@settings(max_examples=100)
@given(news=st.tuples(*[st.integers(0, 12)] * 3), back=st.integers(0, 5), keys=st.binary(min_size=60, max_size=60))
def test_what_each_of_several_players_has_less_is_left_out_and_the_rest_is_played_as_it_came(news, back, keys):
    core = situations.setdefault("box crowd", Mesh(box.game, players=4, groups=[(0,), (1, 2, 3)], delays=(0, 3, 0, 7)))
    if isinstance(core, Mesh):
        for _ in range(100):
            core.tick(playing=(1,) if core.ticks > 96 else None)
        core = situations["box crowd"] = core.cores[0]
    got = [core.got(p) for p in (1, 2, 3)]
    start = min(got) - back
    new = [[keys[(7 * j + f) % 60] for f in range(n)] for j, n in enumerate(news)]
    ends = [g + n for g, n in zip(got, news, strict=True)]
    count = max(ends) - start
    old = [[core.row(f)[p] for f in range(start - 1, g)] for p, g in zip((1, 2, 3), got, strict=True)]
    played = [before + after for before, after in zip(old, new, strict=True)]
    stream = bytearray()
    for i in range(1, count + 1):
        for keys_of in played:
            stream.append(keys_of[i] ^ keys_of[i - 1] if i < len(keys_of) else 0)
    datagram = encode([], start=start, ack=core.got(0), sequence=300, announce=count, ahead=0,
                      less=bytes(max(ends) - end for end in ends), tokens=to_tokens(bytes(stream)))
    for way in ("compiled", "interpreted"):
        there = in_way(core, way)
        assert there.receive(1, datagram)
        there.exchange(10**9)
        assert not any(there.stats.refused.values())
        assert [there.got(p) for p in (1, 2, 3)] == ends
        for p, keys_of, end in zip((1, 2, 3), played, ends, strict=True):
            assert [there.row(f)[p] for f in range(start - 1, end)] == keys_of
        assert there.confirmed == min(there.frame, *ends)


def in_way(core, way):
    """The same situation, compiled or interpreted."""
    other = Core(core.game, player=core.player, players=core.players, delays=[0] * core.players, window=core._number("window"),
                 way=way, seed=core._oracle._tick.seed, groups=[core.local_players, *others(core)])
    step = other._number("step")
    other._bytes[:] = core._bytes
    other.numbers[other._at["step"]] = step
    return other
