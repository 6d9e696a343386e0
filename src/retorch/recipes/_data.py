"""Real data that ships inside installed packages: found without importing them, split the same way each time."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import torch
from torch import Tensor

from retorch.errors import MissingExtra

_SPLIT_SEED = 20


def packaged_file(package: str, file: str) -> Path:
    """Return where a file of an installed package lies, without importing the package.

    Args:
        package: the name under which pip knows it, "scikit-learn".
        file: the path inside the folder that packages are installed in.

    Raises:
        MissingExtra: the package, or this file of it, is not there; the message says what to install.

    >>> packaged_file("scikit-learn", "sklearn/datasets/data/digits.csv.gz").name
    'digits.csv.gz'
    """
    try:
        path = Path(str(distribution(package).locate_file(file)))
    except PackageNotFoundError:
        raise MissingExtra(
            f"the data comes with {package}, which is not installed. Install it with: pip install 'retorch[recipes]'"
        ) from None
    if not path.is_file():
        raise MissingExtra(
            f"{package} is installed without {file}. Install it again with: "
            f"pip install --force-reinstall 'retorch[recipes]'"
        )
    return path


def split_by_class(labels: Tensor, held_out: float) -> tuple[Tensor, Tensor]:
    """Split samples into a training and a held-out part with the same share of each class in both.

    The split is the same for every training seed: otherwise two seeds would be judged on different samples.

    Args:
        labels: int64 [N].
        held_out: the share to hold out, between 0 and 1.

    Returns:
        The indices of the two parts, int64, in random order, disjoint, all N together.

    >>> train, held = split_by_class(torch.tensor([0, 1] * 10), held_out=0.2)
    >>> len(train), len(held)
    (16, 4)
    """
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(_SPLIT_SEED))
    is_held = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        members = order[labels[order] == label]
        is_held[members[: round(held_out * len(members))]] = True
    return order[~is_held[order]], order[is_held[order]]
