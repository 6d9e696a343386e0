"""`Watch`: torch's dispatch mode that sees every operation, also those inside others and in a backward."""

from __future__ import annotations

import sys
import threading
from types import CodeType, FrameType
from typing import Any

import torch
from torch import Tensor, nn
from torch._C import DispatchKey
from torch._C._dynamo import eval_frame
from torch._subclasses.fake_tensor import FakeTensor
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.tracing._describing import describe
from retorch.tracing._events import Event, Options, nothing
from retorch.tracing._frames import frame_of_user, is_compiled
from retorch.tracing._ledger import Ledger
from retorch.tracing._movements import Plan, Plans

_PLANS = Plans()
_NO_OPTIONS: Options = {}
_COMPOSITE = DispatchKey.CompositeImplicitAutograd
_UNKNOWN = Plan(nothing, is_opaque=True)
_COMPILED = "some of this ran inside torch.compile: what compiled code does by itself is not seen"
_NO_DISPATCH = Tensor.__torch_dispatch__
_PLAIN_TYPES = {(Tensor,), (Tensor, Tensor), (nn.Parameter,)}


class Watch(TorchDispatchMode):
    """Hands every operation on as it is, and writes into a ledger what it did to memory.

    Attributes:
        is_on: False when it only hands operations on.
        notes: what a reader of the ledger should know, in sentences; it grows.
        failure: the first error of our own, which switched it off.
    """

    supports_higher_order_operators = True

    def __init__(self, ledger: Ledger) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.is_on = True
        self.notes: list[str] = []
        self.failure: Exception | None = None
        self._ledger = ledger
        self._thread = threading.get_ident()

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Leave compiled code compiled; otherwise torch would run it eagerly, with other bits."""
        return True

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch would wrap the method below, for 1 to 3 us an operation; `_hide_from_compiler` does it for nothing.
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Call the operation and look at what it did. Most operations do nothing that is told: they go first."""
        if types and types not in _PLAIN_TYPES and _is_taken_apart_below(types):
            return NotImplemented
        try:
            plan = _PLANS[func]
        except Exception as error:  # noqa: BLE001 - a failure of ours must not become one of the user's
            plan = _UNKNOWN
            self.fail(error)
        # `func._op` is what `func(...)` calls, without the call in between.
        if plan is None:
            return func._op(*args, **kwargs) if kwargs else func._op(*args)  # noqa: SLF001
        if plan.is_composite:
            with self:
                return func._op_dk(_COMPOSITE, *args, **(kwargs or {}))  # noqa: SLF001 - as torch's `decompose` does
        if plan.is_opaque:
            return func(*args, **(kwargs or {}))
        result = func._op(*args, **kwargs) if kwargs else func._op(*args)  # noqa: SLF001
        frame = sys._getframe(1)  # noqa: SLF001 - what `inspect.currentframe` returns
        if self.is_on and (plan.caller is None or plan.caller is frame.f_code):
            self._look(plan, func, args, kwargs or _NO_OPTIONS, result, frame)
        return result

    def _look(self, plan: Plan, operator: Any, args: Any, options: Options, result: Any, frame: FrameType) -> None:  # noqa: PLR0917 - keywords cost time
        try:
            # A function mode or a subclass of the user's is not to see our questions.
            with torch._C.DisableTorchFunction():  # noqa: SLF001 - as `torch.overrides` says
                while frame.f_code is _OURS and frame.f_back is not None:  # a tracer inside this one called it
                    frame = frame.f_back
                for event in plan.find(args, options, result, frame):
                    if event.size:
                        self._record(event, operator, frame)
        except Exception as error:  # noqa: BLE001 - a failure of ours must not become one of the user's
            self.fail(error)

    def _record(self, event: Event, operator: Any, frame: FrameType) -> None:
        user, tensor = frame_of_user(frame, self._thread), event.tensor
        code, instruction = (None, 0) if user is None else (user.f_code, user.f_lasti)
        # By identity: a code object takes a microsecond to hash. The ledger holds them, so no number is used again.
        place = (id(operator), id(frame.f_code), frame.f_lasti, id(code), instruction)
        form = (event.kind, () if tensor.is_nested else tensor.shape, tensor.dtype, event.tensors)
        if self._ledger.count(place, form, event.size):
            return
        if is_compiled(frame, user):
            self.note(_COMPILED)
        held = (operator, frame.f_code, code)
        self._ledger.open(place, form, describe(event, operator, frame, user), event.size, held)

    def note(self, sentence: str) -> None:
        """Add a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def fail(self, error: Exception) -> None:
        """Switch off for good."""
        self.is_on = False
        # Its traceback would keep the frames alive, and with them the tensors.
        self.failure = self.failure or error.with_traceback(None)
        self.note(f"tracing failed itself and stopped: {self.failure!r}")


def _is_taken_apart_below(types: tuple[type[Tensor], ...]) -> bool:
    """Tell whether a subclass is to turn an operation into others first, which are then seen one by one.

    Where another mode lies below, it is to see the same as without us; then the operation is judged as a whole.
    """
    if torch._C._len_torch_dispatch_stack():  # noqa: SLF001
        return False
    return any(kind.__torch_dispatch__ is not _NO_DISPATCH and not issubclass(kind, FakeTensor) for kind in types)


def _hide_from_compiler(code: CodeType) -> None:
    """Tell `torch.compile` to leave a function, and what it calls, as they are."""
    skip = eval_frame._FrameAction.SKIP  # noqa: SLF001 - as `torch._dynamo.eval_frame.skip_code`, without its import
    eval_frame.set_code_exec_strategy(code, eval_frame._FrameExecStrategy(skip, skip))  # noqa: SLF001


_OURS = Watch.__torch_dispatch__.__code__
_hide_from_compiler(_OURS)
