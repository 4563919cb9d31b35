"""`Game`: structs, content, init, step and fps as one frozen object that everything else talks about."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from . import fixed
from .compile import Way, check_way
from .errors import Finding, StepError, UsageError
from .fixed.random import choice, shuffle
from .language import Language
from .source import Program
from .state import Layout, StructView
from .state.effects import holds_effects
from .state.kinds import Kind, i64, kind_of
from .state.pool import holds_pool

#: Players that one match can have.
MAX_PLAYERS = 16
#: Bytes of one player's input for one frame.
MAX_INPUT_BYTES = 64
#: Inputs that a game remembers to be legal.
KNOWN_INPUTS = 4096

LANGUAGE = Language(
    constants=(fixed.Fixed, fixed.Vec2, fixed.Angle),
    functions=(fixed.Fixed.from_raw, *fixed.FUNCTIONS),
    operators=((fixed.fx, "fx"), (fixed.Fixed, "fx"), (fixed.Vec2, "vec2"), (fixed.Random, "random"),
               (fixed.Angle.from_raw, "angle_raw"), (fixed.Angle.turns, "angle_turns"),
               (fixed.Angle.degrees, "angle_degrees"), (fixed.Angle.radians, "angle_radians")),
    methods=(("choice", choice), ("shuffle", shuffle)),
    literals=(fixed.fx,),
)


Content = TypeVar("Content", covariant=True)


class Tick(Protocol[Content]):
    """What init and step are given beside the state, for annotations: `tick: Tick[Tuning]`, or `Tick[None]` without content.

    frame     of the step, from 0 on
    seed      an int64 that all peers have alike
    players   who play, 1 to 16
    content   the game's, read-only
    """

    @property
    def frame(self) -> int: ...
    @property
    def seed(self) -> int: ...
    @property
    def players(self) -> int: ...
    @property
    def content(self) -> Content: ...


@dataclass(frozen=True)
class Digests:
    """What peers compare before frame 0, 16 bytes each."""

    layout: bytes
    content: bytes
    rules: bytes


class Game:
    """A game as the engine knows it.

    name      shown to people and compared by peers; up to 64 printable characters
    state     the struct that peers must agree on
    input     the struct of one player's input for one frame, at most 64 bytes
    players   how many play: a number, or (fewest, most); at most 16
    init      init(world, tick): the state before frame 0, written into a zeroed struct
    step      step(world, inputs, tick): one frame; `inputs[i]` for i < tick.players
    fps       frames per second, 1 to 240
    content   a struct instance: read-only values that peers must have alike (`tick.content`)
    predict   predict(world, guess, player, tick): what stands for an input that is not there yet. `guess` is an input that
              holds the player's last one, to be changed; `world` and `tick` are those of the step that needs it, read-only.
              Written as a step is, but no part of the rules: a wrong guess costs a rollback and nothing else, and so does
              one that raises

    Raises UsageError for what cannot be played, StepError for source that could desync (with file and line).
    Nothing is compiled here.
    """

    def __init__(self, name: str, *, state: type[Any], input: type[Any], players: int | tuple[int, int],
                 init: Callable[..., None], step: Callable[..., None], fps: int = 60, content: Any = None,
                 predict: Callable[..., None] | None = None) -> None:
        if not isinstance(name, str) or not name.isprintable() or not 1 <= len(name) <= 64:
            raise UsageError(f"Game name {name!r}: give 1 to 64 printable characters")
        self.name = name
        self.state, self.input = _struct_class(state, "state"), _struct_class(input, "input")
        self.min_players, self.max_players = _player_range(players)
        if type(fps) is not int or not 1 <= fps <= 240:
            raise UsageError(f"Game fps={fps!r}: give 1 to 240 frames per second")
        self.fps = fps
        if content is not None and not isinstance(content, StructView):
            raise UsageError(f"Game content={content!r}: give an instance of a struct")
        self.content = content
        self.content_bytes = bytes(content) if content is not None else b""
        self.input_size = self.input.layout.size
        if self.input_size > MAX_INPUT_BYTES:
            raise UsageError(f"Game input: {self.input.layout.name} takes {self.input_size} bytes; "
                             f"the limit is {MAX_INPUT_BYTES}")
        if holds_pool(self.input.layout):
            raise UsageError(f"Game input: {self.input.layout.name} holds a pool, which belongs into the state")
        self.effects = _effects_field(self.state.layout)
        for what, layout in (("input", self.input.layout), ("content", content.layout if content is not None else None)):
            if layout is not None and holds_effects(layout):
                raise UsageError(f"Game {what}: {layout.name} holds effects, which belong into the state")
        self.row_size = self.input_size * self.max_players
        self.state_size = -(-self.state.layout.size // 8) * 8
        self.init, self.step = init, step
        self.inputs_layout = Layout.pack("Inputs", [("inputs", _kind(self.input), (self.max_players,))])
        self.tick_layout = _tick_layout(content)
        self.program = Program([init, step], LANGUAGE)
        _check_parameters(self.program, "init(world, tick)", "step(world, inputs, tick)")
        self.predictor = Program([predict], LANGUAGE) if predict is not None else None
        if self.predictor is not None:
            _check_parameters(self.predictor, "predict(world, guess, player, tick)")
        self._legal = self.input.layout.legal_bytes()
        self._known_inputs: set[bytes] = set()
        for path, kind, _ in self.input.layout.leaves():
            if kind.legal_bytes is not None and 0 not in kind.legal_bytes:
                raise UsageError(f"Game input: {path} needs a member of {kind.name} with the value 0: frames before the "
                                 "first input of a player have zeros")

    @functools.cached_property
    def digests(self) -> Digests:
        """Layout (state and input), content (layout and values) and rules (sources and constants)."""
        content = self.content.layout.digest() + self.content_bytes if self.content is not None else b""
        return Digests(_short(b"layout", self.state.layout.digest() + self.input.layout.digest()),
                       _short(b"content", content), self.program.rules_digest())

    def check_players(self, players: int) -> int:
        """`players` itself, or UsageError."""
        if type(players) is not int or not self.min_players <= players <= self.max_players:
            wants = str(self.min_players) if self.min_players == self.max_players else \
                f"{self.min_players} to {self.max_players}"
            raise UsageError(f"{self.name} is for {wants} players, not {players}")
        return players

    def input_bytes(self, value: Any) -> bytes:
        """One player's input as bytes: from an instance of the input struct, or from bytes of the right size.

        Raises UsageError when it is neither, or when a bool, enum or padding byte means nothing.
        """
        known = self._known_inputs
        if type(value) is bytes and value in known:     # players hold what they hold
            return value
        if isinstance(value, StructView) and value.layout == self.input.layout:
            data = bytes(value)
            if data in known:
                return data
        elif isinstance(value, bytes | bytearray | memoryview) and len(value) == self.input_size:
            data = bytes(value)
        else:
            raise UsageError(f"an input of {self.name} is a {self.input.layout.name} or {self.input_size} bytes, "
                             f"not {value!r}")
        for at, (byte, legal) in enumerate(zip(data, self._legal, strict=True)):
            if legal is not None and byte not in legal:
                raise UsageError(f"input {data.hex()}: byte {at} is {byte}, which means nothing there; "
                                 f"legal are {sorted(legal)}")
        if len(known) < KNOWN_INPUTS:
            known.add(data)
        return data

    def validate_input(self, data: bytes) -> None:
        """Raise UsageError unless these bytes are a legal input."""
        self.input_bytes(data)

    def legal_input_bytes(self) -> bytes:
        """A bitmap of 32 bytes for each byte of an input: bit v is set when the value v is legal there."""
        maps = [sum(1 << v for v in (range(256) if legal is None else legal)) for legal in self._legal]
        return b"".join(bits.to_bytes(32, "little") for bits in maps)

    def tick_bytes(self, *, frame: int = 0, seed: int, players: int) -> bytearray:
        """The memory of a `tick`: frame, seed, players, content."""
        memory = bytearray(self.tick_layout.size)
        for at, value in ((0, frame), (8, seed), (16, players)):
            memory[at:at + 8] = value.to_bytes(8, "little", signed=True)
        memory[24:24 + len(self.content_bytes)] = self.content_bytes
        return memory

    def runner(self, way: Way = "compiled", *, players: int, seed: int) -> Any:
        """A `Runner`: this game without network or rollback, for proofs and tools."""
        from .runner import make_runner

        return make_runner(self, check_way(way), players=self.check_players(players), seed=seed)

    def __repr__(self) -> str:
        return f"<Game {self.name!r}>"


def _struct_class(given: Any, what: str) -> type[StructView]:
    if not (isinstance(given, type) and issubclass(given, StructView)):
        raise UsageError(f"Game {what}={given!r}: give a class marked @struct")
    return given


def _effects_field(layout: Layout) -> str | None:
    """The name of the state's effects, if it has any."""
    names = [field.name for field in layout.fields if field.kind.code == "effects"]
    inside = [field.name for field in layout.fields if field.kind.layout is not None and field.name not in names
              and holds_effects(field.kind.layout)]
    if inside or len(names) > 1:
        raise UsageError(f"Game state: {layout.name} has effects in {', '.join(names + inside)}; a game has them once, in a "
                         "field of the state itself: their kinds and ids tell where they come from")
    return names[0] if names else None


