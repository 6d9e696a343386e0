"""`Plan`: what a trace has to know about an operator, read once from its schema and from short lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch._ops import OpOverload

# torch's schemas say "not an alias", but the result looks at the memory of the argument.
_VIEWS = frozenset({"_unsafe_view", "_reshape_alias", "lift", "_conj_physical_view"})
# What the written argument held before does not matter to these.
_OVERWRITING = frozenset({"copy_", "fill_", "zero_", "_foreach_copy_", "_foreach_zero_", "set_"})
# In training they write the running statistics, and their schemas do not say so.
_SILENT_WRITERS = frozenset({"native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"})
_RUNNING = ("running_mean", "running_var")
# A result in which a kernel leaves for its backward what it likes, parts of it never written: name -> which result.
_WORKSPACES = {
    "mkldnn_rnn_layer": 3,
    "_cudnn_rnn": 3,
    "miopen_rnn": 3,
    "cudnn_batch_norm": 3,
    "_batch_norm_with_update": 3,
}
_BACKENDS = ("CPU", "CUDA", "XPU", "MPS", "PrivateUse1")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a trace has to know about an operator.

    Attributes:
        name: such as "aten.addmm.default".
        slots: the names of its arguments in order.
        written: the arguments that it writes to.
        unread: those of them whose earlier values do not matter.
        computes: False for views and questions: no values come about.
        is_blank: it returns memory that was not written.
        may_draw: it may draw random numbers.
        workspace: the place of a result whose values mean nothing; -1 where there is none.
        is_composite: it is made of other operators, which are to be traced one by one.
        is_opaque: it is no ordinary operator, and is called as it is.
    """

    name: str
    slots: tuple[str, ...] = ()
    written: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()
    computes: bool = False
    is_blank: bool = False
    may_draw: bool = False
    workspace: int = -1
    is_composite: bool = False
    is_opaque: bool = False


class Plans(dict[Any, Plan]):
    """The plan of each operator, made when it is first met."""

    def __missing__(self, operator: Any) -> Plan:
        plan = self[operator] = plan_of(operator)
        return plan


def plan_of(operator: Any) -> Plan:
    """Read what a trace has to know about an operator.

    >>> plan = plan_of(torch.ops.aten.bernoulli_.float)
    >>> plan.name, sorted(plan.written), sorted(plan.unread), plan.may_draw
    ('aten.bernoulli_.float', ['self'], ['self'], True)
    >>> plan_of(torch.ops.aten.view.default).computes
    False
    """
    if type(operator) is not OpOverload:
        return Plan(str(operator), is_opaque=True)  # a higher-order operator
    schema = operator._schema  # noqa: SLF001 - as torch's own modes do
    name = schema.name.removeprefix("aten::")
    if _is_composite(operator):
        return Plan(str(operator), is_composite=True)
    written = _written_by(schema, name)
    may_draw = torch.Tag.nondeterministic_seeded in operator.tags
    overwrites = name in _OVERWRITING or (may_draw and name.endswith("_"))
    return Plan(
        name=str(operator),
        slots=tuple(argument.name for argument in schema.arguments),
        written=written,
        unread=frozenset(slot for slot in written if overwrites or _is_out(schema, slot)),
        computes=_computes(operator, schema, name, written),
        is_blank="empty" in name and operator.namespace == "aten" and not written,
        may_draw=may_draw,
        workspace=_WORKSPACES.get(name, -1),
    )


def _is_composite(operator: OpOverload) -> bool:
    # Only with inference tensors do these come here whole; elsewhere autograd has taken them apart before.
    has_kernel, name = torch._C._dispatch_has_kernel_for_dispatch_key, operator.name()  # noqa: SLF001
    if not torch._C._dispatch_has_kernel(name):  # noqa: SLF001 - fake tensors bring `prim` operators along
        return False
    return has_kernel(name, "CompositeImplicitAutograd") and not any(has_kernel(name, key) for key in _BACKENDS)


def _written_by(schema: Any, name: str) -> frozenset[str]:
    if name in _SILENT_WRITERS:
        return frozenset(_RUNNING)
    return frozenset(
        argument.name
        for argument in schema.arguments
        if argument.alias_info is not None and argument.alias_info.is_write
    )


def _is_out(schema: Any, slot: str) -> bool:
    return any(argument.is_out and argument.name == slot for argument in schema.arguments)


def _computes(operator: OpOverload, schema: Any, name: str, written: frozenset[str]) -> bool:
    if torch.Tag.inplace_view in operator.tags or name in _VIEWS:
        return False
    if written:
        return True
    fresh = [each for each in schema.returns if "Tensor" in str(each.type) and each.alias_info is None]
    # What comes from a Python list has values that nothing in the trace computed: its line is worth knowing.
    return bool(fresh) or name == "lift_fresh"
