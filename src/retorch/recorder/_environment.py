"""`environment`: on what a run is computed, as far as it may change numbers."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

import retorch
from retorch.errors import RunFolderError, notice
from retorch.recorder._hardware import accelerators, cpu
from retorch.runs import RunFolder, utc_now, write_atomically

# The only variables that are recorded: they change numbers, and none of them holds a secret.
VARIABLES = (
    "ATEN_CPU_CAPABILITY",
    "CUBLASLT_WORKSPACE_SIZE",
    "CUBLAS_WORKSPACE_CONFIG",
    "CUDA_VISIBLE_DEVICES",
    "DNNL_DEFAULT_FPMATH_MODE",
    "DNNL_MAX_CPU_ISA",
    "GOMP_CPU_AFFINITY",
    "KMP_AFFINITY",
    "KMP_DETERMINISTIC_REDUCTION",
    "MKL_CBWR",
    "MKL_DEBUG_CPU_TYPE",
    "MKL_DISABLE_FAST_MM",
    "MKL_DYNAMIC",
    "MKL_ENABLE_INSTRUCTIONS",
    "MKL_NUM_THREADS",
    "NCCL_ALGO",
    "NCCL_PROTO",
    "NVIDIA_TF32_OVERRIDE",
    "OMP_DYNAMIC",
    "OMP_NUM_THREADS",
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_NUM_THREADS",
    "PYTHONHASHSEED",
    "PYTORCH_ENABLE_MPS_FALLBACK",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "TORCH_BLAS_PREFER_CUBLASLT",
    "TORCH_CUDNN_V8_API_DISABLED",
    "TORCHINDUCTOR_DETERMINISTIC",
)

_GIT_TIMEOUT_S = 2.0
_SCHEMA = 1


def environment() -> dict[str, Any]:
    """Gather what may change the numbers of a run: versions, machine, threads, switches. Ready for JSON.

    Wakes no accelerator, so it costs no memory on one. Of the environment variables only the fixed list
    `VARIABLES` is read. The revision is that of the Git repository round the current folder, None without one;
    it ends in "-dirty" when tracked files were changed.

    >>> environment()["torch"]["version"] == torch.__version__
    True
    """
    return {
        "retorch": retorch.__version__,
        "python": {"version": platform.python_version(), "implementation": platform.python_implementation()},
        "torch": _torch(),
        "numpy": np.__version__,
        "distributions": _distributions(),
        "system": {"name": platform.system(), "release": platform.release(), "libc": "-".join(platform.libc_ver())},
        "cpu": cpu(),
        "threads": {"intra": torch.get_num_threads(), "inter": torch.get_num_interop_threads()},
        "accelerators": accelerators(),
        "switches": _switches(),
        "variables": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "revision": _revision(),
    }


def record_environment(folder: RunFolder) -> dict[str, Any]:
    """Write the environment into the run folder and return it.

    environment.json keeps a list. A start on the environment that came last adds nothing, a start on another one
    is appended, so that nothing is lost.

    Raises:
        RunFolderError: the file cannot be written.
    """
    found = environment()
    recorded = _read(folder.environment)
    if not recorded or recorded[-1].get("environment") != found:
        _write(folder.environment, [*recorded, {"since": utc_now(), "environment": found}])
    return found


def _torch() -> dict[str, Any]:
    return {
        "version": torch.__version__,
        "git": torch.version.git_version,
        "debug": torch.version.debug,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "cudnn": torch.backends.cudnn.version() if torch.version.cuda else None,
        "parallel": _parallel(torch.__config__.parallel_info()),
    }


def _parallel(text: str) -> dict[str, str]:
    """Find in torch's own words which libraries compute on the CPU.

    Thread counts stand in the same text; they are left to `threads`, which has them as numbers.
    """
    patterns = {
        "openmp": r"OpenMP (\d+)",
        "mkl": r"Math Kernel Library Version (\S+)",
        "onednn": r"(?:MKL-DNN|oneDNN) (v\S+)",
        "backend": r"parallel backend: (.+)",
    }
    found = {name: re.search(pattern, text) for name, pattern in patterns.items()}
    return {name: match[1].strip() for name, match in found.items() if match}


def _switches() -> dict[str, Any]:
    return {
        "deterministic_algorithms": torch.are_deterministic_algorithms_enabled(),
        "cudnn_deterministic": torch.backends.cudnn.deterministic,
        "cudnn_benchmark": torch.backends.cudnn.benchmark,
        "float32_precision": _float32_precision(),
        "flush_denormal": _flushes_denormals(),
        "default_dtype": str(torch.get_default_dtype()).removeprefix("torch."),
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


def _flushes_denormals() -> bool:
    """Torch can set this mode and not tell it: halve the smallest normal float and look."""
    return bool(torch.tensor(np.finfo(np.float64).tiny, dtype=torch.float64).div(2).item() == 0)


def _distributions() -> dict[str, str]:
    """List what is installed, from folder names alone: reading each METADATA takes ten times as long."""
    found: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError):
            for name in sorted(os.listdir(folder or ".")):  # noqa: PTH208 - names are wanted, not paths
                if name.endswith((".dist-info", ".egg-info")):
                    distribution, _, version = name.rsplit(".", 1)[0].partition("-")
                    # The first on the path is the one that Python imports.
                    found.setdefault(distribution.lower().replace("_", "-"), version.partition("-py")[0])
    return dict(sorted(found.items()))


def _revision() -> str | None:
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603 - fixed words
            command,
            capture_output=True,
            check=True,
            text=True,
            timeout=_GIT_TIMEOUT_S,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        environments: list[dict[str, Any]] = json.loads(path.read_bytes())["environments"]
    except FileNotFoundError:
        return []
    except (ValueError, KeyError, TypeError):
        kept = path.with_suffix(".damaged.json")
        path.replace(kept)
        notice(f"{path} was damaged; it was kept as {kept.name} and a new one begun")
        return []
    return environments


def _write(path: Path, environments: list[dict[str, Any]]) -> None:
    content = {"schema": _SCHEMA, "environments": environments}
    try:
        write_atomically(path, json.dumps(content, indent=2).encode() + b"\n")
    except OSError as error:
        raise RunFolderError(f"{path} cannot be written: {error.strerror}") from error
