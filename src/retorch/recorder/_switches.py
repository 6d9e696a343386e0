"""`switches`: what torch's global settings are at this moment. Reading them wakes no accelerator."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch


def switches() -> dict[str, Any]:
    """Read torch's settings that change numbers, or whether an operation has the same result each time."""
    return {
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "deterministic_warn_only": torch.is_deterministic_algorithms_warn_only_enabled(),
        "fill_uninitialized_memory": torch.utils.deterministic.fill_uninitialized_memory,  # type: ignore[attr-defined]  # a module that is its own class
        "cudnn_enabled": torch.backends.cudnn.enabled,
        "cudnn_deterministic": torch.backends.cudnn.deterministic,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "mkldnn_enabled": torch.backends.mkldnn.enabled,
        "mkldnn_deterministic": torch.backends.mkldnn.deterministic,
        "nnpack_enabled": torch._C._get_nnpack_enabled(),  # noqa: SLF001 - torch can set it in public and not tell it
        "quantized_engine": torch.backends.quantized.engine,
        "float32_precision": _float32_precision(),
        "reduced_precision_sums": _reduced_precision_sums(),
        "attention": _attention(),
        "linalg": _last_word(torch.backends.cuda.preferred_linalg_library()),
        "flush_denormal": _flushes_denormals(),
        "default_dtype": _last_word(torch.get_default_dtype()),
        "default_device": str(torch.get_default_device()),
    }


def _float32_precision() -> dict[str, str]:
    """Read what float32 is computed in, such as "ieee", "tf32" or "none" for torch's default, by library and operation.

    `torch.get_float32_matmul_precision` and `allow_tf32` say less, and raise where a user set these ones.
    """
    backends: Any = torch.backends  # torch's own annotations do not know these places
    places = {
        "cuda.matmul": backends.cuda.matmul,
        "cudnn.conv": backends.cudnn.conv,
        "cudnn.rnn": backends.cudnn.rnn,
        "mkldnn.matmul": backends.mkldnn.matmul,
        "mkldnn.conv": backends.mkldnn.conv,
        "mkldnn.rnn": backends.mkldnn.rnn,
    }
    return {name: place.fp32_precision for name, place in places.items()}


def _reduced_precision_sums() -> dict[str, bool]:
    """Whether products of half precision may be summed in half precision on CUDA."""
    matmul: Any = torch.backends.cuda.matmul
    return {
        "fp16": bool(matmul.allow_fp16_reduced_precision_reduction),
        "bf16": bool(matmul.allow_bf16_reduced_precision_reduction),
        "fp16_accumulation": bool(matmul.allow_fp16_accumulation),
    }


def _attention() -> dict[str, bool]:
    """Which kernels `scaled_dot_product_attention` may choose; they give different bits."""
    cuda = torch.backends.cuda
    return {
        "flash": cuda.flash_sdp_enabled(),
        "memory_efficient": cuda.mem_efficient_sdp_enabled(),
        "math": cuda.math_sdp_enabled(),
        "cudnn": cuda.cudnn_sdp_enabled(),
    }


def _flushes_denormals() -> bool:
    """Torch can set this mode and not tell it: halve the smallest normal float and look."""
    tiny = float(np.finfo(np.float64).tiny)
    return bool(torch.tensor(tiny, dtype=torch.float64, device="cpu").div(2).item() == 0)


def _last_word(value: object) -> str:
    """Return "float32" of torch.float32, "default" of an enumeration's `_LinalgBackend.Default`."""
    return str(value).rpartition(".")[2].lower()
