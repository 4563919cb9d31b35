"""A screen nobody sees (Xvfb), with windows, keys and screenshots as a person has them.

Needs Debian's xvfb, xdotool and x11-apps; `.ci/run` installs them. Nothing here sleeps: it waits for lines that the program
says (`--say`), and looks at the screen again and again until a picture is there.
"""

from __future__ import annotations

import ctypes
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

ROOT = Path(__file__).parents[2]
MISSING = [tool for tool in ("Xvfb", "xdotool", "xwd") if shutil.which(tool) is None]
#: A machine that is busy with other tests is slow; this is not what a test waits, but when it gives up.
PATIENCE_S = 120.0
T = TypeVar("T")


class _ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent."""

    _fields_ = [("type", ctypes.c_int), ("serial", ctypes.c_ulong), ("send_event", ctypes.c_int),
                ("display", ctypes.c_void_p), ("window", ctypes.c_ulong), ("message_type", ctypes.c_ulong),
                ("format", ctypes.c_int), ("data", ctypes.c_long * 5)]


class Desktop:
    """One virtual screen; a context manager."""

    def __init__(self, width: int = 1400, height: int = 800) -> None:
        read, write = os.pipe()
        self._server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"],
            pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write)
        with os.fdopen(read) as file:
            self.display = f":{file.readline().strip()}"
        self._programs: list[Program] = []

    def __enter__(self) -> Desktop:
        return self

    def __exit__(self, *_: object) -> None:
        for program in self._programs:
            program.kill()
        self._server.terminate()
        self._server.wait()

    def start(self, *arguments: str, home: Path, env: Mapping[str, str] | None = None, position: tuple[int, int] = (0, 0),
              command: Sequence[str] = ("-m", "demo_game")) -> Program:
        """`python -m demo_game ARGUMENTS` with a home of its own."""
        program = Program([sys.executable, *command, *arguments], {
            **os.environ, "DISPLAY": self.display, "ROLLSTEP_FIGHTER_HOME": str(home), "SDL_VIDEODRIVER": "x11",
            "SDL_AUDIODRIVER": "dummy", "SDL_VIDEO_WINDOW_POS": f"{position[0]},{position[1]}", **(env or {})})
        self._programs.append(program)
        return program

    def xdotool(self, *arguments: str) -> str:
        return subprocess.run(["xdotool", *arguments], env={**os.environ, "DISPLAY": self.display}, check=True,
                              capture_output=True, text=True).stdout

    def windows(self) -> list[str]:
        """All windows that can be seen."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "."], capture_output=True, text=True,
                               env={**os.environ, "DISPLAY": self.display})
        return found.stdout.split()

    def window_of(self, program: Program) -> str:
        """The window of a program, once it is there."""
        def find() -> str | None:
            found = subprocess.run(["xdotool", "search", "--onlyvisible", "--pid", str(program.process.pid)],
                                   env={**os.environ, "DISPLAY": self.display}, capture_output=True, text=True)
            return found.stdout.split()[-1] if found.stdout.split() else None
        return until(find, "a window")

    def close_window(self, window: str) -> None:
        """What a click on a window's cross does: the window is asked to close (xdotool's windowclose destroys it)."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        event = (ctypes.c_long * 24)()
        message = _ClientMessage.from_buffer(event)
        message.type, message.format, message.window = 33, 32, int(window)
        message.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", 0)
        message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", 0)
        x11.XSendEvent(display, ctypes.c_ulong(int(window)), 0, ctypes.c_long(0), event)
        x11.XCloseDisplay(display)

    def focus(self, program: Program) -> None:
        """Keys go to this program from now on."""
        self.xdotool("windowfocus", "--sync", self.window_of(program))

    def key(self, *names: str) -> None:
        """Press and let go, one after the other."""
        self.xdotool("key", "--delay", "40", *names)

    def screenshot(self, window: str = "-root") -> np.ndarray:
        """(height, width, 3) of uint8: the whole screen, or one window."""
        which = ["-root"] if window == "-root" else ["-id", window]
        return read_xwd(subprocess.run(["xwd", "-silent", *which], env={**os.environ, "DISPLAY": self.display}, check=True,
                                       capture_output=True).stdout)


class Program:
    """A running program and what it has said, line by line."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True)
        self.lines: list[str] = []
        self._arriving: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._arriving.put(line.rstrip("\n"))
        self._arriving.put(None)

    def hear(self, *parts: str, patience_s: float = PATIENCE_S) -> str:
        """The next line that holds all these parts."""
        deadline = time.monotonic() + patience_s
        while True:
            try:
                line = self._arriving.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"did not say {parts} within {patience_s} s; it said:\n" + self.said) from None
            if line is None:
                raise AssertionError(f"ended with {self.process.wait()} before it said {parts}; it said:\n" + self.said)
            self.lines.append(line)
            if all(part in line for part in parts):
                return line

    def heard_since(self, part: str) -> bool:
        """Whether a line with this part has come since the last one that was waited for; does not wait."""
        while True:
            try:
                line = self._arriving.get_nowait()
            except queue.Empty:
                return False
            if line is None:
                raise AssertionError("ended; it said:\n" + self.said)
            self.lines.append(line)
            if part in line:
                return True

    @property
    def said(self) -> str:
        return "\n".join(self.lines[-60:])

    def leave(self, patience_s: float = PATIENCE_S) -> int:
        """Wait for the end; the exit code."""
        code = self.process.wait(patience_s)
        while (line := self._arriving.get(timeout=patience_s)) is not None:
            self.lines.append(line)
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def until(look: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        found = look()
        if found is not None and found is not False:
            return found
    raise AssertionError(f"there was no {what} within {patience_s} s")


def read_xwd(data: bytes) -> np.ndarray:
    """A picture in the format of xwd(1): a header of big-endian words, a colour map, then rows of pixels, blue first.

    Pixels have four bytes; of a screen with several windows three, and the rows are padded as if they had four.
    """
    head = np.frombuffer(data, ">u4", 25)
    size, width, height, bits, stride, colours = (int(head[i]) for i in (0, 4, 5, 11, 12, 19))
    each = bits // 8
    rows = np.frombuffer(data, np.uint8, stride * height, size + 12 * colours).reshape(height, stride)
    return rows[:, :width * each].reshape(height, width, each)[:, :, 2::-1]
