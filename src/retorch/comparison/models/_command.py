"""`compare_named`: the comparison of two models that are named by words, as the command line has them."""

from __future__ import annotations

from pathlib import Path

from retorch.comparison.models._comparing import Source, checked, compare_sides
from retorch.comparison.models._facts import ModelComparison
from retorch.comparison.models._loading import Homes, load_batch, load_side, load_weights, read_names
from retorch.comparison.models._matching import Names
from retorch.comparison.models._running import Manner
from retorch.errors import UsageError


def compare_named(
    a: str,
    b: str,
    batch: str | None,
    *,
    names: Path | None = None,
    weights: str | None = None,
    ulp: int = 0,
    rtol: float = 0.0,
    atol: float = 0.0,
    train: bool = False,
    backward: bool = False,
    seed: int = 0,
) -> ModelComparison:
    """Build what the words name, and compare it.

    Args:
        a: `file.py:name`, `module:name`, or a file of saved outputs.
        b: likewise.
        batch: a file of tensors or `file.py:name`; None only where both sides are saved outputs.
        names: a JSON or TOML file with names of A to names of B.
        weights: "a" or "b", or a file of saved weights for both; where its names fit one model only, the other takes
            them over from that one.
        ulp: see `compare_models`.
        rtol: see `compare_models`.
        atol: see `compare_models`.
        train: see `compare_models`.
        backward: see `compare_models`.
        seed: see `compare_models`; models and batches are built from it too.

    Raises:
        UsageError: a word names nothing, or the models cannot work on the batch.
        BaseException: what the user's code raises while it is imported or builds a model.
    """
    tolerance = checked(ulp, rtol, atol)
    named = Names() if names is None else read_names(names)
    homes = Homes()
    ours, theirs = load_side(a, homes, seed=seed), load_side(b, homes, seed=seed)
    if batch is None and (ours.model is not None or theirs.model is not None):
        raise UsageError("there is no batch: give the input of the models with --batch, a file or file.py:name")
    given = None if batch is None else load_batch(batch, homes, seed=seed)
    source: Source | None
    if weights in {"a", "b"}:
        source = "a" if weights == "a" else "b"
    else:
        source = None if weights is None else load_weights(Path(weights), ours, theirs, named)
    manner = Manner(train=train, backward=backward, seed=seed)
    return compare_sides(ours, theirs, given, manner, weights=source, names=named, tolerance=tolerance)
