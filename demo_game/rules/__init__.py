"""The fight: all that happens in a match follows from `World`, the inputs and `step`. No pygame here.

fighter (one fighter: acts and movement), combat (blows, guards, throws, shots, walls), rounds, bot.
Both fighters move first, then everything in which they touch is judged on the same picture.
"""

import rollstep as rs

from ..world import LEFT, RIGHT, Level, Phase
from .bot import think
from .combat import meet, settle_room
from .fighter import advance, control, is_free, remember, walk
from .rounds import ask_again, bow, end_pause, judge, start_again, start_fight, start_round

__all__ = ["start_match", "step"]


def start_match(world, tick):
    start_round(world, tick.content, -1)


@rs.sim
def read_pad(world, player, pad, tick):
    """A person's buttons or a bot's. Left and right together are neither."""
    buttons = pad.buttons if pad.bot == Level.HUMAN else think(world, player, pad.bot, tick)
    return buttons & ~(LEFT | RIGHT) if buttons & LEFT and buttons & RIGHT else buttons


@rs.sim
def move_both(world, tables, frame):
    a_from, b_from = world.fighters[0].pos.x, world.fighters[1].pos.x
    for i in range(2):
        advance(world, i, tables, frame)
    settle_room(world, a_from, b_from, tables)


@rs.sim
def fight(world, first, second, tables, frame):
    control(world, 0, first, tables, frame)
    control(world, 1, second, tables, frame)
    move_both(world, tables, frame)
    meet(world, tables, frame)
    judge(world, tables, frame)


@rs.sim
def rest(world, first, second, tables, frame):
    """Before, between and after rounds: nobody can act, but bodies still fall."""
    for i in range(2):
        fighter = world.fighters[i]
        buttons = second if i else first
        pressed = buttons & ~fighter.held
        remember(fighter, buttons, tables.body)
        if fighter.freeze == 0 and is_free(fighter):
            walk(fighter, 0, tables.body)
        if world.phase == Phase.DONE:
            ask_again(world, i, pressed)
    move_both(world, tables, frame)


def step(world, inputs, tick):
    tables, frame = tick.content, tick.frame
    first, second = read_pad(world, 0, inputs[0], tick), read_pad(world, 1, inputs[1], tick)
    world.clock = max(world.clock - 1, 0)
    if world.phase == Phase.FIGHT:
        fight(world, first, second, tables, frame)
        return
    rest(world, first, second, tables, frame)
    if world.phase in (Phase.PAUSE, Phase.DONE):
        bow(world, tables)
    if world.phase == Phase.DONE:
        start_again(world, tables, frame)
    elif world.clock == 0:
        if world.phase == Phase.INTRO:
            start_fight(world, tables, frame)
        else:
            end_pause(world, tables, frame)
