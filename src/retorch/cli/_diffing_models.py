"""What `retorch diff` does when it is asked about two models, or a model and saved outputs, instead of two runs.

`retorch diff` hands over here when `are_models(a, b)` is true or `--batch` was
given:

    if batch is not None or _diffing_models.are_models(a, b):
        return _diffing_models.diff_models(
            a, b, batch=batch, names=map, weights=weights, ulp=ulp, rtol=rtol, atol=atol, train=train,
            backward=backward, seed=seed, as_json=json,
        )
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb

import typer

from retorch.cli._answers import print_json
from retorch.cli._exits import ExitCode, code_of
from retorch.errors import RetorchError, UsageError

# Read before torch is imported: a suffix of `compare.models.SAVED`, or Python.
_MODELS = frozenset({".pt", ".pth", ".bin", ".safetensors", ".npz", ".npy", ".py"})


def are_models(a: str, b: str) -> bool:
    """Say whether both words name models (`file.py:name`, `module:name`) or files of saved outputs, and no run folder.

    Imports no torch.
    """
    return all(not Path(word).is_dir() and (":" in word or Path(word).suffix in _MODELS) for word in (a, b))


def diff_models(
    a: str,
    b: str,
    *,
    batch: str | None,
    names: Path | None = None,
    weights: str | None = None,
    ulp: int = 0,
    rtol: float = 0.0,
    atol: float = 0.0,
    train: bool = False,
    backward: bool = False,
    seed: int = 0,
    as_json: bool = False,
) -> ExitCode:
    """Compare two models on one batch, or a model and saved outputs, and tell.

    Args:
        a: `file.py:name` or `module:name`, a model or a callable that gives one; or a file of saved outputs.
        b: likewise.
        batch: a file of tensors, or `file.py:name`, a batch or a callable that gives one.
        names: a JSON or TOML file with names of A to names of B.
        weights: "a" or "b" to copy those of one model into the other, or a file to load into both.
        ulp: outputs at most so many units in the last place apart agree.
        rtol: with `atol`, outputs that torch.allclose calls close agree.
        atol: see `rtol`.
        train: run in train mode.
        backward: compare gradients too.
        seed: of the random streams when a model is built and when it is run.
        as_json: print JSON.

    Returns:
        CLEAN where they agree, FOUND where they differ.

    Raises:
        UsageError: a word names nothing, or the models cannot work on the batch.
    """
    from retorch.comparison import models  # noqa: PLC0415 - torch, which no --help needs

    for word in (a, b):
        if Path(word).is_dir():
            raise UsageError(f"{word} is a folder; --batch is for two models, such as ours.py:build, and not for runs")
    with _code_of_users():
        found = models.compare_named(
            a, b, batch, names=names, weights=weights, ulp=ulp, rtol=rtol, atol=atol, train=train, backward=backward,
            seed=seed,
        )  # fmt: skip
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo(str(found))
    return ExitCode.CLEAN if found.agree else ExitCode.FOUND


@contextmanager
def _code_of_users() -> Iterator[None]:
    """Let an exception of the user's code be shown from their first line on, whichever file that is in."""
    try:
        yield
    except RetorchError:
        raise
    except Exception as error:
        from retorch.lines import user_frame  # noqa: PLC0415 - torch, which is there by now

        frames = (frame for frame, _ in walk_tb(error.__traceback__))
        author = next((frame.f_code.co_filename for frame in frames if user_frame(frame) is frame), "")
        with code_of(Path(author)):
            raise
