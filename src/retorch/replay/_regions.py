"""Compiled regions: what `torch.compile` made runs past every dispatch mode, so it is met where it is called."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any

Region = Callable[[Callable[[Any], Any], list[Any], FrameType], Any]


@contextmanager
def meeting_regions(region: Region) -> Iterator[None]:
    """Call `region(compiled, inputs, frame)` inside a `with` instead of each graph that the inductor compiled.

    Regions of other backends ("eager", "aot_eager") are made of ordinary operations.
    """
    if "torch._dynamo" not in sys.modules:  # `torch.compile` loads it
        yield
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of torch about itself
        graphs = import_module("torch._inductor.output_code").CompiledFxGraph
    original = graphs.__call__

    def call(self: Any, inputs: Any) -> Any:
        return region(lambda given: original(self, given), inputs, sys._getframe(1))  # noqa: SLF001

    graphs.__call__ = call
    try:
        yield
    finally:
        graphs.__call__ = original
