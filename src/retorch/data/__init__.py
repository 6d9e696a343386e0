"""Loaders whose position is a number: any batch of any epoch can be reached without reading the ones before it.

A batch is a pure function of (seed, epoch, section, batch number). `Loader` is what users build; `adopt` turns it,
torch's DataLoader, or any iterable of batches into a `Source`, the one seam that a training loop needs.
Start at `_source` for the seam, at `_ordered` for the usual case, at `_sampled` and `_iterated` for what is replayed.
"""

from retorch.data._adopt import adopt
from retorch.data._loader import Loader
from retorch.data._source import JSON, Pass, PastPass, Source

__all__ = ["JSON", "Loader", "Pass", "PastPass", "Source", "adopt"]
