"""Tracing leaves the traced code as it is: its bits, its errors, its modes, its compiled parts; and survives all kinds."""

import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.overrides import TorchFunctionMode
from torch.testing._internal.two_tensor import TwoTensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.checkpoint import checkpoint

from retorch import tracing_memory
from retorch.errors import RetorchNotice
from retorch.tracing import _watch
from retorch.tracing._frames import frame_of_user


class Seen(TorchDispatchMode):
    """Another mode of the user's."""

    def __init__(self):
        super().__init__()
        self.operators = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.operators.append((str(func), [kind.__name__ for kind in types]))
        return func(*args, **(kwargs or {}))


class SeenFunctions(TorchFunctionMode):
    def __init__(self):
        super().__init__()
        self.functions = []

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.functions.append(func)
        return func(*args, **(kwargs or {}))


def training():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout(0.2), nn.ReLU(), nn.Linear(16, 4))
    encoder = nn.TransformerEncoderLayer(4, 2, 8, batch_first=True)
    optimizer = torch.optim.AdamW([*model.parameters(), *encoder.parameters()])
    x, y = torch.randn(32, 8), torch.randint(0, 4, (32,))
    for _ in range(5):
        optimizer.zero_grad()
        rows = model(x[torch.randperm(32)])
        nn.functional.cross_entropy(encoder(rows.view(8, 4, 4)).reshape(32, 4), y).backward()
        optimizer.step()
    encoder.eval()
    with torch.inference_mode():
        last = encoder(model(x).view(8, 4, 4))
    return [*model.state_dict().values(), *encoder.state_dict().values(), last]


def test_a_training_gives_the_same_bits():
    plain = training()
    with tracing_memory() as trace:
        traced = training()
    assert trace.copies
    assert trace.writes
    assert not trace.notes
    assert all(torch.equal(one, other) for one, other in zip(plain, traced, strict=True))


def test_an_error_comes_out_as_it_is_and_ends_the_tracing():
    with tracing_memory() as trace, pytest.raises(RuntimeError, match="view size is not compatible"):
        torch.ones(2, 3).t().view(6)
    with pytest.raises(KeyError), tracing_memory() as trace:
        torch.ones(2).clone()
        raise KeyError
    assert len(trace.copies) == 1
    assert trace.sharing is not None or trace.copies
    torch.ones(2).clone()
    assert trace.copies[0].count == 1
    assert torch._C._len_torch_dispatch_stack() == 0


def test_nested_traces_both_list_everything():
    x = torch.ones(2, 3)
    with tracing_memory() as outer:
        x.t().reshape(6)
        with tracing_memory() as inner:
            x.t().reshape(6)
    assert [copy.operation for copy in inner.copies] == ["reshape"]
    assert [copy.expression for copy in outer.copies] == ["x.t().reshape(6)"] * 2
    assert outer.total_bytes == 2 * inner.total_bytes == 48


@pytest.mark.parametrize("order", [0, 1])
def test_other_modes_see_what_they_saw_before(order):
    x, wrapped = torch.ones(2, 3), TwoTensor(torch.ones(2, 3), torch.ones(2, 3))

    def program():
        torch.nn.functional.linear(x, x.t().contiguous().t())
        wrapped.t().reshape(6)
        x.add_(1)
        np.asarray(x)
        x[[0, 1]] = 2.0
        weight = torch.ones(2, requires_grad=True)
        for _ in range(2):
            torch.autograd.backward(weight.sum())

    with (alone := Seen()), (alone_functions := SeenFunctions()):
        program()
    seen, functions = Seen(), SeenFunctions()
    with tracing_memory() if order else seen, seen if order else tracing_memory(), functions:
        program()
    assert seen.operators == alone.operators
    assert functions.functions == alone_functions.functions


def test_a_subclass_among_the_variables_is_not_asked_through_its_own_functions():
    asked = []

    class Telling(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            asked.append(func)
            return super().__torch_function__(func, types, args, kwargs or {})

    x = torch.ones(2)
    telling = x.as_subclass(Telling)
    asked.clear()
    with tracing_memory() as trace:
        x.add_(1)
        assert asked == []
    assert [alias.name for alias in trace.writes[0].aliases] == ["x", "telling"]
    assert telling.sum() == 4


def test_the_inside_of_a_subclass_is_seen():
    x = TwoTensor(torch.ones(2, 3), torch.ones(2, 3))
    with tracing_memory() as trace:
        y = x.t().reshape(6)
    assert type(y) is TwoTensor
    assert [(copy.operation, copy.bytes, copy.count) for copy in trace.copies] == [("reshape", 48, 2)]


def test_composite_operations_on_inference_tensors_are_taken_apart():
    with torch.inference_mode():
        x = torch.arange(6.0).view(2, 3)
        plain = (x.t().reshape(6), torch.ones(5, 1, 3, 4).expand(5, 2, 3, 4) @ torch.ones(5, 2, 4, 3))
        with tracing_memory() as trace:
            traced = (x.t().reshape(6), torch.ones(5, 1, 3, 4).expand(5, 2, 3, 4) @ torch.ones(5, 2, 4, 3))
            x.to(torch.float64)
            x.contiguous()
    assert [torch.equal(*pair) for pair in zip(plain, traced, strict=True)] == [True, True]
    assert {(copy.operation, copy.bytes) for copy in trace.copies} == {("@", 480), ("to", 48), ("reshape", 24)}


@pytest.mark.filterwarnings(
    "ignore:Sparse CSR tensor support",
    "ignore:Sparse invariant checks",
    "ignore:The PyTorch API of nested",
    "ignore:torch.quantize_per_tensor",
    "ignore:Lazy modules",
)
def test_kinds_without_plain_memory_go_through():
    with tracing_memory() as trace:
        torch.eye(3).to_sparse_csr().clone()
        torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]).clone()
        torch.quantize_per_tensor(torch.ones(4), 0.1, 0, torch.qint8).clone()
        torch.empty(0, 3).t().contiguous()
        torch.ones(()).clone().add_(1)
        torch.func.vmap(lambda t: t.t().reshape(6).clone().mul_(2))(torch.ones(4, 2, 3))
        torch.func.grad(lambda t: (t.t().reshape(6) ** 2).sum())(torch.ones(2, 3))
        torch.ones(2, 3, dtype=torch.complex64).conj().imag.neg().clone()
        torch.nn.LazyLinear(2)(torch.ones(1, 3))
    assert not trace.notes
    assert ("clone", 4) in {(copy.operation, copy.bytes) for copy in trace.copies}


