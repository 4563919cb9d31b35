"""One bit of one peer turned over: both sides name the frame, the field and both values, and write a folder that proves it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from rollstep.replay import read_replay, verify
from rollstep.replay.comparing import Comparison, Record, compare, explain
from rollstep.replay.desync import read_report
from rollstep.replay.writer import FRAMES_PER_SUM
from rollstep.rollback import arena, memory
from rollstep.session.inquests import checksums_of
from rollstep.session.recording import EVERY
from rollstep.testing import Impairment, Network, Safety, flip
from rollstep.wire.inquest import Part, Sums, pack
from tests.games import nasty
from tests.games.box import game as box

from .scenario import events

STORM = "rtt=120ms,jitter=60ms,loss=15%,duplicate=5%,reorder=5%"


def begin(spec: str, *, game: rs.Game = box, players: int = 2, frames: int = 60, seed: int = 1,
          **options: Any) -> tuple[Network, list[rs.P2P], list[Any] | None]:
    """A match that is some frames old, and its bots."""
    net = Network(seed=seed, impairment=Impairment.parse(spec))
    peers = net.join(game, players=players, **options)
    bots = [nasty.TokenBot(player=p, delay=1, seed=seed) for p in range(players)] if game is nasty.game else None
    net.play(peers, frames=frames, bots=bots)
    return net, peers, bots


def explained(net: Network, peers: list[rs.P2P], bots: list[Any] | None = None,
              limit_ms: int = 20_000) -> list[rs.DesyncExplained]:
    """Play on until every peer has explained itself: the first explanation of each."""
    assert net.run(peers, bots=bots, limit_ms=limit_ms,
                   until=lambda: all(events(net, p.player, rs.DesyncExplained) for p in peers)), \
        [(p.phase, events(net, p.player, rs.DesyncDetected)) for p in peers]
    return [events(net, p.player, rs.DesyncExplained)[0] for p in peers]


def record(folder: str | None) -> Record:
    """The report in a folder, as `rollstep replay diff` takes it."""
    assert folder is not None
    return Record(folder, read_replay(Path(folder) / "replay.rsr"), read_report(folder))


def mirrored(a: rs.DesyncExplained, b: rs.DesyncExplained) -> None:
    assert (a.frame, a.path, a.ours, a.theirs, a.more, a.note) == (b.frame, b.path, b.theirs, b.ours, b.more, b.note)
    assert a.ours != a.theirs


def leaves(game: rs.Game) -> list[tuple[str, int]]:
    return [(path, kind.size) for path, kind, _ in game.state.layout.leaves()]


# ---------------------------------------------------------------------------- any bit, any field, any time

@settings(max_examples=25)
@given(st.data())
def test_any_bit_of_any_field_of_one_peer_is_named_by_both_and_the_folders_prove_it(tmp_path_factory, data):
    game = data.draw(st.sampled_from([box, nasty.game]))
    path, size = data.draw(st.sampled_from(leaves(game)))
    bit, frames = data.draw(st.integers(0, 8 * size - 1)), data.draw(st.integers(2, 150))
    spec = data.draw(st.sampled_from(["", "rtt=80ms,jitter=20ms,loss=5%", STORM, "rtt=240ms"]))
    guilty, seed = data.draw(st.integers(0, 1)), data.draw(st.integers(1, 99))
    folder = tmp_path_factory.mktemp("reports")
    net, peers, bots = begin(spec, game=game, frames=frames, seed=seed, reports=folder)
    frame = flip(peers[guilty], path, bit)
    found = explained(net, peers, bots)
    mirrored(*found)
    assert found[0].frame == frame and found[0].path.startswith(path) and found[0].note == "" and found[0].more == 0
    sides = [record(one.folder) for one in found]
    for side, one in zip(sides, found, strict=True):
        told = explain(side, game)
        assert (told.verdict, told.frame, told.path) == ("diverged", frame, one.path)
        assert told.right == f"player {1 - guilty}", "the inputs lead to what the innocent one has"
    both = compare(*sides, game)
    assert (both.exit_code, both.frame, both.after, both.path) == (5, frame, frame - 1, found[0].path)
    assert (both.ours, both.theirs) == (found[0].ours, found[0].theirs) and both.right == sides[1 - guilty].name
    replays = [(side.name, side.replay) for side in sides if side.replay is not None]
    assert verify(game, replays[1 - guilty:2 - guilty], ways=["compiled"]).verified
    wrong = verify(game, replays[guilty:guilty + 1], ways=["compiled"])
    assert (wrong.verdict, wrong.frame, wrong.good_frames) == ("diverged", frame, frame - 1)


def test_a_replay_has_the_checksum_of_the_frame_whose_bit_was_turned_over_though_it_is_one_that_is_written(tmp_path):
    paths, written = [tmp_path / f"{p}.rsr" for p in (0, 1)], math.lcm(FRAMES_PER_SUM, EVERY)
    net, peers, bots = begin("", frames=written, record=paths)
    assert flip(peers[0], "World.boxes[0].pos") == written
    assert net.run(peers, bots=bots, until=lambda: all(p.phase == "frozen" for p in peers), limit_ms=5000)
    for peer in peers:
        peer.close()
    verdicts = [verify(box, [(str(path), read_replay(path))], ways=["compiled"]) for path in paths]
    assert [(v.verdict, v.frame) for v in verdicts] == [("diverged", written), ("verified", None)]


@pytest.mark.parametrize("frames", [31, 32, 33, 64])
def test_a_report_has_the_checksum_of_the_frame_whose_bit_was_turned_over_whenever_the_log_took_it(frames, tmp_path):
    net, peers, bots = begin("", frames=frames, reports=tmp_path)
    frame = flip(peers[0], "World.boxes[0].pos")
    both = compare(*(record(one.folder) for one in explained(net, peers, bots)), box)
    assert (both.verdict, both.frame, both.after) == ("diverged", frame, frame - 1)


@pytest.mark.parametrize("way", ["interpreted", "checked"])
def test_the_other_ways_explain_themselves_alike(way, tmp_path):
    net, peers, _ = begin("rtt=60ms", frames=30, way=way, reports=tmp_path)
    frame = flip(peers[0], "World.boxes[1].vel.y", 40)
    found = explained(net, peers)
    mirrored(*found)
    assert (found[0].frame, found[0].path) == (frame, "World.boxes[1].vel.y")


def test_a_match_with_commitments_explains_itself_too(tmp_path):
    net, peers, _ = begin("rtt=40ms", commit=True, window=0, delay=4, frames=40, reports=tmp_path)
    frame = flip(peers[1], "World.boxes[0].bumps", 3)
    found = explained(net, peers)
    mirrored(*found)
    assert (found[0].frame, found[0].path, found[0].ours ^ found[0].theirs) == (frame, "World.boxes[0].bumps", 8)


@pytest.mark.parametrize("where", [0, "World.boxes[7].turn"])
def test_a_byte_or_a_field_can_be_flipped_and_no_rollback_heals_it(where):
    net, peers, _ = begin(STORM, frames=50)
    flip(peers[1], where)
    assert peers[1].stats.rollbacks > 0
    assert explained(net, peers)[0].path.startswith("World.boxes[")


def test_flip_refuses_what_is_not_there():
    net, peers, _ = begin("", frames=10)
    for where, bit in (("World.nothing", 0), ("World.boxes[8].turn", 0), ("World.boxes[0].turn", 64), (1 << 20, 0), (0, 8)):
        with pytest.raises(rs.UsageError):
            flip(peers[0], where, bit)
    fresh = Network(seed=3).join(box, players=2)
    with pytest.raises(rs.UsageError, match="not begun"):
        flip(fresh[0], 0)
    assert net.run(peers, until=lambda: min(p.confirmed for p in peers) > 40), "nothing was changed"


@pytest.mark.parametrize(("where", "words"), [
    ("World.boxes[0].trun", "near is World.boxes[0].turn"), ("World.boxes[8].turn", "near is World.boxes[0].turn"),
    ("boxes[3].turn", "near is World.boxes[0].turn"), ("World.boxes[2]", "near is World.boxes[0].pos, World.boxes[0].vel"),
    ("zzz", "near is World.boxes[0].pos"), (1 << 20, "where=1048576"), (-1, "where=-1")])
def test_flip_names_what_is_near_to_a_field_that_is_not_there(where, words):
    _, peers, _ = begin("", frames=10)
    with pytest.raises(rs.UsageError) as caught:
        flip(peers[0], where)
    assert words in str(caught.value) and len(str(caught.value)) < 250


# ---------------------------------------------------------------------------- a step that is not deterministic

@pytest.mark.parametrize("spec", ["", STORM])
def test_a_step_that_depends_on_how_often_it_ran_is_told_by_its_field(spec, tmp_path):
    """As a global that leaks into a step, or memory that nobody has set: only the oracle's way can be made to do it."""
    net, peers, bots = begin(spec, game=nasty.game, frames=40, way="interpreted", reports=tmp_path)
    core = peers[1]._core
    assert core is not None
    handle, calls = core.numbers[core._at["step"]], 0
    inner, mixed = memory.STEPS[handle], next(at for path, _, at in nasty.World.layout.leaves() if path == "World.mixed")

    def leaking(c: Any, state: memoryview, row: memoryview, f: int) -> int:
        nonlocal calls
        calls += 1
        result = inner(c, state, row, f)
        if calls > 30:
            state[mixed] = calls & 255
        return result
    memory.STEPS[handle] = leaking
    found = explained(net, peers, bots)
    mirrored(*found)
    assert found[0].path == "World.mixed"
    told = explain(record(found[1].folder), nasty.game)
    assert told.path == "World.mixed" and told.right == "player 0"


