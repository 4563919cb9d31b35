"""Structs: what peers must agree on, as flat memory with names.

kinds (what a field holds), layout (where it lies), stored (a layout from a file), schema (`struct`, `Array`, `Pool`,
`Effects`), views (names over bytes), pool (elements that come and go), effects (what is seen or heard once), floats (the same
for drawing), plain (for JSON), records (for NumPy), digest (XXH64 and the chain), tree (digests by field), diff (which field
differs), changes (what differs between two layouts), migration (an old state for a new layout), lowering (views for compiled
code). May import fixed, checks and errors. The three names that matter: `struct`, `Layout`, `diff`.
"""

from .changes import layout_diff
from .diff import Difference, diff, differences
from .digest import chain, xxh64
from .floats import floats
from .kinds import i8, i16, i32, i64, u8, u16, u32, u64
from .layout import Field, Layout
from .migration import migrate
from .plain import from_json, to_json
from .records import from_numpy, to_numpy
from .schema import Array, Effects, Pool, StructView, array, effects, pool, struct, view_class
from .tree import DigestTree, Node

__all__ = ["Array", "Difference", "DigestTree", "Effects", "Field", "Layout", "Node", "Pool", "StructView", "array", "chain",
           "diff", "differences", "effects", "floats", "from_json", "from_numpy", "i8", "i16", "i32", "i64", "layout_diff",
           "migrate", "pool", "struct", "to_json", "to_numpy", "u8", "u16", "u32", "u64", "view_class", "xxh64"]
