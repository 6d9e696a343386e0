"""Why torch refuses: round any code, its errors gain a note with the tensor, the line and what to do.

Start at `explaining`, which watches; each file of `errors` is a page of knowledge about one family of messages.
"""

from retorch.explanations._explaining import explaining

__all__ = ["explaining"]
