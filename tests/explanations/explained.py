"""Running code inside `explaining()` and taking the note of its error."""

from __future__ import annotations

import torch

from retorch.explanations._explaining import explaining


def error_of(function, *args):
    """Run inside `explaining()`; return the error."""
    try:
        with explaining():
            function(*args)
    except Exception as error:  # noqa: BLE001 - whatever it raises is what is wanted
        return error
    raise AssertionError(f"{function.__name__} raised nothing")


def bare_error_of(function, *args):
    """Run without; return the error, with the generator of torch at the same place."""
    torch.manual_seed(0)
    try:
        function(*args)
    except Exception as error:  # noqa: BLE001 - the same
        return error
    raise AssertionError(f"{function.__name__} raised nothing")


def note_of(function, *args):
    """Return the one note of the error that a function raises inside `explaining()`; "" without."""
    torch.manual_seed(0)
    notes = getattr(error_of(function, *args), "__notes__", [])
    assert len(notes) <= 1
    return notes[0] if notes else ""
