"""What is true of every fight: nobody leaves the stage or is stuck, no side is better off, every way computes the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rollstep as rs
from demo_game import game
from demo_game.world import Act, Ending, Level, Move, Pad, Phase, World
from rollstep import Vec2

from .fight import BODY, EDGE, FREE, TABLES, D, F, Fight, H, L, R, S, T, U, facts, mirrored, mirrored_buttons

LEGAL = World.layout.legal_bytes()
HUMANS = (Level.HUMAN, Level.HUMAN)
#: The longest that each act may last, in frames without its freezes. A free one lasts as long as it likes.
LONGEST = {
    Act.SQUAT: BODY.squat_frames, Act.JUMP: 60, Act.LAND: BODY.land_frames, Act.DASH: BODY.dash_frames,
    Act.BACKDASH: BODY.backdash_frames, Act.ATTACK: 45, Act.HOLD: 30, Act.THROWN: 30, Act.HIT: 30, Act.BLOCK: 30,
    Act.TUMBLE: 60, Act.LYING: BODY.lying_frames, Act.GETUP: BODY.getup_frames,
}
MOST_FREEZE = 30


class Referee:
    """Looks at a world after every frame, and remembers what it must of the last one."""

    def __init__(self, fight: Fight) -> None:
        self.fight = fight
        self.before = bytes(fight.memory)

    def look(self) -> None:
        world, last = self.fight.world, World.view(self.before)
        for at, (byte, legal) in enumerate(zip(self.fight.memory, LEGAL, strict=False)):
            assert legal is None or byte in legal, f"byte {at} is {byte}"
        new_round = world.phase == Phase.INTRO and last.phase != Phase.INTRO
        for i in range(2):
            self._fighter(world.fighters[i], last.fighters[i], new_round)
            shot = world.shots[i]
            assert not shot.alive or (abs(shot.pos.x) <= TABLES.stage.half_width + TABLES.shot.half
                                      and shot.since < TABLES.shot.life and shot.facing in (-1, 1))
        self._blows(world, last)
        assert abs(self.fight.gap) <= TABLES.stage.furthest + BODY.half_width
        assert 1 <= world.round <= 2 * TABLES.rounds.to_win - 1
        assert 0 <= world.clock <= TABLES.rounds.frames and world.effects.dropped == 0
        assert (world.ending == Ending.NONE) == (world.phase in (Phase.INTRO, Phase.FIGHT))
        if world.phase == Phase.FIGHT:
            assert world.clock > 0 and all(fighter.health > 0 for fighter in world.fighters)
        assert (world.fighters[0].act == Act.HOLD) == (world.fighters[1].act == Act.THROWN)
        assert (world.fighters[1].act == Act.HOLD) == (world.fighters[0].act == Act.THROWN)
        if world.phase == Phase.DONE:
            assert max(fighter.wins for fighter in world.fighters) == TABLES.rounds.to_win
        self.before = bytes(self.fight.memory)

    def _fighter(self, fighter, last, new_round):
        assert -EDGE <= fighter.pos.x <= EDGE and 0 <= fighter.pos.y <= 160
        assert 0 <= fighter.health <= BODY.health and fighter.facing in (-1, 1) and fighter.tap in (-1, 0, 1)
        assert fighter.health <= last.health or new_round, "health came back within a round"
        assert fighter.wins in (last.wins, last.wins + 1) or new_round
        assert fighter.wins <= TABLES.rounds.to_win
        assert fighter.freeze <= MOST_FREEZE and fighter.wish_left <= BODY.wish_frames and fighter.tap_left <= BODY.tap_frames
        assert fighter.act not in (*FREE, Act.CHEER, Act.DEFEAT, Act.LYING, Act.GETUP, Act.DASH, Act.HIT, Act.BLOCK) \
            or fighter.pos.y == 0
        ends = fighter.act in LONGEST and not (fighter.act == Act.LYING and fighter.health == 0)
        assert not ends or fighter.since <= LONGEST[fighter.act], f"stuck in {fighter.act!r}"

    def _blows(self, world, last):
        """Health is lost by blows, and one attack has one."""
        new = world.hits + world.blocked - last.hits - last.blocked
        assert 0 <= new <= 4
        for i in range(2):
            attacker, before = world.fighters[i], last.fighters[i]
            lost = last.fighters[1 - i].health - world.fighters[1 - i].health
            assert lost <= 0 or new > 0
            if before.act == attacker.act == Act.ATTACK and before.landed and attacker.since == before.since + 1 \
                    and not last.shots[i].alive and attacker.move != Move.THROW:
                assert lost <= 0, "one attack, two blows"


# ---------------------------------------------------------------------------- rules

BUTTONS = st.one_of(st.sampled_from([0, L, R, U, D, F, H, S, T, L | D, R | D, U | R, U | L, D | F, D | H, R | T]),
                    st.integers(0, 255))
HELD = st.tuples(BUTTONS, BUTTONS, st.integers(1, 24))
PLACES = st.tuples(st.integers(-int(EDGE), int(EDGE)), st.integers(-int(EDGE), int(EDGE))).filter(
    lambda places: abs(places[0] - places[1]) < TABLES.stage.furthest)


@settings(max_examples=80)
@given(st.lists(HELD, max_size=40), st.tuples(*[st.sampled_from(Level)] * 2), PLACES, st.integers(1, BODY.health),
       st.integers(1, BODY.health), st.integers(1, 400), st.integers(-1 << 63, (1 << 63) - 1))
def test_whatever_is_pressed_the_fight_keeps_to_its_rules(program, bots, places, a_health, b_health, clock, seed):
    fight = Fight("checked", seed=seed).stand(*places)
    fight.a.health, fight.b.health, fight.world.clock = a_health, b_health, clock
    referee = Referee(fight)
    for a, b, frames in program:
        for _ in range(frames):
            fight.play(a, b, bots=bots)
            referee.look()


@pytest.mark.parametrize(("bots", "seed"), [(HUMANS, 1), (HUMANS, 2), ((Level.HARD, Level.HARD), 3),
                                            ((Level.EASY, Level.HUMAN), 4), ((Level.HUMAN, Level.MEDIUM), 5)])
def test_a_long_brawl_keeps_to_the_rules_and_is_fought_to_its_end(bots, seed):
    fight = Fight("checked", seed=seed)
    referee = Referee(fight)
    for _ in brawl(fight, seed, 20_000, bots):
        referee.look()
        if fight.world.phase == Phase.DONE:
            break
    assert fight.world.matches == 1
    assert fight.world.hits > 15 and fight.world.blocked >= 3


def brawl(fight, seed, frames, bots=HUMANS):
    """Plays a fight between two who seek it; the buttons (a, b) after each frame."""
    draw = random.Random(seed)
    held = [0, 0]
    for _ in range(frames):
        towards = (R, L) if fight.gap > 0 else (L, R)
        for i in range(2):
            if draw.random() < 0.1:
                away = L + R - towards[i]
                held[i] = draw.choice([*[towards[i]] * 5, away, away, D | away, U | towards[i], U, D, 0, L | R])
        # who guards does not attack
        buttons = [held[i] | (0 if held[i] & (L + R - towards[i]) else draw.choice([0, 0, 0, F, H, S, T])) for i in range(2)]
        fight.play(*buttons, bots=bots)
        yield buttons


@settings(max_examples=40)
@given(st.lists(HELD, min_size=10, max_size=30), PLACES, st.integers(0, 3))
def test_who_presses_nothing_any_more_is_free_within_three_seconds(program, places, seed):
    """Nobody is stuck in what was begun, wherever it was."""
    fight = Fight("compiled", seed=seed).stand(*places)
    for a, b, frames in program:
        fight.play(a, b, frames)
    if fight.world.phase == Phase.FIGHT:
        fight.play(frames=180)
        for fighter in fight.world.fighters:
            assert fighter.act in (Act.STAND, Act.CHEER, Act.DEFEAT) or fighter.health == 0
            assert fighter.vel.x == 0 or fighter.act == Act.LYING


# ---------------------------------------------------------------------------- no side is better

@pytest.mark.parametrize("seed", range(6))
def test_mirrored_buttons_give_the_mirrored_fight(seed):
    fight, mirror = Fight("compiled"), Fight("compiled")
    for a, b in brawl(fight, seed, 5000):
        mirror.play(mirrored_buttons(b), mirrored_buttons(a))
        assert mirrored(mirror.world) == facts(fight.world)
    assert fight.world.hits > 10


@settings(max_examples=80)
@given(st.lists(HELD, max_size=30), PLACES)
def test_no_place_and_no_program_gives_a_side_an_advantage(program, places):
    fight, mirror = Fight("compiled").stand(*places), Fight("compiled").stand(-places[1], -places[0])
    if places[0] == places[1]:
        return      # in the very same place they are set apart by their facing, tested below
    for a, b, frames in program:
        for _ in range(frames):
            fight.play(a, b)
            mirror.play(mirrored_buttons(b), mirrored_buttons(a))
            assert mirrored(mirror.world) == facts(fight.world)


@pytest.mark.parametrize("facing", [(1, 1), (-1, -1), (1, -1), (-1, 1)])
@pytest.mark.parametrize("upper", ["a", "b", "neither"])
def test_landing_in_the_middle_of_the_other_gives_no_side_an_advantage(upper, facing):
    fight, mirror = Fight(), Fight()
    for one, (upper_one, lower_one), facings in (
            (fight, (fight.a, fight.b) if upper == "a" else (fight.b, fight.a), facing),
            (mirror, (mirror.b, mirror.a) if upper == "a" else (mirror.a, mirror.b), (-facing[1], -facing[0]))):
        one.stand(0, 0)
        if upper != "neither":
            upper_one.pos, upper_one.act = Vec2(0, 60), Act.JUMP
        one.a.facing, one.b.facing = facings
        assert lower_one.pos.y == 0
        for _ in range(40):
            one.play()
    assert mirrored(mirror.world) == facts(fight.world)
    assert fight.a.pos.x != fight.b.pos.x


# ---------------------------------------------------------------------------- every way alike

def rows_of(seed, frames):
    """Random buttons, with bots of every level that come and go."""
    draw = random.Random(seed)
    rows, levels = b"", HUMANS
    fight = Fight("compiled", seed=seed, intro=True)
    for frame, (a, b) in enumerate(brawl(fight, seed, frames)):
        if frame % 300 == 0:
            levels = draw.choice([HUMANS, (Level.EASY, Level.HUMAN), (Level.MEDIUM, Level.HARD), (Level.HUMAN, Level.HARD)])
        rows += bytes(Pad(buttons=a, bot=levels[0])) + bytes(Pad(buttons=b, bot=levels[1]))
    return rows


@pytest.mark.parametrize("seed", [7, -8])
def test_four_thousand_frames_are_the_same_compiled_checked_and_interpreted(seed):
    rows = rows_of(seed, 4000)
    sums = {}
    for way in ("compiled", "checked", "interpreted"):
        runner = game.runner(way, players=2, seed=seed)
        sums[way] = runner.run(runner.start(), rows, 0, 4000)
    assert sums["compiled"] == sums["checked"] == sums["interpreted"]
    assert len(set(sums["compiled"])) == 4000


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(10, 20))
def test_a_hundred_thousand_frames_are_the_same_compiled_checked_and_interpreted(seed):
    rows = rows_of(seed, 10_000)
    sums = [runner.run(runner.start(), rows, 0, 10_000)
            for runner in (game.runner(way, players=2, seed=seed) for way in ("compiled", "checked", "interpreted"))]
    assert sums[0] == sums[1] == sums[2]


@pytest.mark.parametrize("bots", [HUMANS, (Level.HARD, Level.EASY), (Level.HUMAN, Level.MEDIUM)])
def test_every_frame_can_be_rolled_back(bots):
    test = rs.synctest(game, players=2, seed=5, against="interpreted", distance_seed=2)
    draw = random.Random(5)
    pads = [0, 0]
    for _ in range(700):
        pads = [draw.getrandbits(8) & draw.getrandbits(8) if draw.random() < 0.15 else buttons for buttons in pads]
        test.advance([Pad(buttons=buttons, bot=bot) for buttons, bot in zip(pads, bots, strict=True)])
    assert test.state.hits + test.state.blocked > 0 and test.rollbacks == 700
