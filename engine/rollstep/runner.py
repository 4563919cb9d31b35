"""One game, one seed, no network: the step run compiled, checked or interpreted over plain bytes.

What the replay verifier, the sync test and the tools stand on, and the meaning that the rollback core is held to.
"""

from __future__ import annotations

import functools
import traceback
import weakref
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from . import checks
from .compile import Native, Way, native
from .errors import InternalError, Trap
from .fixed.operators import CHECKED, PLAIN
from .state import Layout, view_class, xxh64
from .state.effects import OPERATORS as EFFECT_OPERATORS
from .state.pool import OPERATORS as POOL_OPERATORS

if TYPE_CHECKING:
    from .game import Game
    from .source import Program

#: What pools and effects can do, as plain Python.
METHODS = POOL_OPERATORS | EFFECT_OPERATORS


class Runner(Protocol):
    """A game's step as a function over bytes. A state is `game.state_size` bytes, a row `game.row_size`."""

    game: Game
    way: Way

    def start(self) -> bytearray:
        """The state before frame 0."""
        ...

    def step(self, state: bytearray, row: bytes, frame: int) -> None:
        """One frame in place. Raises what the step raises, which then says where: a Trap by `frame`, `file` and `line`,
        another exception by a note. The state is then what it was before the frame.
        """
        ...

    def run(self, state: bytearray, rows: bytes, first: int, count: int) -> list[int]:
        """`count` frames from `first` in place; the checksum (XXH64) of the state after each.

        When one raises, the state is the one before that frame, the last good one.
        """
        ...


def make_runner(game: Game, way: Way, *, players: int, seed: int) -> Runner:
    """See Game.runner."""
    if way == "interpreted":
        return Interpreted(game, players=players, seed=seed)
    return Compiled(game, way, players=players, seed=seed)


#: Built once for each program and way, as nothing of a match stands in them; 6 ms for a step of 60 functions.
_built: weakref.WeakKeyDictionary[Program, dict[bool, tuple[Any, Any]]] = weakref.WeakKeyDictionary()


def _interpreted(program: Program, checked: bool) -> tuple[Any, Any]:
    """init and step as plain Python functions."""
    ways = _built.setdefault(program, {})
    if checked not in ways:
        made = program.build((CHECKED if checked else PLAIN) | METHODS)
        ways[checked] = made[program.roots[0]], made[program.roots[1]]
    return ways[checked]


class Interpreted:
    """The oracle: the rewritten source as plain Python. `checked` traps where play would wrap."""

    def __init__(self, game: Game, *, players: int, seed: int, checked: bool = False) -> None:
        self.game: Game = game
        self.way: Way = "interpreted"
        self._init, self._step = _interpreted(game.program, checked)
        self._checked = checked
        self._files = {function.filename for function in game.program.ordered()}
        self._tick_memory = game.tick_bytes(seed=seed, players=players)
        self._tick = _view(game.tick_layout, memoryview(self._tick_memory).toreadonly(), checked)

    def match(self, *, seed: int, players: int) -> None:
        """From now on it is this match's."""
        self._tick_memory[8:24] = self.game.tick_bytes(seed=seed, players=players)[8:24]

    def start(self) -> bytearray:
        state = bytearray(self.game.state_size)
        self._tick_memory[:8] = bytes(8)
        self._init(_view(self.game.state.layout, memoryview(state), self._checked), self._tick)
        return state

    def step(self, state: bytearray | memoryview, row: bytes | memoryview, frame: int) -> None:
        self._tick_memory[:8] = frame.to_bytes(8, "little", signed=True)
        inputs = _view(self.game.inputs_layout, memoryview(row).toreadonly(), self._checked)
        before = bytes(state)
        try:
            self._step(_view(self.game.state.layout, memoryview(state), self._checked), inputs.inputs, self._tick)
        except BaseException as error:
            state[:] = before
            self._say_where(error, frame)
            raise

    def _say_where(self, error: BaseException, frame: int) -> None:
        """Note the frame, and the innermost line of the game's own sources."""
        places = [(found.f_code.co_filename, line) for found, line in traceback.walk_tb(error.__traceback__)
                  if found.f_code.co_filename in self._files]
        file, line = places[-1] if places else ("", 0)
        if isinstance(error, Trap):
            error.frame, error.file, error.line = frame, file, line
        else:
            error.add_note(f"in frame {frame}, at {file}:{line}")

    def run(self, state: bytearray, rows: bytes, first: int, count: int) -> list[int]:
        size, sums = self.game.row_size, []
        for i in range(count):
            self.step(state, rows[i * size:(i + 1) * size], first + i)
            sums.append(xxh64(state))
        return sums


class InterpretedPredictor:
    """The game's `predict` as plain Python."""

    def __init__(self, game: Game) -> None:
        program = game.predictor
        assert program is not None
        self.game = game
        self._predict = program.build(PLAIN | METHODS)[program.roots[0]]

    def guess(self, state: memoryview, guess: memoryview, player: int, tick: memoryview) -> None:
        """Change `guess`. Raises what the game raises."""
        game = self.game
        self._predict(_view(game.state.layout, state.toreadonly(), False), _view(game.input.layout, guess, False), player,
                      _view(game.tick_layout, tick.toreadonly(), False))


def _view(layout: Layout, memory: memoryview, checked: bool) -> Any:
    return view_class(layout, checked)._over(memory, 0)