def _check_parameters(program: Program, *forms: str) -> None:
    for root, wanted in zip(program.roots, forms, strict=True):
        function = program.functions[root]
        if len(function.tree.args.args) != wanted.count(",") + 1:
            raise StepError(Finding(function.filename, function.line, "arguments", f"{function.name} takes "
                                    f"{len(function.tree.args.args)} arguments; write it as {wanted}"))


def _player_range(players: int | tuple[int, int]) -> tuple[int, int]:
    low, high = players if isinstance(players, tuple) else (players, players)
    if not (type(low) is int and type(high) is int and 1 <= low <= high <= MAX_PLAYERS):
        raise UsageError(f"Game players={players!r}: give a number from 1 to {MAX_PLAYERS}, or (fewest, most)")
    return low, high


def _kind(cls: type[StructView]) -> Kind:
    return Kind("struct", cls.layout.name, cls.layout.size, cls.layout.align, layout=cls.layout)


def _tick_layout(content: StructView | None) -> Layout:
    number = kind_of(i64, "tick")
    members: list[tuple[str, Kind, tuple[int, ...]]] = [("frame", number, ()), ("seed", number, ()), ("players", number, ())]
    if content is not None:
        members.append(("content", _kind(type(content)), ()))
    return Layout.pack("Tick", members)


def _short(purpose: bytes, data: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(b"rollstep " + purpose + b"\n" + data).digest()[:16]
