"""The machine: processor, cores, accelerators; read from the system, waking nothing."""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path
from typing import Any

import torch

_CPUINFO = Path("/proc/cpuinfo")
_NVIDIA = Path("/proc/driver/nvidia")


def cpu() -> dict[str, Any]:
    """Say which processor this is and which of its instructions torch uses, which changes bits."""
    return {
        "model": _cpu_model(),
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "cores_allowed": _cores_allowed(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
    }


def accelerators() -> list[dict[str, Any]]:
    """List the accelerators with their drivers.

    NVIDIA's come from the driver's own files: asking CUDA would start it, for hundreds of MB on each device.
    """
    if _NVIDIA.is_dir():
        return _nvidia()
    if torch.backends.mps.is_available():
        return [{"kind": "mps", "name": _cpu_model(), "driver": platform.mac_ver()[0]}]
    if torch.cuda.is_initialized():
        return [
            {"kind": "cuda", "name": torch.cuda.get_device_name(device), "driver": None}
            for device in range(torch.cuda.device_count())
        ]
    return []


def _nvidia() -> list[dict[str, Any]]:
    driver = _find(r"Kernel Module.*?\s(\d+\.\d[\d.]*)", _NVIDIA / "version")
    return [
        {"kind": "cuda", "name": _find(r"Model:\s*(.+)", gpu), "driver": driver}
        for gpu in sorted(_NVIDIA.glob("gpus/*/information"))
    ]


def _cpu_model() -> str:
    return _find(r"model name\s*:\s*(.+)", _CPUINFO) or platform.processor() or platform.machine()


def _cores_allowed() -> int | None:
    # macOS has no affinity to ask for.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _find(pattern: str, file: Path) -> str | None:
    try:
        match = re.search(pattern, file.read_text(errors="replace"))
    except OSError:
        return None
    return match[1].strip() if match else None
