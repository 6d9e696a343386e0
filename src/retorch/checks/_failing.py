"""What is said when the checker itself fails."""

from __future__ import annotations

import sys

from retorch.errors import RetorchNotice, notice


def tell_failure(what: str, error: BaseException) -> None:
    """Say once that a part of the checker failed and is switched off; this itself never raises."""
    message = (
        f"{what} failed itself ({type(error).__name__}: {error}) and is switched off; "
        "your code ran on, untouched. Please report it"
    )
    try:
        notice(message)
    except RetorchNotice:  # the user turns warnings into errors; this one is none of his code's
        sys.stderr.write(f"retorch: {message}\n")
