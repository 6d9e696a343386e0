"""`retorch diff`: the first place where two runs part, and why; or where two models do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from retorch.cli._exits import ExitCode
from retorch.errors import UsageError


def diff(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", help="A run folder; or a model: FILE.py:NAME, MODULE:NAME, a file of saved outputs."
        ),
    ],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one.")],
    *,
    replay: Annotated[
        bool | None,
        typer.Option(
            "--replay/--no-replay",
            help="Run the step again to find operation, line and cause, or only read the records. [replay if possible]",
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")] = False,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as one page that opens from disk.")
    ] = None,
    batch: Annotated[
        str | None, typer.Option(metavar="FILE", help="Of models: the inputs for both, or file.py:name.")
    ] = None,
    names: Annotated[
        Path | None, typer.Option("--map", metavar="FILE", help="Of models: which module of A is which of B.")
    ] = None,
    weights: Annotated[str | None, typer.Option(metavar="a|b|FILE", help="Of models: whose weights both get.")] = None,
    ulp: Annotated[
        int, typer.Option(metavar="N", min=0, help="Of models: outputs that are so near count as equal.")
    ] = 0,
    rtol: Annotated[
        float, typer.Option(metavar="X", min=0, help="Of models: outputs this near, relatively, count as equal.")
    ] = 0.0,
    atol: Annotated[
        float, typer.Option(metavar="X", min=0, help="Of models: outputs this near, absolutely, count as equal.")
    ] = 0.0,
    train: Annotated[bool, typer.Option("--train", help="Of models: in training mode.")] = False,
    backward: Annotated[bool, typer.Option("--backward", help="Of models: the gradients too.")] = False,
    seed: Annotated[int, typer.Option(metavar="N", help="Of models: the seed for dropout.")] = 0,
) -> ExitCode:
    """Find the first place where two runs part: step, phase, module, operation, line; and why.

    Exit code 0 when they agree, 1 when they differ. Two models are compared on one batch of inputs.

    \b
    Examples:
      retorch diff runs/a runs/b
      retorch diff runs/a runs/b --no-replay --json
      retorch diff runs/a runs/b --html difference.html
      retorch diff mine.py:Net theirs.py:Net --batch batch.pt
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _diffing_models  # noqa: PLC0415 - no --help needs it

    of_models = {
        "--map": names,
        "--weights": weights,
        "--ulp": ulp,
        "--rtol": rtol,
        "--atol": atol,
        "--train": train,
        "--backward": backward,
        "--seed": seed,
    }
    if batch is not None or _diffing_models.are_models(a, b):
        _refuse({"--replay": replay is not None, "--html": html}, "two runs, and these are models")
        return _diffing_models.diff_models(
            a,
            b,
            batch=batch,
            names=names,
            weights=weights,
            ulp=ulp,
            rtol=rtol,
            atol=atol,
            train=train,
            backward=backward,
            seed=seed,
            as_json=json,
        )
    _refuse(of_models, "two models, and these are runs; name models as FILE.py:NAME")
    from retorch.cli import _diffing_runs  # noqa: PLC0415 - pydantic and more, which no --help needs

    return _diffing_runs.diff_runs(Path(a), Path(b), replay=replay, as_data=json, html=html)


def _refuse(options: Mapping[str, object], meant: str) -> None:
    """An option that would change nothing is a misunderstanding."""
    for option, value in options.items():
        if value:
            raise UsageError(f"{option} is for {meant}")
