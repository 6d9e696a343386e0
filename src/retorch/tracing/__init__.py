"""What operations do to memory while code runs: copies, writes in place, moves between devices, by line.

Start at `tracing_memory`; `_watch` sees each operation and `_movements` judges what it did.
"""

from retorch.tracing._entries import Copy, Line, Move, Write
from retorch.tracing._trace import Trace
from retorch.tracing._tracing import tracing_memory

__all__ = ["Copy", "Line", "Move", "Trace", "Write", "tracing_memory"]
