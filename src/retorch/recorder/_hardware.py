"""The machine: processor, cores, accelerators; read from the system, waking nothing."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import torch

_CPUINFO = Path("/proc/cpuinfo")
_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
# Of all that a processor can do, what libraries choose their kernels by.
_VECTORS = re.compile(r"sse4_2|avx\w*|fma|f16c|amx_\w+|asimd\w*|sve\w*|sme(?!p)\w*|i8mm|bf16|fphp|vsx|altivec")
_NVIDIA = Path("/proc/driver/nvidia")


def cpu() -> dict[str, Any]:
    """Say which processor this is and which of its instructions torch uses, which changes bits.

    "instructions" is what torch's own kernels use, after any cap. oneDNN and MKL choose by themselves, from
    "vectors" (all that the processor has), the vendor, the sizes of the caches, and variables that cap them.
    """
    return {
        "model": _cpu_model(),
        "vendor": _find(r"vendor_id\s*:\s*(.+)", _CPUINFO),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "cores_allowed": _cores_allowed(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "vectors": _vectors(),
        "caches": _caches(),
    }


def accelerators() -> list[dict[str, Any]]:
    """List the accelerators with their drivers.

    NVIDIA's come from the driver's own files: asking CUDA would start it, for hundreds of MB on each device.
    """
    if torch.backends.mps.is_available():
        return [{"kind": "mps", "name": _cpu_model(), "driver": platform.mac_ver()[0]}]
    return _nvidia() or _awake()


def _awake() -> list[dict[str, Any]]:
    """Ask CUDA or ROCm where the process uses it already and the driver shows no files, as in some containers."""
    if not torch.cuda.is_initialized():
        return []
    return [
        {"kind": "cuda", "name": torch.cuda.get_device_name(device), "driver": None}
        for device in range(torch.cuda.device_count())
    ]


def _nvidia() -> list[dict[str, Any]]:
    driver = _find(r"Kernel Module.*?\s(\d+\.\d[\d.]*)", _NVIDIA / "version")
    return [
        {"kind": "cuda", "name": _find(r"Model:\s*(.+)", gpu), "driver": driver}
        for gpu in sorted(_NVIDIA.glob("gpus/*/information"))
    ]


def _cpu_model() -> str:
    return _find(r"model name\s*:\s*(.+)", _CPUINFO) or platform.processor() or platform.machine()


def _vectors() -> list[str]:
    # "flags" on x86, "Features" on ARM.
    flags = _find(r"(?:flags|Features)\s*:\s*(.+)", _CPUINFO) or ""
    return sorted(flag for flag in set(flags.split()) if _VECTORS.fullmatch(flag))


def _caches() -> dict[str, str]:
    found = {}
    for folder in sorted(_CACHES.glob("index*")):
        level, kind, size = (_find(r"(.+)", folder / name) for name in ("level", "type", "size"))
        if kind != "Instruction" and size:
            found[f"L{level}"] = size
    return found


def _cores_allowed() -> int | None:
    # macOS has no affinity to ask for.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _find(pattern: str, file: Path) -> str | None:
    try:
        match = re.search(pattern, file.read_text(errors="replace"))
    except OSError:
        return None
    return match[1].strip() if match else None
