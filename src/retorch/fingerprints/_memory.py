"""Hashing the memory of CPU tensors as it lies there, without a copy and without touching the tensor."""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor
from xxhash import xxh3_64, xxh3_64_intdigest

from retorch.fingerprints._mixing import tensor_seed
from retorch.fingerprints._pieces import bit_pieces

_PLAIN_TYPES = (Tensor, torch.nn.Parameter)
_PIECE = 1 << 15  # elements: a copy stays in the processor's cache, and is too small for torch to share among threads
_MOST_SHAPES = 4096

# For each dtype and shape seen: the seed, and a ctypes array of that many bytes.
_known: dict[tuple[torch.dtype, torch.Size], tuple[int, Any]] = {}


def hash_quickly(tensor: Tensor) -> int | None:
    """Return the fingerprint of a plain contiguous CPU tensor, or None for others, which need a closer look.

    This runs for each batch of each step. The memory is read through ctypes, for `Tensor.numpy` would make its
    storage one that can never be resized again, and is slower.
    """
    try:
        if type(tensor) not in _PLAIN_TYPES or not tensor.is_cpu or not tensor.is_contiguous() or tensor.is_neg():
            return None
        seed, array = _known.get((tensor.dtype, tensor.shape)) or _learn(tensor)
        address = tensor.data_ptr()
    except RuntimeError:  # no strides or no memory of its own
        return None
    return (xxh3_64_intdigest(array.from_address(address), seed) or 1) if address and array else None


def hash_strided(tensor: Tensor) -> int:
    """Return the fingerprint of any strided CPU tensor that is no quantized one; it is detached."""
    hasher = xxh3_64(seed=seed_of_tensor(tensor))
    for piece in bit_pieces(tensor, _PIECE):
        hasher.update((ctypes.c_char * piece.nbytes).from_address(piece.data_ptr()))
    return hasher.intdigest() or 1


def seed_of_tensor(tensor: Tensor) -> int:
    return tensor_seed(name_of(tensor.dtype), tensor.shape)


def name_of(dtype: torch.dtype) -> str:
    """Return "float32" of torch.float32, as NumPy names it too."""
    return str(dtype).removeprefix("torch.")


def _learn(tensor: Tensor) -> tuple[int, Any]:
    """Note a dtype and shape, unless the memory of such tensors is not all that there is to them."""
    if tensor.layout is not torch.strided or tensor.is_nested or tensor.is_quantized or tensor.is_complex():
        return 0, None
    if len(_known) >= _MOST_SHAPES:
        _known.clear()
    _known[tensor.dtype, tensor.shape] = known = seed_of_tensor(tensor), ctypes.c_char * tensor.nbytes
    return known
