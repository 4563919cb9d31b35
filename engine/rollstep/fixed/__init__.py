"""Numbers: Fixed (Q32.32), Vec2, Angle, Random, their functions, and what every operator in a step means.

number (Fixed, fx), vector (Vec2), angle (Angle), random (Random), functions (sqrt, sin, ... pow), arithmetic (floor, lerp,
...), operators (the semantics, plain Python: the oracle), wording (what it says to wrong operands), kernels, elementary, wide,
philox (integer algorithms, one source for Python and numba), lowering (the same for compiled code). May import source, compile
and errors. The three names that matter: `Fixed`, `Vec2`, `operators.PLAIN`.
"""

from .angle import Angle
from .arithmetic import ARITHMETIC, ceil, clamp, copysign, floor, hypot, lerp, polar, rotate, round, sign, trunc
from .functions import FUNCTIONS, acos, asin, atan, atan2, cos, direction, exp, exp2, log, log2, pow, sin, sqrt, tan
from .number import Fixed, fx
from .random import Random, dice
from .vector import Vec2

__all__ = ["ARITHMETIC", "FUNCTIONS", "Angle", "Fixed", "Random", "Vec2", "acos", "asin", "atan", "atan2", "ceil", "clamp",
           "copysign", "cos", "dice", "direction", "exp", "exp2", "floor", "fx", "hypot", "lerp", "log", "log2", "polar", "pow",
           "rotate", "round", "sign", "sin", "sqrt", "tan", "trunc"]
