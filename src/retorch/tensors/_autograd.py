"""`AutogradFacts`: how a tensor stands to autograd. Reading them records nothing and touches no gradient."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class AutogradFacts:
    """How a tensor stands to autograd.

    Attributes:
        requires_grad: whether a backward computes a gradient for it, or through it.
        is_leaf: it is no result of a recorded operation.
        grad_fn: the name of the node that made it, such as "MulBackward0"; None for leaves.
        output_nr: which result of that node it is.
        version: how many in-place writes torch has counted, over all views of it; None for inference tensors.
        is_inference: made under `torch.inference_mode`.
        retains_grad: `.grad` is kept although it is no leaf.
        has_grad: `.grad` is there.
        broken: why torch refuses to tell the graph behind it, "" where it does not: a view of several made by one
            operation, after an in-place write through another of them.
    """

    requires_grad: bool
    is_leaf: bool
    grad_fn: str | None
    output_nr: int
    version: int | None
    is_inference: bool
    retains_grad: bool
    has_grad: bool
    broken: str = ""


def read_autograd(tensor: Tensor) -> AutogradFacts:
    """Read the facts; torch functions must be disabled around it.

    >>> import torch
    >>> read_autograd(torch.ones(2, requires_grad=True).exp()).grad_fn
    'ExpBackward0'
    """
    try:
        node = tensor.grad_fn
    except RuntimeError as error:
        return _broken(tensor, str(error).partition(". ")[0])
    is_inference, is_leaf, retains = tensor.is_inference(), tensor.is_leaf, tensor.retains_grad
    return AutogradFacts(
        requires_grad=tensor.requires_grad,
        is_leaf=is_leaf,
        grad_fn=None if node is None else node.name(),
        output_nr=tensor.output_nr,
        version=None if is_inference else tensor._version,  # noqa: SLF001 - torch has no other door to it
        is_inference=is_inference,
        retains_grad=retains,
        # Torch warns where the gradient of a tensor is read that cannot have one.
        has_grad=(is_leaf or retains) and tensor.grad is not None,
    )


def _broken(tensor: Tensor, why: str) -> AutogradFacts:
    # Torch raises on everything else that it would have to look up in the graph.
    return AutogradFacts(
        requires_grad=True,
        is_leaf=False,
        grad_fn=None,
        output_nr=0,
        version=tensor._version,  # noqa: SLF001
        is_inference=False,
        retains_grad=False,
        has_grad=False,
        broken=why,
    )
