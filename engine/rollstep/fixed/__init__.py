"""Numbers: Fixed (Q32.32), Vec2, their functions, and what every operator in a step means.

number (Fixed, fx), vector (Vec2), functions (sqrt, sin, cos), operators (the semantics, plain Python: the
oracle), kernels (integer algorithms, one source for Python and numba), lowering (the same for compiled code).
May import source, compile and errors. The three names that matter: `Fixed`, `Vec2`, `operators.PLAIN`.
"""

from .functions import FUNCTIONS, cos, sin, sqrt
from .number import Fixed, fx
from .vector import Vec2

__all__ = ["FUNCTIONS", "Fixed", "Vec2", "cos", "fx", "sin", "sqrt"]
