"""`retorch inspect`: what a tensor is in memory, on one screen."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from retorch.cli._exits import ExitCode, say


def inspect(
    expressions: Annotated[
        list[str],
        typer.Argument(
            metavar="EXPRESSION",
            help="Python that gives a tensor, an array, a module or a batch; torch, np, nn, F and retorch are there. "
            "NAME = EXPRESSION gives it a name that later ones can use.",
        ),
    ],
    *,
    view: Annotated[
        list[str] | None, typer.Option(metavar="SIZES", help="Would .view work? Sizes such as 12 or 2,-1.")
    ] = None,
    ask: Annotated[
        list[str] | None,
        typer.Option(
            metavar="QUESTION", help="Share or copy? A method or an index, such as 'permute(1, 0)' or '[::2, 0]'."
        ),
    ] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw it; several expressions on one strip of memory.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write all of it as one page.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the facts and answers as JSON.")] = False,
) -> ExitCode:
    """Say what a tensor is in memory.

    Layout, contiguity, what it shares, what writing in place would do, whether .view would work. Several expressions
    show who shares memory with whom. An expression that fails is explained.

    \b
    Examples:
      retorch inspect 'torch.arange(12).view(3, 4).t()' --view 12
      retorch inspect 'x = torch.zeros(4, 4)' 'x[0]' 'x[:, ::2]' --svg sharing.svg
      retorch inspect 'torch.zeros(2, 3)' --ask '[::2]' --ask 'expand(5, 2, 3)'
    """  # noqa: D301 - click looks for the character itself
    from retorch.cli import _looking  # noqa: PLC0415 - torch, which no --help needs

    questions = [f"view({sizes.strip('()[] ')})" for sizes in view or ()] + list(ask or ())
    try:
        return _looking.look(expressions, questions, svg=svg, html=html, as_json=json)
    except KeyboardInterrupt:
        say("retorch: interrupted")
        raise typer.Exit(130) from None
