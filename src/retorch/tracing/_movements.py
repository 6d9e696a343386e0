"""`plan_of`: what to look at after an operator was called, decided once from its schema and from short lists."""

from __future__ import annotations

from dataclasses import dataclass
from types import CodeType
from typing import Any

import torch
from torch._ops import OpOverload

from retorch.tracing._bridges import TENSOR_ARRAY, CarriesOrClones, from_python, to_numpy
from retorch.tracing._events import Carries, Finder, Writes, copies, nothing, reads_number

# The results of these hold nothing but values that were in memory before. What compares or computes (sort, max_pool,
# where, tril) is not among them.
_CARRYING = frozenset({
    "clone", "_to_copy", "copy", "_foreach_clone", "contiguous", "_pin_memory", "_to_cpu",
    # picked by number or mask
    "index", "_unsafe_index", "index_select", "gather", "take", "masked_select", "embedding",
    # joined
    "cat", "_chunk_cat", "stack", "block_diag", "_nested_tensor_from_tensor_list", "nested_to_padded_tensor",
    "_pack_padded_sequence",
    # repeated, or with room round them
    "repeat", "im2col", "constant_pad_nd", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d",
    "replication_pad1d", "replication_pad2d", "replication_pad3d",
    # in another order
    "flip", "roll", "rot90", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "native_channel_shuffle",
    # the whole, with a part of it replaced
    "slice_scatter", "select_scatter", "diagonal_scatter", "as_strided_scatter", "index_copy",
    # in another form
    "_to_dense", "_to_sparse", "_to_sparse_csr", "_to_sparse_csc", "_to_sparse_bsr", "_to_sparse_bsc", "to_mkldnn",
})  # fmt: skip
# Schemas call these writers, but what they write is not the elements.
_ABOUT_THE_TENSOR = frozenset({
    "requires_grad_", "retain_grad", "record_stream", "set_data", "rename_", "_coalesced_", "_resize_output_",
    "sparse_resize_", "sparse_resize_and_clear_", "resize_as_sparse_", "_mkldnn_transpose_",
})  # fmt: skip
# In training they write the running statistics, and their schemas do not say so.
_SILENT_WRITERS = frozenset({"native_batch_norm", "cudnn_batch_norm", "miopen_batch_norm"})
_RUNNING = ("running_mean", "running_var")
_BACKENDS = ("CPU", "CUDA", "XPU", "MPS", "PrivateUse1")


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look at after an operator was called.

    Attributes:
        find: finds the events of a call.
        is_composite: it is made of other operators, which are to be watched one by one.
        is_opaque: it is no ordinary operator, and has to be called as it is.
        caller: where it is set, only calls from this code are worth a look.
    """

    find: Finder
    is_composite: bool = False
    is_opaque: bool = False
    caller: CodeType | None = None


class Plans(dict[Any, Plan | None]):
    """The plan of each operator, made when it is first met; None for those that neither carry values nor write."""

    def __missing__(self, operator: Any) -> Plan | None:
        plan = self[operator] = plan_of(operator)
        return plan


def plan_of(operator: Any) -> Plan | None:
    """Decide what to look at after this operator was called.

    >>> plan_of(torch.ops.aten.add.Tensor) is None
    True
    """
    if type(operator) is not OpOverload:
        return Plan(nothing, is_opaque=True)  # a higher-order operator
    if _is_composite(operator):
        return Plan(nothing, is_composite=True)
    name = operator._schema.name.removeprefix("aten::")  # noqa: SLF001 - as torch's own modes do
    if name == "detach":
        return Plan(to_numpy, caller=TENSOR_ARRAY)
    finder = _finder_of(operator, name)
    return None if finder is None else Plan(finder)


def _is_composite(operator: OpOverload) -> bool:
    # Only with inference tensors do these come here whole; elsewhere autograd has taken them apart before.
    has_kernel, name = torch._C._dispatch_has_kernel_for_dispatch_key, operator.name()  # noqa: SLF001
    if not torch._C._dispatch_has_kernel(name):  # noqa: SLF001 - fake tensors bring `prim` operators along
        return False
    return has_kernel(name, "CompositeImplicitAutograd") and not any(has_kernel(name, key) for key in _BACKENDS)


def _finder_of(operator: OpOverload, name: str) -> Finder | None:
    if name in _SPECIAL:
        return _SPECIAL[name]
    arguments = operator._schema.arguments  # noqa: SLF001
    slots = [(place, argument.name) for place, argument in enumerate(arguments)]
    if name in _SILENT_WRITERS:
        training = next(slot for slot in slots if slot[1] == "training")
        return Writes(name, [slot for slot in slots if slot[1] in _RUNNING], training)
    written = [slot for slot, argument in zip(slots, arguments, strict=True) if _is_written(argument)]
    if written and torch.Tag.inplace_view not in operator.tags and name not in _ABOUT_THE_TENSOR:
        return _CARRIERS.get(name, Writes)(name, written)
    # Each view has a twin that copies, such as `permute_copy`.
    is_carrying = name in _CARRYING or (name.endswith("_copy") and operator.namespace == "aten")
    return copies if is_carrying and not written else None


def _is_written(argument: Any) -> bool:
    return argument.alias_info is not None and argument.alias_info.is_write


_SPECIAL: dict[str, Finder] = {"lift_fresh": from_python, "_local_scalar_dense": reads_number}
_CARRIERS: dict[str, type[Writes]] = {"copy_": CarriesOrClones, "_foreach_copy_": Carries}
