"""Contact sheets of all drawings, for whoever changes a pose: `python -m tests.demo_game.view.sheet DIRECTORY`."""

import sys
from pathlib import Path

import pygame

from demo_game.content import load
from demo_game.tables import Tables
from demo_game.view.drawing import all_reels
from demo_game.view.figure import draw_figure
from demo_game.view.look import LOOKS, colour_table
from demo_game.view.pixels import blank, surface_of
from demo_game.view.plate import HEIGHT, WIDTH
from demo_game.view.text import write

COLUMNS = 10


def contact_sheet(tables: Tables, player: int, names: list[str]) -> pygame.Surface:
    """One row (or more) for each of these reels."""
    reels = all_reels(tables)
    rows = sum(-(-len(reels[name]) // COLUMNS) for name in names)
    sheet = blank(WIDTH * COLUMNS, HEIGHT * rows)
    sheet.fill((96, 84, 130))
    table = colour_table(tables.palettes[player])
    row = 0
    for name in names:
        for number, pose in enumerate(reels[name]):
            x, y = number % COLUMNS * WIDTH, (row + number // COLUMNS) * HEIGHT
            sheet.fill((80, 70, 112), (x, y + 146, WIDTH, 1))
            sheet.blit(surface_of(table[draw_figure(pose, LOOKS[player])]), (x, y))
            write(sheet, f"{name} {number}", x + 4, y + 4)
        row += -(-len(reels[name]) // COLUMNS)
    return sheet


def main(directory: Path) -> None:
    tables = load()
    for player in range(2):
        for part, names in enumerate(_parts(list(all_reels(tables)), 6)):
            pygame.image.save(contact_sheet(tables, player, names), str(directory / f"sheet_{player}_{part}.png"))


def _parts(names: list[str], size: int) -> list[list[str]]:
    return [names[k:k + size] for k in range(0, len(names), size)]


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
