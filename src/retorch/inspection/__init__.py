"""What a tensor is in memory, said and drawn: `inspect` for one, `sharing` for several.

The facts come from `tensors`, the drawings from `pictures`; this room puts them into words.
"""

from retorch.inspection._collection import Collection
from retorch.inspection._inspect import inspect
from retorch.inspection._inspection import Inspection
from retorch.inspection._sharing import SharingMap, sharing

__all__ = ["Collection", "Inspection", "SharingMap", "inspect", "sharing"]
