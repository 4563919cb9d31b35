"""Structs: what peers must agree on, as flat memory with names.

kinds (what a field holds), layout (where it lies), schema (`struct`, `Array`, `Pool`), views (names over bytes), pool
(elements that come and go), digest (XXH64 and the chain), diff (which field differs), lowering (the same for compiled code).
May import fixed and errors. The three names that matter: `struct`, `Layout`, `diff`.
"""

from .diff import Difference, diff
from .digest import chain, xxh64
from .kinds import i8, i16, i32, i64, u8, u16, u32, u64
from .layout import Field, Layout
from .schema import Array, Pool, StructView, array, pool, struct, view_class

__all__ = ["Array", "Difference", "Field", "Layout", "Pool", "StructView", "array", "chain", "diff", "i8", "i16", "i32",
           "i64", "pool", "struct", "u8", "u16", "u32", "u64", "view_class", "xxh64"]
