"""Which software computes: Python, torch and how it was built, NumPy, and every distribution that is installed."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

_IMPORTS = re.compile(r"^[ \t]*(?:from[ \t]+(\w+)|import[ \t]+(\w+(?:[ \t.,]+[\w.]+)*))", re.MULTILINE)


def python() -> dict[str, Any]:
    """Describe the interpreter; with `hash_randomization` the order of a set of strings differs between processes."""
    return {
        "version": platform.python_version(),
        "implementation": platform.python_implementation(),
        "compiler": platform.python_compiler(),
        "hash_randomization": _hashes_vary(),
        "optimize": sys.flags.optimize,
    }


def _hashes_vary() -> bool:
    # The flag is set, too, where a fixed seed other than 0 is given.
    return bool(sys.flags.hash_randomization) and os.environ.get("PYTHONHASHSEED", "random") in ("", "random")


def torch_build() -> dict[str, Any]:
    """Describe torch: its version, how it was built, and the libraries that it computes with."""
    return {
        "version": torch.__version__,
        "git": torch.version.git_version,
        "debug": torch.version.debug,
        "cuda": torch.version.cuda,
        "hip": torch.version.hip,
        "cudnn": torch.backends.cudnn.version() if torch.version.cuda or torch.version.hip else None,
        "parallel": _parallel(torch.__config__.parallel_info()),
        "build": _build(torch.__config__.show()),
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


def _build(text: str) -> dict[str, Any]:
    """Keep of torch's build settings what can change numbers; warnings and definitions of the compiler cannot."""
    settings = dict(re.findall(r"\b([A-Z_]+)=(.*?)(?:, |$)", text, re.MULTILINE))
    compiler = re.search(r"^  - ((?:GCC|clang|MSVC|Clang) .+)$", text, re.MULTILINE)
    flags = [word for word in settings.get("CXX_FLAGS", "").split() if not word.startswith(("-W", "-D"))]
    return {
        "compiler": compiler[1] if compiler else None,
        "type": settings.get("BUILD_TYPE"),
        "blas": settings.get("BLAS_INFO"),
        "lapack": settings.get("LAPACK_INFO"),
        "flags": " ".join(flags),
        "uses": sorted(
            name.removeprefix("USE_") for name, value in settings.items() if name.startswith("USE_") and value == "ON"
        ),
        "cuda_architectures": re.findall(r"code=(sm_\w+)", text),
    }


def numpy_build() -> dict[str, Any]:
    """Describe which BLAS NumPy uses, and the instructions that it found on this processor."""
    core: Any = np._core._multiarray_umath  # type: ignore[attr-defined]  # noqa: SLF001 - NumPy tells it nowhere else
    features = getattr(core, "__cpu_features__", {})
    blas = getattr(np.__config__, "CONFIG", {}).get("Build Dependencies", {}).get("blas", {})
    return {
        "blas": " ".join(str(blas[key]) for key in ("name", "version") if blas.get(key)) or None,
        "instructions": sorted(name for name, there in features.items() if there),
    }


def distributions() -> dict[str, str]:
    """List what is installed, from folder names alone: reading each METADATA takes ten times as long."""
    found: dict[str, str] = {}
    for name, version, _ in _installed():
        # The first on the path is the one that Python imports.
        found.setdefault(name, version)
    return dict(sorted(found.items()))


def imported_distributions(texts: Iterable[str]) -> dict[str, str]:
    """Say for each module that these sources import, by its top name, which distribution it comes from.

    `importlib.metadata.packages_distributions` tells it for everything that is installed, in 200 ms; here only the
    few modules are looked for that have another name than their distribution, such as sklearn.
    """
    wanted = {name for text in texts for name in _imported_names(text)} & sys.modules.keys() - sys.stdlib_module_names
    folders = {name: folder for name, _, folder in reversed(list(_installed()))}
    found = {name: normalized(name) for name in wanted if normalized(name) in folders}
    return dict(sorted((found | _search(wanted - found.keys(), folders)).items()))


def normalized(name: str) -> str:
    """Return a distribution's name as it is compared: lower case, with hyphens."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _installed() -> Iterator[tuple[str, str, str]]:
    for folder in sys.path:
        with suppress(OSError):
            for entry in sorted(os.listdir(folder or ".")):  # noqa: PTH208 - names are wanted, not paths
                if entry.endswith((".dist-info", ".egg-info")):
                    name, _, version = entry.rsplit(".", 1)[0].partition("-")
                    yield normalized(name), version.partition("-py")[0], f"{folder}/{entry}"


def _imported_names(text: str) -> Iterator[str]:
    for of, several in _IMPORTS.findall(text):
        for name in (of or several).split(","):
            yield name.strip().partition(".")[0].partition(" ")[0]


def _search(wanted: set[str], folders: dict[str, str]) -> dict[str, str]:
    """Look for modules in the lists of files that distributions come with."""
    found: dict[str, str] = {}
    for distribution, folder in folders.items():
        if wanted <= found.keys():
            break
        with suppress(OSError):
            files = b"\n" + Path(folder, "RECORD").read_bytes()
            for name in wanted - found.keys():
                if any(b"\n%s%s" % (name.encode(), end) in files for end in (b"/__init__.py,", b".py,", b".cpython-")):
                    found[name] = distribution
    return found