class Compiled:
    """The step as machine code, behind a generic loop that also takes the checksums."""

    def __init__(self, game: Game, way: Way, *, players: int, seed: int) -> None:
        self.game, self.way = game, way
        self._oracle = Interpreted(game, players=players, seed=seed, checked=way == "checked")
        self._step = compiled_step(game, way)
        self._loop = _compiled_loop()
        self._tick = np.frombuffer(game.tick_bytes(seed=seed, players=players), np.uint8).copy()

    def start(self) -> bytearray:
        return self._oracle.start()

    def step(self, state: bytearray, row: bytes, frame: int) -> None:
        self.run(state, row, frame, 1)

    def run(self, state: bytearray, rows: bytes, first: int, count: int) -> list[int]:
        game = self.game
        checks.length("state", state, game.state_size)
        checks.length("rows", rows, game.row_size * count)
        before = bytes(state)
        sums = np.zeros(max(count, 1), np.uint64)
        memory, inputs = np.frombuffer(state, np.uint8), np.frombuffer(rows or b"\0", np.uint8)
        done = self._loop.call(self._step.address, memory.ctypes.data, inputs.ctypes.data, game.row_size,
                               self._tick.ctypes.data, first, count, sums.ctypes.data, game.state_size)
        if done < count:
            state[:] = before
            self._raise(state, rows, first, done)
        return [int(value) for value in sums[:count]]

    def _raise(self, state: bytearray, rows: bytes, first: int, done: int) -> None:
        """Frame first + done raised: the oracle raises the real exception, from the same state."""
        size = self.game.row_size
        self.run(state, rows[:done * size], first, done)
        self._oracle.step(state, rows[done * size:(done + 1) * size], first + done)
        raise InternalError(f"frame {first + done}: the {self.way} step of {self.game.name} raised, the interpreted did not")


@functools.lru_cache(maxsize=64)
def compiled_step(game: Game, way: Way) -> Native:
    """The game's step as `void step(state, inputs, tick)` on addresses. From the cache when nothing changed."""
    return _compiled(game, way, "step", 3)


def compiled_init(game: Game) -> Native:
    """The game's init as `void init(state, tick)`. In play it runs interpreted; compiling it proves it (`rollstep audit`)."""
    return _compiled(game, "compiled", "init", 2)


@functools.lru_cache(maxsize=64)
def compiled_predictor(game: Game) -> Native:
    """The game's predict as `void predict(state, guess, player, tick)` on addresses."""
    return _compiled(game, "compiled", "predict", 4)


def _compiled(game: Game, way: Way, root: str, arguments: int) -> Native:
    from .audit import prove
    from .audit.types_lowering import prove_types

    program = game.predictor if root == "predict" else game.program
    assert program is not None
    key = "\n".join([root, way, program.exact_text(), game.state.layout.digest().hex(),
                     game.inputs_layout.digest().hex(), game.tick_layout.digest().hex()])
    build = {"init": _build_init, "step": _build_step, "predict": _build_predict}[root]
    return native(f"{root}-{_file_name(game.name)}-{way}", arguments, key, lambda: build(game, way), returns=False,
                  prove=prove, prove_types=prove_types)


def _file_name(name: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in name)


def _build_root(program: Program, way: Way, root: int) -> Any:
    from .compile import jit
    from .fixed.lowering import OPERATORS
    from .state.effects_lowering import OPERATORS as EFFECT_OPERATORS
    from .state.lowering import setter
    from .state.pool_lowering import OPERATORS as POOL_OPERATORS

    made = program.build(OPERATORS[way] | POOL_OPERATORS | EFFECT_OPERATORS, jit=jit, setter=setter, module=__name__)
    return made[program.roots[root]]


def _build_init(game: Game, way: Way):  # type: ignore[no-untyped-def]
    from .state.lowering import Ref, at

    init = _build_root(game.program, way, 0)
    state_ref, tick_ref = Ref(game.state.layout), Ref(game.tick_layout, readonly=True)

    def entry(state, tick):  # type: ignore[no-untyped-def]
        init(at(state_ref, state), at(tick_ref, tick))
    return entry


def _build_predict(game: Game, way: Way):  # type: ignore[no-untyped-def]
    from .state.lowering import Ref, at

    assert game.predictor is not None
    predict = _build_root(game.predictor, way, 0)
    state_ref, guess_ref = Ref(game.state.layout, readonly=True), Ref(game.input.layout)
    tick_ref = Ref(game.tick_layout, readonly=True)

    def entry(state, guess, player, tick):  # type: ignore[no-untyped-def]
        predict(at(state_ref, state), at(guess_ref, guess), player, at(tick_ref, tick))
    return entry


def _build_step(game: Game, way: Way):  # type: ignore[no-untyped-def]
    from .state.lowering import Ref, at

    checked = way == "checked"
    step = _build_root(game.program, way, 1)
    state_ref = Ref(game.state.layout, checked=checked)
    inputs_ref = Ref(game.inputs_layout, readonly=True, checked=checked)
    tick_ref = Ref(game.tick_layout, readonly=True, checked=checked)

    def entry(state, inputs, tick):  # type: ignore[no-untyped-def]
        step(at(state_ref, state), at(inputs_ref, inputs).inputs, at(tick_ref, tick))
    return entry


@functools.cache
def _compiled_loop() -> Native:
    return native("runner", 9, "", _build_loop)


def _build_loop():  # type: ignore[no-untyped-def]
    from .state.kernels_lowering import call_step, put_word, xxh64

    def run(step, state, inputs, row_size, tick, first, count, sums, size):  # type: ignore[no-untyped-def]
        for i in range(count):
            put_word(tick, first + i)
            if call_step(step, state, inputs + i * row_size, tick):
                return i
            put_word(sums + 8 * i, xxh64(state, size))
        return count
    return run