# ---------------------------------------------------------------------------- more players

@pytest.mark.parametrize("groups", [[(0,), (1,), (2,)], [(0, 3), (1,), (2,)]])
def test_of_three_peers_the_one_that_differs_is_named_by_both_others_and_holds_two_inquests(groups, tmp_path):
    net = Network(seed=5, impairment=Impairment.parse("rtt=80ms,jitter=30ms,loss=5%"))
    peers = net.join(box, players=sum(map(len, groups)), groups=groups, reports=tmp_path)
    net.play(peers, frames=60)
    frame = flip(peers[1], "World.boxes[2].pos.x", 7)
    explained(net, peers)
    assert net.run(peers, until=lambda: all(p.settled for p in peers), limit_ms=20_000)
    assert len(events(net, 1, rs.DesyncExplained)) == 2 and net.events[1][-1] == events(net, 1, rs.DesyncExplained)[-1]
    guilty, told = events(net, 1, rs.DesyncExplained), [events(net, p, rs.DesyncExplained) for p in (0, 2)]
    assert sorted(one.player for one in guilty) == [0, 2]
    for player, (one,) in zip((0, 2), told, strict=True):
        assert one.player == 1 and one.frame == frame and one.path == "World.boxes[2].pos.x"
        mirrored(one, next(other for other in guilty if other.player == player))
    assert len({one.folder for one in [*guilty, *told[0], *told[1]]}) == 4, "no folder is written twice"


