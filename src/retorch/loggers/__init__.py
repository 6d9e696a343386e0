"""What one sees while a run goes on: a live bar on a terminal, one plain line per epoch elsewhere.

A logger is an observer: it hears events and never touches what the run computes. Start at `progress`;
`_screen` is where it writes, `_drawing` what the bar and the lines look like, `_pace` how fast the run goes.
"""

from retorch.loggers._progress import progress

__all__ = ["progress"]
