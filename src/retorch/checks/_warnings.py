"""`warnings_at_their_lines`: a warning of torch names the line of the user's that caused it, as without the checker."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import retorch
from retorch.lines import user_site

_OURS = str(Path(retorch.__file__).parent) + os.sep


@contextmanager
def warnings_at_their_lines() -> Iterator[None]:
    """Show what is warned of inside of our wrappers at the line of the user's code that called.

    torch's own code in C++ names the innermost frame of Python, and under the checker that is one of ours.
    """
    show = warnings.showwarning

    def shown(  # noqa: PLR0917 - as `warnings` calls it
        message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: TextIO | None = None, line: str | None = None,
    ) -> None:  # fmt: skip
        if filename.startswith(_OURS):
            site = user_site()
            if site.line:
                filename, lineno, line = site.file, site.line, site.text
        show(message, category, filename, lineno, file, line)

    warnings.showwarning = shown
    try:
        yield
    finally:
        if warnings.showwarning is shown:
            warnings.showwarning = show