# ---------------------------------------------------------------------------- no false alarm

@pytest.mark.parametrize("players", [2, 3])
def test_no_storm_makes_peers_that_agree_believe_that_they_differ(players, tmp_path):
    net = Network(seed=4, impairment=Impairment.parse("rtt=160ms,jitter=140ms,loss=25%,duplicate=10%,reorder=10%"))
    peers = net.join(box, players=players, reports=tmp_path)
    watch, asked = Safety(), 0

    def ask(peer: rs.P2P) -> None:
        """What a frozen peer would ask, all the time, about frames that are the newest it has."""
        nonlocal asked
        watch(peer)
        if peer._core is not None and peer.frame % 5 == 0:
            asked += 1
            for other in peer._core.remotes:
                peer._routes.tell_sealed(other, pack(checksums_of(peer._core)))
    assert net.run(peers, until=lambda: all(p.confirmed >= 900 for p in peers), each=ask, limit_ms=120_000)
    watch.agree(900)
    assert asked > 100 and min(p.stats.rollbacks for p in peers) > 30
    assert not any(events(net, p.player, rs.DesyncDetected) for p in peers) and not list(tmp_path.iterdir())


def test_a_peer_that_has_not_noticed_freezes_when_it_is_asked_and_really_differs():
    net, peers, _ = begin("rtt=60ms", frames=80)
    sums = checksums_of(peers[1]._core)  # type: ignore[arg-type]
    other = Sums(sums.first, sums.chain, sums.kept, (*sums.sums[:-2], sums.sums[-2] ^ 1, sums.sums[-1]))
    peers[1]._routes.tell_sealed(0, pack(other))
    assert net.run(peers, until=lambda: peers[0].phase == "frozen", limit_ms=1000)
    (found,) = events(net, 0, rs.DesyncDetected)
    assert found.frame == sums.end - 2 and found.player == 1 and found.ours != found.theirs


