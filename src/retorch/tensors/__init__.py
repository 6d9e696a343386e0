"""Facts about tensors, and walking the nested batches that hold them."""

from retorch.tensors._nested import count_samples, map_tensors, to_device

__all__ = ["count_samples", "map_tensors", "to_device"]
