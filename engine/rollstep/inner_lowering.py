"""Inner functions of compiled code: what numba does for a function that only other compiled functions call.

numba makes each function as if Python called it too: machine code of its own, with everything that it calls optimised
into it anew, and passes over its source for forms that source.py refuses. Here a function is typed and turned into LLVM IR,
and no more; the entry point's library links each once and optimises the program as a whole. A step of 200 lines so takes
1.1 times as long as numba's njit of the same lines in float64 (`rollstep bench numbers`), where it took 2.2. Imported at the
first compilation only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from numba.core import compiler, errors, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler_machinery import PassManager
from numba.core.imputils import lower_constant
from numba.core.registry import cpu_target
from numba.core.typed_passes import (
    AnnotateTypes,
    IRLegalization,
    NativeLowering,
    NoPythonBackend,
    NopythonTypeInference,
    PreLowerStripPhis,
)
from numba.core.types.misc import unliteral
from numba.core.untyped_passes import (
    DeadBranchPrune,
    FixupArgs,
    GenericRewrites,
    IRProcessing,
    ReconstructSSA,
    TranslateByteCode,
)
from numba.extending import models, register_model, typeof_impl

#: Of numba's passes those that a function of source.py needs: it has no closures, no comprehensions, no `with`.
PASSES = (TranslateByteCode, FixupArgs, IRProcessing, DeadBranchPrune, GenericRewrites, ReconstructSSA,
          NopythonTypeInference, PreLowerStripPhis, IRLegalization, AnnotateTypes, NativeLowering, NoPythonBackend)


class _Pipeline(compiler.CompilerBase):
    def define_pipelines(self) -> list[PassManager]:
        manager = PassManager("rollstep")
        for stage in PASSES:
            manager.add_pass(stage, stage.__name__)
        manager.finalize()
        return [manager]


class _Library(JITCodeLibrary):
    """LLVM IR that waits to be linked into an entry point, where it is optimised."""

    def add_llvm_module(self, ll_module: Any) -> None:
        ll_module.data_layout = self._codegen._data_layout
        for function in ll_module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.external:
                function.linkage = "linkonce_odr"
        self._final_module = ll_module

    def finalize(self) -> None:
        self._finalized = True

    def _get_module_for_linking(self) -> Any:
        return self._final_module


class _Program(JITCodeLibrary):
    """An entry point with all that it calls, optimised as one program of which nothing else is seen from outside."""

    def _optimize_final_module(self) -> None:
        for function in self._final_module.functions:
            if function.linkage == llvm.Linkage.linkonce_odr:
                function.linkage = "internal"
        super()._optimize_final_module()


class Inner:
    """A function of compiled code, one for each combination of kinds that it is called with.

    numba alone would compile it anew for every constant that a call names, `enter(fighter, 3)` and `enter(fighter, 4)`: for
    the demo's step 137 functions instead of 74. LLVM inlines them anyway.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.py_func, self.options = function, options
        self.type = InnerType(self)
        self.overloads: dict[Any, Any] = {}
        self.failed: dict[Any, errors.TypingError] = {}

    def overload(self, args: tuple[Any, ...]) -> Any:
        """numba's CompileResult for these kinds, without machine code; TypingError when there is none."""
        if args in self.failed:
            raise self.failed[args]
        if args not in self.overloads:
            try:
                result = self._compile(args, None, _Library)
            except errors.TypingError as error:
                self.failed[args] = error
                raise
            library = result.library
            needed = dict.fromkeys([library, *library._linking_libraries])      # all that it calls: each brings its own
            cpu_target.target_context.insert_user_function(result.fndesc, result.fndesc, list(needed))
            self.overloads[args] = result
        return self.overloads[args]

    def entry(self, args: tuple[Any, ...], returns: Any) -> Any:
        """numba's CompileResult with machine code, for Python or a pointer to call. Raises numba's errors."""
        self.overloads[args] = result = self._compile(args, returns, _Program)
        return result

    def emit(self, context: Any, builder: Any, signature: Any, args: Any) -> Any:
        """A call of it inside the code of an operator; the value as the signature's kind."""
        made = self.overload(signature.args).signature
        value = context.get_function(self.type, made)(builder, args)
        return context.cast(builder, value, made.return_type, signature.return_type)

    def _compile(self, args: tuple[Any, ...], returns: Any, kind: type[JITCodeLibrary]) -> Any:
        target, flags = cpu_target.target_context, compiler.Flags()
        library = kind(target.codegen(), self.py_func.__name__)
        cpu_target.options.parse_as_flags(flags, {"nopython": True, **self.options})
        flags.no_compile = kind is _Library
        if not flags.no_compile:
            library.enable_object_caching()
        return compiler.compile_extra(cpu_target.typing_context, target, self.py_func, args, returns, flags, {},
                                      library=library, pipeline_class=_Pipeline)


class InnerType(types.Callable, types.Opaque):
    """The type of an Inner, by which numba finds it when compiled code calls it."""

    def __init__(self, inner: Inner) -> None:
        self.inner = inner
        super().__init__(f"inner({inner.py_func.__qualname__} at {id(inner):#x})")

    def get_call_type(self, context: Any, args: Any, kws: Any) -> Any:
        return self.inner.overload(tuple(map(unliteral, args))).signature

    def get_call_signatures(self) -> Any:
        return [made.signature for made in self.inner.overloads.values()], False

    def get_impl_key(self, sig: Any) -> Any:
        return self.inner.overload(tuple(map(unliteral, sig.args))).fndesc


register_model(InnerType)(models.OpaqueModel)


@typeof_impl.register(Inner)
def _typeof_inner(value: Inner, context: Any) -> InnerType:
    return value.type


@lower_constant(InnerType)
def _constant_inner(context: Any, builder: Any, ty: InnerType, value: Inner) -> Any:
    return context.get_dummy_value()