# ---------------------------------------------------------------------------- when not everything can be found out

def test_when_the_first_state_is_gone_the_first_that_both_have_is_compared(monkeypatch, tmp_path):
    monkeypatch.setattr(arena, "KEPT_BYTES", 0)
    net, peers, _ = begin("rtt=200ms", frames=80, window=10, reports=tmp_path)
    frame = flip(peers[1], "World.boxes[5].turn", 3)
    found = explained(net, peers)
    mirrored(*found)
    assert found[0].path == "World.boxes[5].turn" and found[0].frame >= frame
    report = read_report(found[0].folder)
    assert report.frame == frame and report.state_frame == found[0].frame > frame, "nothing beyond the window was kept"
    assert compare(*(record(one.folder) for one in found)).frame == frame


def test_a_difference_older_than_all_checksums_is_said_to_be(tmp_path):
    net, peers, _ = begin("rtt=60ms", frames=300, reports=tmp_path)
    core = peers[1]._core
    assert core is not None
    bumps = next(at for path, _, at in box.state.layout.leaves() if path == "World.boxes[3].bumps")  # type: ignore[attr-defined]
    for at in (core._number("state_at"), *range(core._number("snapshots_at"), core._number("snapshots_end"),
                                                core._number("slot_size"))):
        core._bytes[at + bumps] ^= 4        # since long before
    for f in range(core.confirmed - 127, core.confirmed + 1):
        core.numbers[core._at["sums"] + f % 128] ^= 1
        core.numbers[core._at["chains"] + f % 128] ^= 1
    found = explained(net, peers)
    mirrored(*found)
    assert found[0].path == "World.boxes[3].bumps" and "older than the checksums" in found[0].note
    assert read_report(found[0].folder).exact is False


def test_a_peer_that_leaves_at_once_leaves_a_report_without_fields(tmp_path):
    net, peers, _ = begin("rtt=80ms", frames=50, reports=[tmp_path / "0", tmp_path / "1"])
    flip(peers[1], "World.boxes[0].turn", 3)
    net.run(peers, until=lambda: peers[0].phase == "frozen")
    peers[0].close()
    assert net.run(peers[1:], until=lambda: bool(events(net, 1, rs.DesyncExplained) or events(net, 1, rs.Disconnected)),
                   limit_ms=20_000)
    (folder,) = (tmp_path / "0").iterdir()
    report = read_report(folder)
    assert not report.fields and report.note and "this side has left" in (folder / "report.txt").read_text()


def test_who_never_answers_costs_five_seconds_and_not_the_report(tmp_path):
    net, peers, _ = begin("rtt=80ms", frames=50, reports=tmp_path)
    flip(peers[1], "World.boxes[0].turn", 3)
    assert net.run(peers, until=lambda: peers[0].phase == "frozen")
    peers[1]._transport.cut = True  # type: ignore[attr-defined]
    start = net.now_us
    assert net.run(peers[:1], until=lambda: bool(events(net, 0, rs.DesyncExplained)), limit_ms=20_000)
    (found,) = events(net, 0, rs.DesyncExplained)
    assert found.path == "" and "answer" in found.note and net.now_us - start < 6_000_000
    assert found.folder is not None and explain(record(found.folder)).exit_code == 5


# ---------------------------------------------------------------------------- states of 64 KiB

@rs.struct
class Cells:
    cells: rs.Array[rs.i64] = rs.array(8192)
    count: rs.i64


def nothing(world, tick):
    pass


def spread(world, inputs, tick):
    world.count += 1
    if world.cells[0] > 0:
        for i in range(1, 8192):
            world.cells[i] += world.cells[0]


@pytest.mark.parametrize("spec", ["rtt=60ms", "rtt=80ms,jitter=20ms,loss=5%"])
def test_a_state_of_64_kib_that_differs_everywhere_is_read_as_far_as_it_may_be(spec, tmp_path):
    cells = rs.Game("cells", state=Cells, input=box.input, players=2, init=nothing, step=spread)
    net, peers, _ = begin(spec, game=cells, frames=30, reports=tmp_path)
    core = peers[1]._core
    assert core is not None and len(core.kept(core.kept_from + 1) or b"") == cells.state_size
    for i in range(1, 8192):        # before the next call of the core, in the newest confirmed state
        core._bytes[core._number("place", core.confirmed % arena.PLACES) + 8 * i] ^= 255
    frame = flip(peers[1], "Cells.cells[0]", 1)
    found = explained(net, peers, limit_ms=30_000)
    mirrored(*found)
    assert (found[0].frame, found[0].path, found[0].ours, found[0].theirs) == (frame, "Cells.cells[0]", 0, 2)
    assert found[0].more == 8191 and found[0].note == ""
    assert read_report(found[0].folder).theirs == read_report(found[1].folder).ours


