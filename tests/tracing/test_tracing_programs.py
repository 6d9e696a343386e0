"""Small programs, each with all that it copies and writes: operation, bytes, and the text of its line."""

import copy
import linecache

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from retorch import tracing_memory

ARRAY = np.arange(6.0).reshape(2, 3)
SINGLES = ARRAY.astype(np.float32)


def rows():
    return torch.arange(6.0).view(2, 3)


def found(entries):
    """Say each entry as (operation, bytes, times), and check that its line is the one that the expression stands on."""
    for entry in entries:
        assert entry.expression.split("(")[0].split("[")[0] in linecache.getline(entry.file, entry.line)
    return sorted((entry.operation, entry.bytes, entry.count) for entry in entries)


def traced(program):
    with tracing_memory() as trace:
        program()
    assert trace.moves == ()
    return found(trace.copies), found(trace.writes)


def in_half_precision():
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return X @ X.t()


NOTHING = []
X = rows()
COMPLEX = torch.ones(2, 3, dtype=torch.complex64)
MASK = X > 3
INDEX = torch.tensor([0, 1])
WEIGHT = torch.ones(2, 3, requires_grad=True)

COPIES = {
    "a reshape that has to": (lambda: X.t().reshape(6), [("reshape", 24, 1)]),
    "a reshape that can share": (lambda: X.reshape(6), NOTHING),
    "a reshape of a slice that can share": (lambda: X[:, 1:].reshape(2, 2, 1), NOTHING),
    "flatten of a transposed tensor": (lambda: X.t().flatten(), [("flatten", 24, 1)]),
    "contiguous with something to do": (lambda: X.t().contiguous(), [("contiguous", 24, 1)]),
    "contiguous with nothing to do": (lambda: X.contiguous(), NOTHING),
    "clone": (lambda: X.clone(), [("clone", 24, 1)]),
    "to another dtype": (lambda: X.to(torch.float64), [("to", 48, 1)]),
    "to the same dtype": (lambda: X.to(torch.float32), NOTHING),
    "to the same dtype, a copy asked for": (lambda: X.to(torch.float32, copy=True), [("to", 24, 1)]),
    "double": (lambda: X.double(), [("double", 48, 1)]),
    "views": (lambda: (X.t(), X[0], X[:, ::2], X.expand(4, 2, 3), X.unsqueeze(0), X.view(3, 2), X.split(1)), NOTHING),
    "what is computed": (lambda: (X + 1, X @ X.t(), X.sum(), X.sort(), torch.where(MASK, X, X), X.relu()), NOTHING),
    "what is made from nothing": (lambda: (torch.zeros(3), torch.arange(3), torch.full((2,), 1.0)), NOTHING),
    "a list of numbers as index": (lambda: X[[1]], [("indexing", 8, 1), ("indexing", 12, 1)]),
    "a tensor as index": (lambda: X[INDEX], [("indexing", 24, 1)]),
    "a mask as index": (lambda: X[MASK], [("indexing", 8, 1)]),
    "a number as index": (lambda: X[1], NOTHING),
    "index_select": (lambda: X.index_select(0, INDEX), [("index_select", 24, 1)]),
    "gather": (lambda: X.gather(1, INDEX[:, None]), [("gather", 8, 1)]),
    "masked_select": (lambda: X.masked_select(MASK), [("masked_select", 8, 1)]),
    "embedding": (lambda: functional.embedding(INDEX, X), [("embedding", 24, 1)]),
    "cat": (lambda: torch.cat([X, X]), [("cat", 48, 1)]),
    "stack": (lambda: torch.stack([X, X, X]), [("stack", 72, 1)]),
    "repeat": (lambda: X.repeat(2, 2), [("repeat", 96, 1)]),
    "flip": (lambda: X.flip(0), [("flip", 24, 1)]),
    "roll": (lambda: torch.roll(X, 1), [("roll", 24, 1)]),
    "pad": (lambda: functional.pad(X, (1, 1)), [("pad", 40, 1)]),
    "a conjugate written out": (lambda: COMPLEX.conj().resolve_conj(), [("resolve_conj", 48, 1)]),
    "a hidden copy in matmul": (
        lambda: torch.ones(5, 1, 3, 4).expand(5, 2, 3, 4) @ torch.ones(5, 2, 4, 3), [("@", 480, 1)]
    ),
    "torch.tensor of an array": (lambda: torch.tensor(ARRAY), [("tensor", 48, 1)]),
    "torch.tensor of an array in another dtype": (
        lambda: torch.tensor(ARRAY, dtype=torch.float32), [("tensor", 24, 1)]
    ),
    "torch.tensor of a list": (lambda: torch.tensor([1.0, 2.0]), [("tensor", 8, 1)]),
    "torch.tensor of a number": (lambda: torch.tensor(1.0), NOTHING),
    "torch.as_tensor of an array": (lambda: torch.as_tensor(ARRAY), NOTHING),
    "torch.as_tensor of a list": (lambda: torch.as_tensor([1, 2]), [("as_tensor", 16, 1)]),
    "torch.Tensor of float64": (lambda: torch.Tensor(ARRAY), [("Tensor", 24, 1)]),
    "torch.Tensor of float32": (lambda: torch.Tensor(SINGLES), NOTHING),
    "from_numpy": (lambda: torch.from_numpy(ARRAY), NOTHING),
    "numpy": (lambda: (X.numpy(), np.asarray(X), WEIGHT.detach().numpy(), WEIGHT.numpy(force=True)), NOTHING),
    "DLPack": (lambda: (torch.from_dlpack(ARRAY), np.from_dlpack(X)), NOTHING),
    "np.array": (lambda: np.array(X), [("array", 24, 1)]),
    "np.array that may share": (lambda: np.array(X, copy=None), NOTHING),
    "np.copy": (lambda: np.copy(X), [("array", 24, 1)]),
    "np.asarray in another dtype": (lambda: np.asarray(X, dtype=np.float64), [("asarray", 48, 1)]),
    "numbers": (lambda: (X[0, 0].item(), X.tolist(), bool(X[0, 0] > 1), float(X[0, 1])), NOTHING),
    "deepcopy": (lambda: copy.deepcopy(X), [("deepcopy", 24, 1)]),
    "a copied object": (lambda: copy.copy(X), NOTHING),
    "sparse": (lambda: X.to_sparse().to_dense(), [("to_dense", 24, 1), ("to_sparse", 5 * 4 + 2 * 5 * 8, 1)]),
    "the backward of a transposed product": (
        lambda: torch.autograd.grad(WEIGHT.t().reshape(6).sum(), WEIGHT), [("reshape", 24, 1)]
    ),
    "meta": (lambda: torch.ones(2, 3, device="meta").t().reshape(6), NOTHING),
    "autocast": (lambda: in_half_precision(), [("@", 12, 1), ("@", 12, 1)]),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # torch's own, of np.array(tensor)
@pytest.mark.parametrize("name", COPIES)
def test_a_copy_is_listed_exactly_where_there_is_one(name):
    program, expected = COPIES[name]
    copies, _ = traced(program)
    assert copies == expected


def ones():
    return torch.ones(2, 3)


def set_numbers():
    x = ones()
    x[0, 0] = 5


def set_row():
    x = ones()
    x[0] = X[1]


def set_by_index():
    x = ones()
    x[INDEX] = 5.0


def set_by_mask():
    x = ones()
    x[MASK] = 5.0


def add_to_itself():
    x = ones()
    x += 1


def out():
    torch.add(X, X, out=ones())


def foreach():
    torch._foreach_add_([ones(), ones()], 1.0)


def batch_norm(*, training):
    layer = nn.BatchNorm1d(3).train(training)
    with tracing_memory() as trace:
        layer(X)
    return found(trace.writes)


def padded_sequence():
    nn.utils.rnn.pad_sequence([X[0], X[1][:2]])


WRITES = {
    "add_": (lambda: ones().add_(1), [("add_", 24, 1)]),
    "a row in place": (lambda: ones()[0].mul_(2), [("mul_", 12, 1)]),
    "zero_ of a transposed column": (lambda: ones().t()[1].zero_(), [("zero_", 8, 1)]),
    "x += 1": (add_to_itself, [("+=", 24, 1)]),
    "x[0, 0] = 5": (set_numbers, [("index assignment", 4, 1)]),
    "x[0] = y": (set_row, [("index assignment", 12, 1)]),
    "x[[0, 1]] = 5": (set_by_index, [("index assignment", 24, 1)]),
    "x[mask] = 5, which is a bound": (set_by_mask, [("index assignment", 24, 1)]),
    "copy_": (lambda: ones().copy_(X), [("copy_", 24, 1)]),
    "scatter_": (lambda: ones().scatter_(1, INDEX[:, None], 5.0), [("scatter_", 8, 1)]),
    "index_add_": (lambda: ones().index_add_(0, INDEX[:1], X[:1]), [("index_add_", 12, 1)]),
    "index_fill_": (lambda: ones().index_fill_(1, INDEX[:1], 5.0), [("index_fill_", 8, 1)]),
    "random numbers": (lambda: ones().normal_(), [("normal_", 24, 1)]),
    "through a detached alias": (lambda: ones().detach().add_(1), [("add_", 24, 1)]),
    "through data": (lambda: torch.ones(2, requires_grad=True).data.add_(1), [("add_", 8, 1)]),
    "out=": (out, [("add", 24, 1)]),
    "several tensors at once": (foreach, [("_foreach_add_", 48, 1)]),
    "shape and strides only": (lambda: (ones().t_(), ones().unsqueeze_(0), ones().resize_(1), ones().set_(X)), NOTHING),
    "data =": (lambda: setattr(ones(), "data", X), NOTHING),
    "requires_grad_": (lambda: ones().requires_grad_(), NOTHING),
    "pad_sequence": (padded_sequence, [("pad_sequence", 8, 1), ("pad_sequence", 12, 1)]),
    "a storage": (lambda: ones().untyped_storage().fill_(0), [("fill_", 24, 1)]),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITES)
def test_a_write_is_listed_exactly_where_there_is_one(name):
    program, expected = WRITES[name]
    _, writes = traced(program)
    assert writes == expected


def test_a_batch_norm_writes_its_statistics_in_training_only():
    """torch's schema of the operator does not say that it does."""
    assert batch_norm(training=True) == [("add_", 8, 1), ("batch_norm", 24, 1)]
    assert batch_norm(training=False) == NOTHING
