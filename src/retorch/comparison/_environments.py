"""`unlike`: in which facts two environments differ, likeliest cause first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from retorch.comparison._difference import Likelihood, Unlike

_ORDER: dict[Likelihood, int] = {"likely": 0, "possible": 1, "unlikely": 2}

# Where a name that only one of the two has says something. Elsewhere an older retorch did not look for it.
_COUNTED_WHERE_MISSING = ("distributions.", "variables.", "accelerators.", "data.")
# They say where a run was made, not what it computes; `used` and the sources speak for "imports" and "script".
_LEFT_OUT = re.compile(
    r"(folder|imports\..*|script\.file|git\.(root|commit)|command"
    r"|data\..*\.(path|changed_ns)|torch\.build\.uses)(\.|$)"
)
_ON_ACCELERATORS = re.compile(
    r"switches\.(cudnn|reduced_precision|attention|linalg|float32_precision\.cu)"
    r"|variables\.(CU|NCCL|NVIDIA|HIP|HSA|ROCR|MIOPEN|TRITON|TORCH_ALLOW_TF32|TORCH_CUDNN|TORCH_BLAS|TORCH_LINALG|DISABLE_ADDMM)"
    r"|distributions\.(nvidia-|triton|cuda-)|torch\.(cuda|hip|cudnn)"
)
_NUMERIC = re.compile(
    r"accelerate|albumentations|audiomentations|einops|gensim|h5py|imageio|intel-openmp|jax|jaxlib|kornia|librosa"
    r"|lightgbm|lightning|mkl|numba|numexpr|opencv-python.*|opt-einsum|pandas|pillow.*|polars|pyarrow"
    r"|pytorch-lightning|scikit-image|scikit-learn|scipy|sentencepiece|soundfile|sympy|timm|tokenizers|torch.*"
    r"|transformers|xgboost"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What is known of the facts whose names match: the first rule that does decides, and ranks."""

    name: re.Pattern[str]
    likelihood: Likelihood
    why: str


def _rule(name: str, likelihood: Likelihood, why: str) -> _Rule:
    return _Rule(re.compile(name), likelihood, why)


_RULES = (
    _rule(r"data\..*(fingerprint|shape|dtype|length)$", "likely", "the data are others"),
    _rule(r"threads\.intra$", "likely", "sums are split by the number of threads, and rounding follows the split"),
    _rule(r"cpu\.(instructions|architecture)$", "likely", "other vector instructions add and round in another order"),
    _rule(r"variables\.(ATEN_CPU_CAPABILITY|(ONE)?DNNL?_MAX_CPU_ISA|MKL_(ENABLE_INSTRUCTIONS|CBWR|DEBUG_CPU_TYPE))$",
          "likely", "it caps which vector instructions are used"),
    _rule(r"torch\.(version|git)$", "likely", "another torch may compute in another order"),
    _rule(r"distributions\.torch$", "likely", "another torch may compute in another order"),
    _rule(r"torch\.(cuda|hip|cudnn)$", "likely", "another library computes on the accelerator"),
    _rule(r"torch\.(parallel\.|build\.|debug)", "likely", "torch was built otherwise, or with other libraries"),
    _rule(r"accelerators\.\d+\.(name|kind)$|accelerators$", "likely", "another accelerator has other kernels"),
    _rule(r"cpu\.(model|vendor|vectors)$", "likely", "MKL and oneDNN choose their kernels by the processor"),
    _rule(r"switches\.default_dtype$", "likely", "tensors are made in another precision"),
    _rule(r"switches\.float32_precision\.", "likely", "products of float32 are computed in another precision"),
    _rule(r"switches\.(deterministic|cudnn|mkldnn|nnpack)", "likely", "another kernel may be chosen"),
    _rule(r"switches\.", "likely", "torch computes otherwise, or in another precision"),
    _rule(r"variables\.(OMP|MKL|OPENBLAS|GOTO|BLIS|NUMEXPR)_\w*THREADS?\w*$", "likely", "it sets a number of threads"),
    _rule(r"variables\.(PYTHONPATH|LD_LIBRARY_PATH|LD_PRELOAD|CUDA_VISIBLE_DEVICES|HIP_VISIBLE_DEVICES|CUDA_DEVICE_ORDER)$",
          "possible", "it decides what is loaded or used, and the differing part may not matter"),
    _rule(r"variables\.PYTHONHASHSEED$|python\.hash_randomization$", "possible",
          "the order of a set of texts follows it"),
    _rule(r"variables\.", "likely", "it is read by a library that computes"),
    _rule(r"accelerators\.\d+\.driver$", "possible", "the driver compiles some kernels"),
    _rule(r"distributions\.(nvidia-|triton|cuda-)", "likely", "it computes on the accelerator"),
    _rule(r"threads\.", "possible", "operations that run beside each other, seldom sums"),
    _rule(r"cpu\.caches", "possible", "oneDNN and MKL cut matrices to fit them"),
    _rule(r"numpy|distributions\.numpy$", "possible", "NumPy may prepare the data"),
    _rule(r"script\.fingerprint$", "possible", "the script has another text"),
    _rule(r"command\.argv", "possible", "the script was given other arguments"),
    _rule(r"revision$|git\.", "possible", "the repository is at another commit, or has other changes"),
    _rule(r"data\.", "possible", "the data set is described otherwise"),
    _rule(r"retorch$|distributions\.retorch$", "possible", "another retorch may draw or order otherwise"),
    _rule(r"system\.(libc|name)$", "possible", "exp, log and the like come from it"),
    _rule(r"python\.(implementation|optimize)$", "possible", "Python runs the code otherwise"),
    _rule(r"python\.", "unlikely", "Python's own floats are computed alike"),
    _rule(r"cpu\.cores", "unlikely", "the number of threads counts, not that of cores"),
    _rule(r"system\.", "unlikely", "the system computes nothing"),
    _rule(r"distributions\.", "unlikely", "nothing of the user's imports it"),
)  # fmt: skip
_UNKNOWN = _rule("", "possible", "")


