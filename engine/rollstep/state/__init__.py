"""Structs: what peers must agree on, as flat memory with names.

kinds (what a field holds), layout (where it lies), schema (`struct`, `Array`, `Pool`), views (names over bytes), pool
(elements that come and go), floats (the same for drawing), digest (XXH64 and the chain), tree (digests by field), diff
(which field differs), lowering (the same for compiled code). May import fixed and errors. The three names that matter:
`struct`, `Layout`, `diff`.
"""

from .diff import Difference, diff, differences
from .digest import chain, xxh64
from .floats import floats
from .kinds import i8, i16, i32, i64, u8, u16, u32, u64
from .layout import Field, Layout
from .schema import Array, Pool, StructView, array, pool, struct, view_class
from .tree import DigestTree, Node

__all__ = ["Array", "Difference", "DigestTree", "Field", "Layout", "Node", "Pool", "StructView", "array", "chain", "diff",
           "differences", "floats", "i8", "i16", "i32", "i64", "pool", "struct", "u8", "u16", "u32", "u64", "view_class",
           "xxh64"]
