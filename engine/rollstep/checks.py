"""Checks of arguments that several modules make, with one wording."""

from __future__ import annotations

from collections.abc import Sized

from .errors import UsageError


def length(name: str, value: Sized, wanted: int) -> None:
    """Raise UsageError unless `value` has exactly `wanted` bytes."""
    if len(value) != wanted:
        raise UsageError(f"{name} has {len(value)} bytes; it takes {wanted}")


def octets(name: str, value: object, wanted: int) -> bytes:
    """`value` as bytes, or UsageError when it is not exactly `wanted` bytes. It is not shown: it may be a secret."""
    if not isinstance(value, bytes | bytearray | memoryview):
        raise UsageError(f"{name} is a {type(value).__name__}; it takes {wanted} bytes")
    length(name, data := bytes(value), wanted)
    return data


def kind_of(value: object) -> str:
    """What a value is, without showing it: it may be a secret."""
    return f"{len(value)} bytes" if isinstance(value, bytes) else f"a {type(value).__name__}"


def in_range(name: str, value: object, low: int, high: int) -> int:
    """`value` as an int, or UsageError when it is no int or outside low..high."""
    if type(value) is not int or not low <= value <= high:
        raise UsageError(f"{name}={value!r}: give a whole number from {low} to {high}")
    return value


def shown(value: object) -> str:
    """A value from a file or a peer within an error's one line."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):    # a number of thousands of digits, lists in lists in lists
        return f"a huge {type(value).__name__}"
    return text if len(text) <= 48 else f"{text[:45]}..."
