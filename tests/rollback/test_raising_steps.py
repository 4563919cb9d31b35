"""A step that raises: on a wrong guess it is a stall, on a confirmed frame it raises on every peer."""

import pytest

import rollstep as rs
from rollstep import i8, i32, u8
from rollstep.rollback import ADVANCED, RAISED, ROOM, WAITING, Core
from tests.games import nasty
from tests.rollback.mesh import Mesh, Twins


@rs.struct
class Shelf:
    before: i32
    cells: rs.Array[i32] = rs.array(200)
    after: i32
    total: i32


@rs.struct
class Reach:
    index: u8


def start(shelf, tick):
    shelf.before = shelf.after = 0x55555555


def reach(shelf, inputs, tick):
    for i in range(tick.players):
        shelf.total += inputs[i].index + 1
        shelf.cells[inputs[i].index] += 1


#: Inputs 0..199 are cells, 200..255 are legal bytes that reach outside.
shelf_game = rs.Game("shelf", state=Shelf, input=Reach, players=2, init=start, step=reach)


@rs.struct
class Walk:
    before: i32
    at: rs.Array[i32] = rs.array(2)
    cells: rs.Array[i32] = rs.array(12)
    after: i32


@rs.struct
class Stride:
    by: i8


def set_out(walk, tick):
    walk.before = walk.after = 0x55555555


def stride(walk, inputs, tick):
    for i in range(tick.players):
        walk.at[i] += inputs[i].by
        walk.cells[walk.at[i]] += 1


#: Who keeps walking leaves the cells: the guess that a player does so raises.
walk_game = rs.Game("walk", state=Walk, input=Stride, players=2, init=set_out, step=stride)


class Script:
    """A bot that gives these inputs, then the last one for ever."""

    def __init__(self, *inputs):
        self.inputs = inputs

    def input(self, frame):
        return self.inputs[min(frame, len(self.inputs) - 1)]


WAYS = pytest.mark.parametrize("way", ["compiled", "checked", "interpreted"])


@pytest.mark.parametrize("players", [2, 3, 4])
@pytest.mark.parametrize("network", ["rtt=80ms", "rtt=120ms,jitter=60ms,loss=20%,duplicate=5%", "rtt=240ms"])
def test_a_step_that_raises_on_wrong_guesses_only_stalls_and_play_goes_on(players, network):
    mesh = Mesh(nasty.game, players=players, network=network, windows=32)
    mesh.play(600)
    mesh.check()
    for p, core in enumerate(mesh.cores):
        assert core._number("raised_predicted") > 600 // nasty.TOKEN_FRAMES // 2, "no guess ever raised"
        assert mesh.waits[p] > 0 and core.stats.rollbacks > 0


@WAYS
def test_a_wrong_guess_leaves_the_state_before_it_until_the_real_input_comes(way):
    options = {"players": 2, "delays": [0, 0], "window": 32, "seed": 1}
    ours, theirs = (Core(nasty.game, player=p, way="interpreted" if way == "checked" else way, **options) for p in (0, 1))
    token = [bytes((7, nasty.token(f), 0, 0)) for f in range(40)]
    for f in range(17):                                # frame 16 wants a new token, the guess is the old one
        assert ours.can_advance
        ours.set_input(token[f])
        assert ours.advance(f) & ADVANCED
    assert ours.simulated == 16 and ours.frame == 17 and not ours.can_advance
    stuck = bytes(ours.state)
    for f in range(5):                                 # nothing new: it waits, and does not even try again
        assert ours.advance(20 + f) == WAITING
    assert bytes(ours.state) == stuck and ours._number("raised_predicted") == 1
    for f in range(17):
        theirs.set_input(token[f])
        theirs.advance(f)
    ours.receive(1, theirs.outgoing()[0][1])
    assert ours.advance(30) == WAITING | ROOM and ours.simulated == 17 and ours.confirmed == 17
    assert ours.can_advance and bytes(ours.state) != stuck