def unlike(a: Mapping[str, Any], b: Mapping[str, Any], used: frozenset[str] = frozenset()) -> tuple[Unlike, ...]:
    """Say in which facts two environments differ, those first that are likeliest to change bits.

    A fact that one of the two does not have because an older retorch recorded it is no difference.

    Args:
        a: an environment as `retorch.runs.read_environment` gives it.
        b: the other.
        used: the top names of the modules that the user's sources import, such as "sklearn": the distributions that
            they come from rank above those that nothing imports.

    >>> unlike({"threads": {"intra": 1}}, {"threads": {"intra": 2}})[0].name
    'threads.intra'
    """
    imported = _distributions_of(used, a, b)
    accelerated = bool(a.get("accelerators") or b.get("accelerators"))
    first, second = dict(_flat(a)), dict(_flat(b))
    found = [
        _judged(name, first.get(name), second.get(name), imported, accelerated=accelerated)
        for name in first | second
        if first.get(name) != second.get(name) and _counts(name, first, second)
    ]
    found = _without_repeats(found)
    return tuple(fact for _, _, fact in sorted(found, key=lambda one: (_ORDER[one[2].likelihood], one[1], one[0])))


def _counts(name: str, first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    if _LEFT_OUT.match(name):
        return False
    return (name in first and name in second) or _missing_counts(name, first, second)


def _missing_counts(name: str, first: Mapping[str, str], second: Mapping[str, str]) -> bool:
    group = name.partition(".")[0]
    # A run without any distribution, or any data, did not look for them.
    known = group in ("variables", "accelerators") or all(
        any(other.startswith(f"{group}.") for other in facts) for facts in (first, second)
    )
    return known and name.startswith(_COUNTED_WHERE_MISSING)


def _judged(
    name: str, a: str | None, b: str | None, imported: frozenset[str], *, accelerated: bool
) -> tuple[str, int, Unlike]:
    rank, rule = next(((place, rule) for place, rule in enumerate(_RULES) if rule.name.match(name)), (99, _UNKNOWN))
    likelihood, why = rule.likelihood, rule.why
    if name.startswith("distributions.") and rule is _RULES[-1]:
        likelihood, why = _of_distribution(name.partition(".")[2], imported)
    elif name in ("numpy", "distributions.numpy") and "numpy" in imported:
        likelihood, why = "likely", "the user's sources import it"
    elif not accelerated and _ON_ACCELERATORS.match(name):
        likelihood, why = "unlikely", "neither run had an accelerator"
    return name, rank, Unlike(name, a, b, likelihood, why)


def _of_distribution(name: str, imported: frozenset[str]) -> tuple[Likelihood, str]:
    if name in imported:
        return "likely", "the user's sources import it"
    if _NUMERIC.fullmatch(name):
        return "possible", "it computes, and something may import it"
    return _RULES[-1].likelihood, _RULES[-1].why


def _distributions_of(used: frozenset[str], *environments: Mapping[str, Any]) -> frozenset[str]:
    """Return the distributions behind modules: as recorded, else those of the same name."""
    recorded: dict[str, str] = {}
    for environment in environments:
        recorded |= environment.get("imports") or {}
    names = used | recorded.keys()
    return frozenset(recorded.get(name, re.sub(r"[-_.]+", "-", name).lower()) for name in names)


def _without_repeats(found: list[tuple[str, int, Unlike]]) -> list[tuple[str, int, Unlike]]:
    """Torch, NumPy and retorch say their versions themselves, more exactly than their distributions."""
    names = {name for name, _, _ in found}
    repeats = {
        "distributions.torch": "torch.version",
        "distributions.numpy": "numpy",
        "distributions.retorch": "retorch",
    }
    repeats["torch.git"] = "torch.version"
    return [one for one in found if repeats.get(one[0]) not in names]


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Walk over all facts with dotted names, as text; a fact that is None is none."""
    for name, value in values.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, f"{path}.")
        elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
            yield from _flat({str(number): item for number, item in enumerate(value)}, f"{path}.")
        elif isinstance(value, list):
            yield path, " ".join(map(str, value))
        elif value is not None:
            yield path, str(value)
