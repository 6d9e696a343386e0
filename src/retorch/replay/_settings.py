"""Settings: on what the bits of one operation depend besides its arguments, read off a recorded environment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch

Settings: TypeAlias = dict[str, Any]
"""Names and values, ready for JSON: switches of torch, "threads", "instructions", and environment variables.

A switch that was not recorded has torch's own default; a variable or another setting that was not set is absent.
"""

# How torch and oneDNN are kept from instructions that a recorded processor lacks. One with AVX-512 needs no cap:
# oneDNN then chooses among its extensions by the processor itself.
_CAPS = {
    "AVX2": {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "DEFAULT": {"ATEN_CPU_CAPABILITY": "default", "ONEDNN_MAX_CPU_ISA": "SSE41"},
}

# What the names of variables begin with that act on a single operation. Others are recorded too, which choose devices,
# modules or how processes talk.
_ACTING = (
    "ATEN_", "BLIS_", "CUBLAS", "DISABLE_ADDMM_", "DNNL_", "GLIBC_TUNABLES", "GOMP_", "GOTO_", "HIPBLASLT_", "KMP_",
    "MIOPEN_", "MKL_", "NVIDIA_TF32_", "OMP_", "ONEDNN_", "OPENBLAS_", "PYTORCH_MPS_", "TORCH_ALLOW_", "TORCH_BLAS_",
    "TORCH_CUDNN_", "TORCH_LINALG_",
)  # fmt: skip
# What it comes to is "threads".
_SAID_OTHERWISE = "OMP_NUM_THREADS"

_PRECISIONS = ("cuda.matmul", "cudnn.conv", "cudnn.rnn", "mkldnn.matmul", "mkldnn.conv", "mkldnn.rnn")

_SWITCHES: Settings = {
    "deterministic_algorithms": False,
    "cudnn_deterministic": False,
    "cudnn_benchmark": False,
    "cudnn_enabled": True,
    "mkldnn_enabled": True,
    "mkldnn_deterministic": False,
    "nnpack_enabled": True,
    "float32_precision": dict.fromkeys(_PRECISIONS, "none"),
    "reduced_precision_sums": {"fp16": True, "bf16": True, "fp16_accumulation": False},
    "flush_denormal": False,
}


def settings_of(environment: Mapping[str, Any]) -> Settings:
    """Take out of a recorded environment what one operation depends on and what can be set again.

    >>> settings_of({"threads": {"intra": 2}})["threads"]
    2
    """
    variables = {name: text for name, text in environment.get("variables", {}).items() if acts_on_operations(name)}
    settings = _SWITCHES | {name: on for name, on in environment.get("switches", {}).items() if name in _SWITCHES}
    threads = environment.get("threads", {}).get("intra")
    instructions = environment.get("cpu", {}).get("instructions")
    if threads is not None:
        settings["threads"] = threads
    if instructions in _CAPS and "ATEN_CPU_CAPABILITY" not in variables:
        settings["instructions"] = instructions
    return settings | variables


def unlike_settings(a: Settings, b: Settings) -> tuple[str, ...]:
    """Name the settings that differ, those of the process first: they need a process each."""
    names = [name for name in {**a, **b} if a.get(name) != b.get(name) and name != _SAID_OTHERWISE]
    return tuple(sorted(names, key=lambda name: (name in _SETTERS, name)))


def acts_on_operations(variable: str) -> bool:
    """Tell whether an environment variable can change the bits of a single operation."""
    return variable.startswith(_ACTING)


def starting_variables(settings: Settings) -> dict[str, str]:
    """Return the environment variables that a process has to start with."""
    variables = {name: value for name, value in settings.items() if name.isupper()}
    return {**_CAPS.get(settings.get("instructions", ""), {}), **variables}


def process_of(settings: Settings) -> tuple[Any, ...]:
    """Tell settings that need another process apart: the threads of a pool keep how they treat denormals."""
    return (*sorted(starting_variables(settings).items()), settings["flush_denormal"])


def apply(settings: Settings) -> None:
    """Set all that can be set in a running process."""
    for name, value in settings.items():
        if name in _SETTERS:
            _SETTERS[name](value)


def _set_threads(count: int) -> None:
    # Setting the number that is there would still change that of MKL, which has a variable of its own.
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def _set_deterministic(on: bool) -> None:  # noqa: FBT001 - a value out of a record
    # Where an operation has no such form, it shall run as it is.
    torch.use_deterministic_algorithms(on, warn_only=True)


def _setter(place: Any, name: str) -> Callable[[Any], None]:
    return lambda on: setattr(place, name, on)


def _set_precisions(precisions: dict[str, str]) -> None:
    for place, precision in precisions.items():
        if place in _PRECISIONS:
            library, operation = place.split(".")
            getattr(getattr(torch.backends, library), operation).fp32_precision = precision


def _set_reduced_precision(allowed: dict[str, bool]) -> None:
    matmul: Any = torch.backends.cuda.matmul
    matmul.allow_fp16_reduced_precision_reduction = allowed["fp16"]
    matmul.allow_bf16_reduced_precision_reduction = allowed["bf16"]
    matmul.allow_fp16_accumulation = allowed["fp16_accumulation"]


_SETTERS: dict[str, Callable[[Any], object]] = {
    "threads": _set_threads,
    "deterministic_algorithms": _set_deterministic,
    "cudnn_deterministic": _setter(torch.backends.cudnn, "deterministic"),
    "cudnn_benchmark": _setter(torch.backends.cudnn, "benchmark"),
    "cudnn_enabled": _setter(torch.backends.cudnn, "enabled"),
    # torch's public words for these are context managers.
    "mkldnn_enabled": torch._C._set_mkldnn_enabled,  # noqa: SLF001
    "mkldnn_deterministic": torch._C._set_mkldnn_deterministic,  # noqa: SLF001
    "nnpack_enabled": torch._C._set_nnpack_enabled,  # noqa: SLF001
    "float32_precision": _set_precisions,
    "reduced_precision_sums": _set_reduced_precision,
    "flush_denormal": torch.set_flush_denormal,
}