@pytest.mark.parametrize("players", [2, 4])
@pytest.mark.parametrize(("network", "windows"), [("", 8), ("rtt=80ms", 8), ("rtt=240ms,jitter=60ms,loss=20%", 32),
                                                  ("rtt=80ms", 1)])
@pytest.mark.parametrize("way", ["compiled", "interpreted"])
def test_a_step_that_raises_on_a_confirmed_frame_raises_the_same_on_every_peer(players, network, windows, way):
    mesh = Mesh(nasty.game, players=players, network=network, windows=windows, way=way, may_raise=True)
    honest = mesh.bots[1].input
    mesh.bots[1].input = lambda frame: honest(frame) if frame < 45 else bytes((0, 99, 0, 0))
    for _ in range(400):
        mesh.tick()
    assert {repr(error) for error in mesh.raised.values()} == {"ValueError('a token that nobody sent')"}
    assert sorted(mesh.raised) == list(range(players)), "some peer plays on"
    assert [core.confirmed for core in mesh.cores] == [45] * players, "states up to the raising frame are final"
    assert [core.simulated for core in mesh.cores] == [45] * players
    assert len({bytes(core.state) for core in mesh.cores}) == 1
    assert [sums[:45] for sums in mesh.sums] == [mesh.sums[0]] * players


@WAYS
@pytest.mark.parametrize("index", [200, 201, 204, 255])
def test_a_confirmed_input_that_reaches_outside_raises_index_error_and_writes_nothing(way, index):
    options = {"players": 2, "delays": [1, 1], "window": 8, "seed": 1, "way": way}
    ours, theirs = (Core(shelf_game, player=p, **options) for p in (0, 1))
    for f in range(3):
        ours.set_input(b"\xc7")
        assert ours.advance(f) & ADVANCED              # frames 0 to 2 with 199 from frame 1 on, ours alone
        theirs.set_input(b"\xc7" if f < 1 else bytes([index]))
        theirs.advance(f)
    ours.receive(1, theirs.outgoing()[0][1])           # frame 1: 199; frame 2: outside
    assert ours.exchange(3) & RAISED
    with pytest.raises(IndexError):
        ours.raise_confirmed()
    assert ours.simulated == ours.confirmed == 2
    before = bytes(ours.state)
    for f in range(3):
        assert ours.advance(4 + f) & (RAISED | WAITING | ADVANCED) == RAISED | WAITING
        with pytest.raises(IndexError):
            ours.raise_confirmed()
    state = ours.state
    assert bytes(state) == before and state.before == state.after == 0x55555555
    assert (state.total, state.cells[0], state.cells[199], sum(state.cells)) == (1 + 1 + 200 + 200, 2, 2, 4)


def test_a_guess_that_walks_outside_never_raises_and_is_forgotten():
    mesh = Mesh(walk_game, players=2, network="rtt=240ms", windows=32, twins=[0], may_raise=True)
    to_and_fro = [b"\1"] * 11 + ([b"\xff"] * 11 + [b"\1"] * 11) * 12
    mesh.bots = [Script(*to_and_fro), Script(*to_and_fro)]     # to the last cell and back; the guess walks on
    mesh.play(250)
    mesh.check(moved=False)
    assert not mesh.raised and all(mesh.rollbacks)
    assert all(core._number("raised_predicted") > 5 for core in mesh.cores)
    assert mesh.cores[0].state.before == mesh.cores[0].state.after == 0x55555555


def test_a_raising_core_has_the_same_memory_compiled_and_interpreted():
    twins = Twins(shelf_game, player=0, players=2, delays=[0, 0], window=8, seed=1)
    other = Core(shelf_game, player=1, players=2, delays=[0, 0], window=8, seed=1, way="interpreted")
    for f in range(8):
        twins.set_input(bytes([f]))
        other.set_input(bytes([0 if f < 3 else 200]))
        other.advance(f)                                       # its own input reaches outside, too
        twins.receive(1, other.outgoing()[0][1])
        if f < 3:
            twins.advance(f)
        else:
            assert twins.advance(f) & RAISED                   # and Twins compares the memory after each call
            with pytest.raises(IndexError):
                twins.raise_confirmed()
    assert twins.simulated == 3
