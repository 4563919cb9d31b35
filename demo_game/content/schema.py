"""What each field of the tables may be. A value that is none says file, line, field, value and limit."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rollstep import UsageError, fx

from ..world import Height

_COLOUR = re.compile("#[0-9A-Fa-f]{6}")
#: How many complaints are told at once.
MOST_COMPLAINTS = 12


class ContentError(UsageError):
    """Tables that cannot be played: one line for each thing that is wrong."""


@dataclass(frozen=True)
class Kind:
    """One kind of field: `read` gives the struct's value or None; `limit` says what is legal."""

    limit: str
    read: Callable[[Any], Any]


def whole(low: int, high: int, unit: str) -> Kind:
    """An integer within limits."""
    return Kind(f"a whole number of {unit} from {low} to {high}",
                lambda value: value if type(value) is int and low <= value <= high else None)


def number(low: int, high: int, unit: str) -> Kind:
    """A number with up to nine decimals, made into a Fixed exactly as it is written."""
    def read(value: Any) -> Any:
        if type(value) not in (int, Decimal):
            return None
        exact = Decimal(value)
        if not exact.is_finite() or not low <= exact <= high or exact.as_tuple().exponent < -9:  # type: ignore[operator]
            return None
        return fx(f"{exact:f}")
    return Kind(f"a number of {unit} from {low} to {high}, with at most nine decimals", read)


def choice(names: Mapping[str, Any]) -> Kind:
    """One of some words."""
    return Kind("one of " + ", ".join(f'"{name}"' for name in names),
                lambda value: names.get(value) if isinstance(value, str) else None)


def flag() -> Kind:
    return Kind("true or false", lambda value: value if type(value) is bool else None)


def colour() -> Kind:
    """"#rrggbb" as 0xRRGGBB."""
    def read(value: Any) -> Any:
        return int(value[1:], 16) if isinstance(value, str) and _COLOUR.fullmatch(value) else None
    return Kind('a colour such as "#ff9a3c"', read)


PIXELS, FRAMES, SPEED = "pixels", "frames", "pixels per frame"

BOX: Mapping[str, Kind] = {name: whole(-200, 200, PIXELS) for name in ("back", "front", "bottom", "top")}

BODY: Mapping[str, Any] = {
    "health": whole(1, 9999, "points"),
    "walk": number(0, 20, SPEED), "retreat": number(0, 20, SPEED),
    "dash": number(0, 30, SPEED), "dash_frames": whole(1, 60, FRAMES),
    "backdash": number(0, 30, SPEED), "backdash_frames": whole(1, 60, FRAMES),
    "jump": number(1, 40, SPEED), "air_walk": number(0, 20, SPEED), "gravity": number(0, 5, "pixels per frame and frame"),
    "friction": number(0, 1, "speed that is left"),
    "squat_frames": whole(1, 30, FRAMES), "land_frames": whole(1, 30, FRAMES), "lying_frames": whole(1, 120, FRAMES),
    "getup_frames": whole(1, 120, FRAMES), "tap_frames": whole(2, 30, FRAMES), "wish_frames": whole(1, 30, FRAMES),
    "half_width": whole(4, 60, PIXELS), "standing": BOX, "crouching": BOX, "jumping": BOX,
}
SHOT: Mapping[str, Any] = {
    "speed": number(1, 30, SPEED), "height": whole(1, 200, PIXELS), "half": whole(1, 60, PIXELS),
    "life": whole(1, 600, FRAMES),
}
STAGE: Mapping[str, Any] = {
    "half_width": whole(340, 2000, PIXELS), "start_x": whole(30, 300, PIXELS), "furthest": whole(200, 600, PIXELS),
}
MOVE: Mapping[str, Any] = {
    "startup": whole(1, 60, FRAMES), "active": whole(1, 60, FRAMES), "recovery": whole(1, 90, FRAMES),
    "height": choice({member.name.lower(): member for member in Height}),
    "damage": whole(1, 9999, "points"), "chip": whole(0, 9999, "points"),
    "hitstun": whole(1, 120, FRAMES), "blockstun": whole(0, 120, FRAMES), "hitstop": whole(0, 60, FRAMES),
    "push": number(0, 40, SPEED), "block_push": number(0, 40, SPEED), "launch": number(0, 40, SPEED),
    "chains": flag(), "hit": BOX,
}
ROUNDS: Mapping[str, Any] = {
    "to_win": whole(1, 9, "rounds"), "frames": whole(60, 18_000, FRAMES), "intro_frames": whole(1, 600, FRAMES),
    "pause_frames": whole(60, 600, FRAMES),
}
CHANCE = whole(0, 255, "256ths")
BRAIN: Mapping[str, Any] = {
    "reaction_frames": whole(1, 120, FRAMES), "guard": CHANCE, "aggression": CHANCE, "punish": CHANCE, "shoot": CHANCE,
    "grab": CHANCE,
}
PALETTE: Mapping[str, Any] = {name: colour() for name in ("skin", "hair", "cloth", "trim", "glove", "glow")}
