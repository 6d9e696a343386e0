"""What is known about one tensor: `read_facts`; and walking the nested batches that hold tensors."""

from retorch.tensors._autograd import AutogradFacts
from retorch.tensors._facts import Piece, StorageFacts, TensorFacts, ViewFacts
from retorch.tensors._kinds import Kind, kind_of
from retorch.tensors._nested import count_samples, map_tensors, to_device
from retorch.tensors._order import Contiguity
from retorch.tensors._reading import read_facts
from retorch.tensors._saved import Saved, operation_name, saved_values, walk_graph
from retorch.tensors._writing import InPlace

__all__ = [
    "AutogradFacts",
    "Contiguity",
    "InPlace",
    "Kind",
    "Piece",
    "Saved",
    "StorageFacts",
    "TensorFacts",
    "ViewFacts",
    "count_samples",
    "kind_of",
    "map_tensors",
    "operation_name",
    "read_facts",
    "saved_values",
    "to_device",
    "walk_graph",
]