def test_fake_tensors_are_told_as_what_they_stand_for():
    with FakeTensorMode(), tracing_memory() as trace:
        torch.ones(2, 3).t().reshape(6)
    assert [(copy.operation, copy.bytes) for copy in trace.copies] == [("reshape", 24)]


def test_variables_that_raise_when_looked_at_are_passed_over():
    class Hostile:
        def __getattr__(self, name):
            raise ValueError(name)

        @property
        def __class__(self):
            raise ValueError

        def __repr__(self):
            raise ValueError

    hostile, x = Hostile(), torch.ones(2)
    with tracing_memory() as trace:
        x.add_(1)
    assert [alias.name for alias in trace.writes[0].aliases] == ["x"]
    assert not trace.notes
    del hostile


def test_local_variables_are_let_go():
    """Reading a frame's variables must not keep them, nor take from a dictionary that the user made of them."""
    x = torch.ones(2)
    mine = locals()
    with tracing_memory():
        x.add_(1)
    assert mine["x"] is x


class Backend:
    """Compiles nothing, and counts its graphs and how often they run."""

    def __init__(self):
        self.graphs = self.runs = 0

    def __call__(self, graph, _):
        self.graphs += 1

        def run(*args):
            self.runs += 1
            return graph.forward(*args)

        return run


@pytest.fixture
def backend():
    yield Backend()
    torch._dynamo.reset()


def test_compiled_code_stays_compiled_and_is_named(backend):
    compiled = torch.compile(lambda x: (x + 1).t().reshape(-1), backend=backend)
    x = torch.ones(2, 3)
    expected = compiled(x)
    with tracing_memory() as trace:
        assert torch.equal(compiled(x), expected)
    assert (backend.graphs, backend.runs) == (1, 2)
    assert [note for note in trace.notes if "torch.compile" in note]


def test_between_two_graphs_the_tracer_is_not_compiled(backend):
    def function(x):
        return (x + 1)[x > 0] * 2  # how many come out is not known before: the indexing runs between two graphs

    with tracing_memory() as trace:
        result = torch.compile(function, backend=backend)(torch.ones(2, 3))
    assert result.tolist() == [4.0] * 6
    assert (backend.graphs, backend.runs) == (2, 2)
    assert [copy.bytes for copy in trace.copies] == [24]


def test_code_that_the_compiler_is_kept_out_of_is_not_taken_for_compiled():
    layer, x = nn.Sequential(nn.Linear(3, 3), nn.Dropout(0.5)), torch.ones(2, 3)
    with tracing_memory() as trace:
        checkpoint(layer, x, use_reentrant=False).sum().backward()
    assert {write.operation for write in trace.writes} == {"dropout"}
    assert trace.notes == ()


def test_a_suspended_generator_takes_only_its_own_mode_away():
    def rows():
        with tracing_memory() as trace:
            yield trace
            torch.ones(1).clone()

    walk, seen = rows(), Seen()
    inner = next(walk)
    with seen:
        list(walk)
        torch.ones(3).clone()
    assert seen.operators[-1] == ("aten.clone.default", [])
    assert len(inner.copies) == 1
    assert torch._C._len_torch_dispatch_stack() == 0


def test_work_in_a_thread_of_torchs_own_belongs_to_the_line_that_waits():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        frame = frame_of_user(sys._current_frames()[thread.ident], threading.get_ident())
        assert frame.f_code.co_name == "test_work_in_a_thread_of_torchs_own_belongs_to_the_line_that_waits"
    finally:
        done.set()
        thread.join()


def test_other_threads_go_on_untraced():
    with tracing_memory() as trace:
        thread = threading.Thread(target=lambda: torch.ones(3).clone())
        thread.start()
        thread.join()
    assert trace.copies == ()


def test_a_failure_of_the_tracer_is_told_once_and_changes_nothing(monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("inside the tracer")

    monkeypatch.setattr(_watch, "describe", broken)
    with pytest.warns(RetorchNotice, match="inside the tracer.*your code ran on") as told, tracing_memory() as trace:  # noqa: PT031
        x = torch.ones(2, 3)
        assert x.t().reshape(6).clone().sum() == 6
        gone = weakref.ref(x)
        del x
    assert gone() is None
    assert len(told) == 1
    assert trace.copies == ()
    assert "inside the tracer" in trace.notes[0]


def test_a_failure_of_the_tracer_is_no_error_where_warnings_are(monkeypatch):
    monkeypatch.setattr(_watch, "describe", lambda *_: 1 / 0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with tracing_memory() as trace:
            torch.ones(2).clone()
    assert "ZeroDivisionError" in trace.notes[0]
