"""Numbers: Fixed (Q32.32), Vec2, their functions, and what every operator in a step means.

number (Fixed, fx), vector (Vec2), functions (sqrt, sin, ... pow), arithmetic (floor, lerp, ...), operators (the semantics,
plain Python: the oracle), kernels, elementary, wide (integer algorithms, one source for Python and numba), lowering (the same
for compiled code). May import source, compile and errors. The three names that matter: `Fixed`, `Vec2`, `operators.PLAIN`.
"""

from .arithmetic import ARITHMETIC, ceil, clamp, copysign, floor, hypot, lerp, round, sign, trunc
from .functions import FUNCTIONS, acos, asin, atan, atan2, cos, exp, exp2, log, log2, pow, sin, sqrt, tan
from .number import Fixed, fx
from .vector import Vec2

__all__ = ["ARITHMETIC", "FUNCTIONS", "Fixed", "Vec2", "acos", "asin", "atan", "atan2", "ceil", "clamp", "copysign", "cos",
           "exp", "exp2", "floor", "fx", "hypot", "lerp", "log", "log2", "pow", "round", "sign", "sin", "sqrt", "tan", "trunc"]
