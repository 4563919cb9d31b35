"""The README's pictures, drawn from golden replays by the program's own screens: `make pictures`.

Which moments are shown is said by what happens in them, so that another golden gives other pictures of the same kind.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
os.environ.setdefault("SDL_AUDIODRIVER", "dummy")

import pygame

import rollstep as rs
from rollstep.testing import Impairment, Network

from ..fighter import game
from ..sound.mixer import Mixer
from ..view import HEIGHT, WIDTH, Scene
from ..world import Effect, Ending, Phase
from .show import Show

FOLDER = Path(__file__).parents[1] / "pictures"
REPLAYS = Path(__file__).parents[2] / "replays"
CALM, STORMY = "fighter-calm", "fighter-stormy"
NAMES = ("PLAYER 1", "PLAYER 2")
#: The animation: seconds, and pictures a second.
CLIP_S, CLIP_FPS = 6, 15

Moment = Callable[[Any, int], bool]


def happened(kind: Effect, age: int) -> Moment:
    """So many frames after an effect."""
    return lambda world, frame: any(e.kind == kind and frame - 1 - e.frame == age for e in world.effects)


#: File name -> (replay, when, with boxes)
MOMENTS: dict[str, tuple[str, Moment, bool]] = {
    "fight": (CALM, happened(Effect.HEAVY_HIT, 4), False),
    "shot": ("shots-clash", lambda world, frame: any(shot.alive and shot.since == 14 for shot in world.shots), False),
    "boxes": (CALM, lambda world, frame: world.phase == Phase.FIGHT and happened(Effect.HIT, 1)(world, frame), True),
    "knock-out": (CALM, happened(Effect.KNOCK_OUT, 30), False),
}


def states(name: str) -> Iterator[tuple[Any, int]]:
    """(state, frame) for every frame of a golden replay."""
    with rs.playback(REPLAYS / f"{name}.rsr", game) as playback:
        while playback.advance():
            yield playback.state, playback.frame


def draw_moments() -> None:
    """Each picture at the first frame at which its moment has come."""
    for name, (replay, moment, boxes) in MOMENTS.items():
        scene, canvas = Scene(game.content, names=NAMES), pygame.Surface((WIDTH, HEIGHT))
        for world, frame in states(replay):
            scene.observe(world, frame)
            if moment(world, frame):
                scene.draw(canvas, boxes=boxes)
                keep(canvas, name)
                break
        else:
            raise SystemExit(f"{replay} has no moment for {name}.png: choose another one in {__file__}")


def draw_network() -> None:
    """Two sessions with the inputs of the stormy replay, on the simulated network: rollbacks as they really are."""
    replay = rs.read_replay(REPLAYS / f"{STORMY}.rsr")
    size = replay.header.input_size
    net = Network(seed=replay.header.seed & 0xFFFF, impairment=Impairment.parse("rtt=150ms,jitter=20ms,loss=5%"))
    peers = net.join(game, players=2)
    show = Show(Scene(game.content, names=NAMES), Mixer(0, 0))
    show.network = True
    inputs = [Inputs(replay, player, size) for player in range(2)]
    for frame in range(1, 600):
        net.play(peers, frames=frame, bots=inputs)
        show.frame(peers[0])
    canvas = pygame.Surface((WIDTH, HEIGHT))
    show.draw(canvas, peers[0])
    show.draw_network(canvas, peers[0])
    keep(canvas, "network")


class Inputs:
    """One player's inputs of a replay, as a bot."""

    def __init__(self, replay: rs.Replay, player: int, size: int) -> None:
        self._replay, self._from, self._to = replay, player * size, (player + 1) * size

    def input(self, frame: int) -> bytes:
        return self._replay.row(min(frame, self._replay.frames - 1))[self._from:self._to]


def draw_clip() -> None:
    """The last seconds of the first round."""
    from PIL import Image

    scene, canvas = Scene(game.content, names=NAMES), pygame.Surface((WIDTH, HEIGHT))
    pictures: list[Any] = []
    every = game.fps // CLIP_FPS
    for world, frame in states(CALM):
        scene.observe(world, frame)
        if frame % every:
            continue
        scene.draw(canvas)
        pictures.append(Image.frombytes("RGB", (WIDTH, HEIGHT), pygame.image.tobytes(canvas, "RGB")))
        del pictures[:-CLIP_S * CLIP_FPS]
        if world.ending != Ending.NONE and world.clock < 60:
            break
    first, *rest = pictures
    first.save(FOLDER / "clip.webp", save_all=True, append_images=rest, duration=1000 // CLIP_FPS, loop=0, quality=34, method=6)
    print(f"{FOLDER / 'clip.webp'}", file=sys.stderr)


def keep(canvas: pygame.Surface, name: str) -> None:
    """As a PNG, twice the size, as in a window."""
    FOLDER.mkdir(exist_ok=True)
    pygame.image.save(pygame.transform.scale(canvas, (WIDTH * 2, HEIGHT * 2)), FOLDER / f"{name}.png")
    print(f"{FOLDER / (name + '.png')}", file=sys.stderr)


def main() -> None:
    pygame.init()
    pygame.display.set_mode((WIDTH, HEIGHT))
    draw_moments()
    draw_network()
    draw_clip()


if __name__ == "__main__":
    main()