# ---------------------------------------------------------------------------- a liar

def test_a_liar_gets_a_wrong_report_and_nothing_else(tmp_path):
    net, peers, _ = begin("rtt=40ms", frames=80, reports=[tmp_path / "0", None])
    sums = checksums_of(peers[1]._core)  # type: ignore[arg-type]
    lie = pack(Sums(sums.first, sums.chain, 0, tuple(value ^ 1 for value in sums.sums)))
    sent = 0

    def tell(peer: rs.P2P) -> None:
        nonlocal sent
        if peer is peers[1] and peers[0].phase == "frozen":
            for at in (0, 8, 128, 1000, 1 << 20, (1 << 32) - 1):
                peer._routes.tell_sealed(0, pack(Part(at, 0, bytes([sent & 255]) * 1024)))
                peer._routes.tell_sealed(0, b"\x31\xff" + bytes(1 + sent % 1100))
                sent += 1
        elif peer is peers[1]:
            peer._routes.tell_sealed(0, lie)
    peers[1]._inquests = None       # it answers with lies alone
    assert net.run(peers, until=lambda: bool(events(net, 0, rs.DesyncExplained)), each=tell, limit_ms=60_000)
    (found,) = events(net, 0, rs.DesyncExplained)
    assert found.frame == sums.first and found.player == 1 and sent > 0
    assert found.folder is not None and verify(box, [("0", read_replay(Path(found.folder) / "replay.rsr"))]).verified
    assert explain(record(found.folder), box).right == "player 0"


def test_what_is_no_message_or_leads_nowhere_is_counted_and_freezes_nobody():
    net, peers, _ = begin("", frames=30)
    for data in (b"\x30", b"\x31", b"\x30" + bytes(24), b"\x30" * 1000, b"\x31" + bytes(1100)):
        peers[1]._routes.tell_sealed(0, data)
    for message in (Part(0, 0, b"testimony"), checksums_of(peers[1]._core), checksums_of(peers[1]._core)):
        peers[1]._routes.tell_sealed(0, pack(message))
    assert net.run(peers, until=lambda: min(p.confirmed for p in peers) > 120)
    assert peers[0].stats.dropped["inquest"] == 8 and peers[0].phase == "playing"


# ---------------------------------------------------------------------------- the folder

def reported(tmp_path: Path, **options: Any) -> tuple[list[rs.P2P], list[rs.DesyncExplained]]:
    net, peers, _ = begin("rtt=60ms", frames=100, reports=tmp_path, **options)
    flip(peers[1], "World.boxes[0].vel.x", 9)
    return peers, explained(net, peers)


def test_a_folder_holds_both_states_the_inputs_the_facts_and_a_replay(tmp_path):
    peers, found = reported(tmp_path, record=[tmp_path / "0.rsr", tmp_path / "1.rsr"])
    folder = Path(found[0].folder or "")
    assert folder.name == f"desync-{found[0].frame}-player0"
    assert sorted(path.name for path in folder.iterdir()) == \
        ["ours.bin", "replay.rsr", "report.json", "report.txt", "theirs.bin"]
    data = json.loads((folder / "report.json").read_text())
    frame = found[0].frame
    assert (data["frame"], data["state_frame"], data["player"], data["other"], data["exact"]) == (frame, frame, 0, 1, True)
    (field,) = data["fields"]
    assert (field["path"], field["ours"], field["theirs"]) == ("World.boxes[0].vel.x", found[0].ours, found[0].theirs)
    for side in ("ours", "theirs"):
        assert rs.Fixed(field[side]).raw.to_bytes(8, "little", signed=True).hex() == field[f"{side}_bytes"]
    assert [one["frame"] for one in data["inputs"]] == list(range(frame - 60, frame))
    replay = read_replay(folder / "replay.rsr")
    assert all(one["players"][p]["buttons"] == replay.row(one["frame"])[p] for one in data["inputs"] for p in (0, 1))
    assert {"rollstep", "python", "numba", "machine"} <= data["facts"].keys() and data["header"]["layout"] == \
        box.digests.layout.hex()
    sums = {one["frame"]: (one["ours"], one["theirs"]) for one in data["checksums"]}
    assert sums[frame - 1][0] == sums[frame - 1][1] and sums[frame][0] != sums[frame][1]
    words = (folder / "report.txt").read_text()
    assert f"World.boxes[0].vel.x: {found[0].ours} here, {found[0].theirs} there" in words
    assert replay.frames >= frame and replay.cut_at is None and set(range(frame - 80, frame)) <= replay.chains.keys()
    for peer in peers:
        peer.close()
    recorded = read_replay(tmp_path / "0.rsr")
    assert recorded.rows[:len(replay.rows)] == replay.rows[:len(recorded.rows)]


def test_a_second_report_of_one_name_gets_a_number_and_none_is_overwritten(tmp_path):
    first, second = (reported(tmp_path)[1] for _ in range(2))
    names = sorted(path.name for path in tmp_path.iterdir())
    frame = first[0].frame
    assert names == sorted(f"desync-{frame}-player{p}{more}" for p in (0, 1) for more in ("", "-2"))
    assert first[0].folder != second[0].folder


def test_a_disk_that_takes_nothing_is_told_and_not_raised(tmp_path):
    (tmp_path / "file").write_text("in the way")
    net, peers, _ = begin("rtt=60ms", frames=50, reports=tmp_path / "file" / "reports")
    flip(peers[1], "World.boxes[0].turn", 9)
    found = explained(net, peers)
    assert found[0].folder is None and "the report could not be written" in found[0].note
    assert found[0].path == "World.boxes[0].turn" and isinstance(peers[0].report_error, OSError)


def test_without_a_folder_nothing_is_kept_and_the_event_says_all_the_same():
    net, peers, _ = begin("rtt=60ms", frames=50)
    flip(peers[1], "World.boxes[0].turn", 9)
    found = explained(net, peers)
    mirrored(*found)
    assert found[0].folder is None and found[0].path == "World.boxes[0].turn"


@pytest.mark.parametrize("reports", [3, b"x", __file__])
def test_a_folder_that_cannot_be_one_is_a_usage_error(reports):
    with pytest.raises(rs.UsageError, match="reports="):
        Network(seed=1).join(box, players=2, reports=[reports, None])


def test_comparing_a_comparison_is_plain_data():
    assert json.loads(json.dumps(Comparison("equal", "alike").to_json()))["exit_code"] == 0


# ---------------------------------------------------------------------------- limits

def test_what_a_peer_asks_while_we_play_is_looked_at_twice_as_often_as_an_honest_one_asks():
    _, peers, _ = begin("", frames=60)
    inquests, core = peers[0]._inquests, peers[1]._core
    assert inquests is not None and core is not None
    sums = checksums_of(core)
    other = Sums(sums.first, sums.chain, sums.kept, (sums.sums[0] ^ 1, *sums.sums[1:]))
    looks = [inquests.accuse(1, other, ms * 1_000_000) is not None for ms in range(1000)]
    assert sum(looks) == 20 and looks[0]
    assert inquests.accuse(1, other, 2 << 30) is not None and inquests.accuse(0, other, 2 << 30) is not None


def test_an_innocent_peer_that_says_nothing_is_not_reported(tmp_path):
    net, peers, _ = begin("rtt=40ms", players=3, frames=60, reports=tmp_path)
    flip(peers[1], "World.boxes[0].turn", 3)
    peers[2]._transport.cut = True  # type: ignore[attr-defined]
    assert net.run(peers[:2], until=lambda: all(p.phase == "frozen" and p.settled for p in peers[:2]), limit_ms=20_000)
    assert [one.player for one in events(net, 0, rs.DesyncExplained)] == [1]


def test_a_match_that_has_outgrown_its_log_has_a_report_without_a_replay(monkeypatch, tmp_path):
    from rollstep.session import recording
    monkeypatch.setattr(recording, "MOST_LOG_BYTES", 2600)
    net, peers, _ = begin("rtt=40ms", frames=600, reports=tmp_path)
    flip(peers[1], "World.boxes[0].turn", 3)
    folder = Path(explained(net, peers)[0].folder or "")
    assert not (folder / "replay.rsr").exists() and read_report(folder).fields[0]["path"] == "World.boxes[0].turn"
