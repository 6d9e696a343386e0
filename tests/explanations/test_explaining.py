"""`explaining()` adds a note and changes nothing else: not the code inside, not its results, not its errors."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref

import pytest
import torch
from explained import error_of, note_of
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.errors import UsageError
from retorch.explanations import _explaining
from retorch.explanations._explaining import explaining


def fail():
    y = torch.arange(12.0).view(3, 4).t()
    y.view(2, 6)


def test_a_traceback_shows_the_note(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import torch\n"
        "from retorch import explaining\n"
        "def step(y):\n"
        "    return y.view(2, 6)\n"
        "with explaining():\n"
        "    step(torch.arange(12.0).view(3, 4).t())\n"
    )
    answer = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert answer.returncode == 1
    assert answer.stderr.endswith(
        "retorch: script.py:4: y.view(2, 6)\n"
        "  y: float32 [4, 3] on cpu, strides [1, 4], not contiguous\n"
        "No view can have this shape: dimensions 0 and 1 cannot be merged: stride 1 of dimension 0 is not 3 x stride 4 of "
        "dimension 1 (= 12).\n"
        "What to do: y.reshape(2, 6) copies 48 bytes and works.\n"
    )


def test_code_from_a_prompt_is_explained_without_its_source():
    with explaining(), pytest.raises(RuntimeError) as caught:
        exec(compile("x.view(5)", "<stdin>", "exec"), {"x": torch.zeros(4)})
    assert caught.value.__notes__[0].startswith("retorch: <stdin>:1")
    assert "  x: float32 [4]" in caught.value.__notes__[0]


def test_nested_blocks_give_one_note():
    def twice():
        with explaining(), explaining():
            fail()

    assert note_of(twice).startswith("retorch: ")


def test_an_error_that_passes_two_calls_gains_one_note():
    class Failing(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

        @staticmethod
        def backward(ctx, gradient):
            with explaining():
                return gradient.view(7)

    note = note_of(lambda: Failing.apply(torch.ones(3, requires_grad=True)).sum().backward())
    assert ": gradient.view(7)" in note


def test_an_error_in_a_hook_is_not_blamed_on_backward():
    y = torch.ones(3, requires_grad=True) * 2
    y.register_hook(lambda gradient: gradient.view(7))
    assert note_of(lambda: y.sum().backward()) == ""


def test_a_decorated_function_is_explained():
    @explaining()
    def step(y, *, size):
        """Reshape."""
        return y.view(size)

    assert step.__doc__ == "Reshape."
    assert step(torch.zeros(6), size=6).shape == (6,)
    with pytest.raises(RuntimeError) as caught:
        step(torch.zeros(6), size=7)
    assert "y: float32 [6]" in caught.value.__notes__[0]
    assert not _get_current_function_mode_stack()


def test_a_decorated_function_may_call_itself():
    @explaining()
    def down(depth):
        return down(depth - 1) if depth else torch.zeros(6).view(7)

    with pytest.raises(RuntimeError) as caught:
        down(3)
    assert len(caught.value.__notes__) == 1
    assert not _get_current_function_mode_stack()


def test_a_generator_is_not_decorated():
    def batches():
        yield 1

    with pytest.raises(UsageError, match=r"cannot wrap .*batches: a generator .* Put `with retorch.explaining"):
        explaining()(batches)

    async def step():
        pass

    with pytest.raises(UsageError, match="a generator or a coroutine"):
        explaining()(step)


def test_a_generator_that_is_left_early_takes_its_own_mode_off():
    def numbers():
        with explaining():
            yield 1
            yield 2

    class Other(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))

    generator = numbers()
    next(generator)
    with Other() as other:
        generator.close()
        assert _get_current_function_mode_stack() == [other]
    assert not _get_current_function_mode_stack()


def test_one_block_can_be_used_again():
    block = explaining()
    for _ in range(2):
        with pytest.raises(RuntimeError) as caught, block:
            fail()
        assert len(caught.value.__notes__) == 1


def test_a_caught_error_leaves_the_block_working():
    with explaining():
        try:
            fail()
        except RuntimeError as error:
            assert error.__notes__
        assert torch.zeros(6).view(2, 3).shape == (2, 3)


def test_an_interruption_is_left_alone():
    def stop():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught, explaining():
        stop()
    assert not hasattr(caught.value, "__notes__")


def test_a_failure_of_our_own_hides_nothing(monkeypatch):
    def broken(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(_explaining, "failing_call", broken)
    monkeypatch.setattr(_explaining, "call_in_traceback", broken)
    assert note_of(fail) == ""
    monkeypatch.setattr(_explaining.History, "before", broken)
    with explaining():
        assert torch.ones(2).add(1).tolist() == [2, 2]
    monkeypatch.undo()
    monkeypatch.setattr(_explaining.History, "after", broken)
    with explaining():
        assert torch.ones(2).add(1).tolist() == [2, 2]


def test_another_thread_is_not_watched():
    errors = []

    def work():
        try:
            fail()
        except RuntimeError as error:
            errors.append(error)

    with explaining():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert not hasattr(errors[0], "__notes__")


def test_an_error_in_a_worker_of_a_loader_is_explained():
    loader = torch.utils.data.DataLoader([torch.ones(3), torch.ones(5)], batch_size=2, num_workers=1,
                                         multiprocessing_context="fork")  # fmt: skip
    error = error_of(lambda: list(loader))
    assert "All tensors of a stack need the same shape." in str(error)


# The same bits.


def train(model, inputs, targets, steps=3):
    optimizer = torch.optim.Adam(model.parameters())
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), targets)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, [tensor.clone() for tensor in model.state_dict().values()]


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Dropout(0.1),
                         nn.Linear(4 * 36, 10))  # fmt: skip


def test_a_training_gives_the_same_bits():
    inputs, targets = torch.randn(8, 1, 8, 8), torch.randint(0, 10, (8,))
    bare = train(network(), inputs, targets)
    with explaining():
        watched = train(network(), inputs, targets)
    assert bare[0] == watched[0]
    assert all(torch.equal(one, other) for one, other in zip(bare[1], watched[1], strict=True))


def test_what_is_watched_keeps_its_versions_and_graph():
    with explaining():
        x = torch.ones(3, requires_grad=True)
        y = x.exp()
        y.mul(2)
        assert (x._version, y._version) == (0, 0)
        y.add_(1)
        assert y._version == 1
    assert type(y.grad_fn).__name__ == "AddBackward0"
    assert x.grad is None


# torch.compile, torch.func, modes and subclasses.


def test_compiled_code_stays_one_graph_and_is_compiled_once():
    from torch._dynamo.testing import CompileCounter

    counter = CompileCounter()
    torch._dynamo.reset()

    @torch.compile(backend=counter, fullgraph=True)
    def compiled(x):
        return (x * 2).relu().sum()

    x = torch.randn(4)
    for _ in range(3):
        with explaining():
            assert compiled(x) == (x * 2).relu().sum()
    assert (counter.frame_count, counter.op_count) == (1, 3)


def test_function_transforms_work_inside():
    w = torch.randn(3)

    def written(row):
        copy = row.clone()
        copy.add_(1)
        return (copy * w).sum()

    rows = torch.randn(2, 3)
    bare = torch.vmap(written)(rows), torch.func.grad(written)(w), torch.func.jacrev(torch.func.grad(written))(w)
    with explaining():
        watched = torch.vmap(written)(rows), torch.func.grad(written)(w), torch.func.jacrev(torch.func.grad(written))(w)
    assert all(torch.equal(one, other) for one, other in zip(bare, watched, strict=True))


def test_an_error_inside_vmap_tells_the_shape_that_the_function_sees():
    note = note_of(lambda: torch.vmap(lambda row: row.view(5))(torch.ones(2, 4)))
    assert "row: float32 [4]" in note
    assert "4 elements, and the shape asked for has 5" in note


class Recording(TorchFunctionMode):
    def __init__(self):
        self.seen = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


class RecordingDispatch(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.seen = []

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.seen.append(function)
        return function(*args, **(kwargs or {}))


def work():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    y.add_(1)
    y.detach()
    try:
        x.t().view(7)
    except RuntimeError as error:
        return error


@pytest.mark.parametrize("mode", [Recording, RecordingDispatch])
def test_other_modes_see_what_they_saw_before(mode):
    with mode() as bare:
        work()
    with mode() as outer, explaining():
        error = work()
    assert error.__notes__
    with explaining(), mode() as inner:
        work()
    assert [str(one) for one in bare.seen] == [str(one) for one in outer.seen] == [str(one) for one in inner.seen]


def test_a_default_device_can_be_set_inside():
    with explaining():
        torch.set_default_device("meta")
        assert torch.ones(2).is_meta
        torch.set_default_device(None)
        assert torch.ones(2).is_cpu


class Subclass(torch.Tensor):
    seen = ()

    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        cls.seen = (*cls.seen, str(function))
        return super().__torch_function__(function, types, args, kwargs or {})


def test_a_subclass_sees_what_it_saw_before():
    def subclass_work():
        Subclass.seen = ()
        y = torch.ones(3).as_subclass(Subclass) * 2
        y.add_(1)
        try:
            y.view(7)
        except RuntimeError as error:
            return Subclass.seen, error

    bare, _ = subclass_work()
    with explaining():
        watched, error = subclass_work()
    assert bare == watched
    assert "y: float32 [3] on cpu" in error.__notes__[0]


UNUSUAL = {
    "scalar": lambda: torch.ones(()),
    "empty": lambda: torch.ones(0, 3),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "sparse rows": lambda: torch.eye(3).to_sparse_csr(),
    "quantized": lambda: torch.quantize_per_tensor(torch.ones(3), 1.0, 0, torch.qint8),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "meta": lambda: torch.ones(3, device="meta"),
    "conjugate": lambda: torch.ones(3, dtype=torch.cfloat).conj(),
    "lazy": lambda: nn.LazyLinear(3).weight,
    "mkldnn": lambda: torch.ones(2, 2).to_mkldnn(),
}


@pytest.mark.filterwarnings("ignore:Sparse CSR", "ignore:torch.quantize", "ignore:Lazy modules", "ignore:.*nested")
@pytest.mark.parametrize("kind", UNUSUAL)
def test_an_unusual_tensor_is_told_plainly(kind):
    x = UNUSUAL[kind]()
    note = note_of(lambda: x.view(7, 7))
    assert "\n  x: " in note
    if kind in ("nested", "lazy"):
        assert "of a kind without shape and strides" in note


class Hostile:
    def __getattr__(self, name):
        raise RuntimeError("nobody may look")

    def __repr__(self):
        raise RuntimeError("nobody may print")

    def __eq__(self, other):
        raise RuntimeError("nobody may compare")

    __hash__ = None


def test_hostile_objects_among_the_variables_do_no_harm():
    def surrounded():
        before, y, after = Hostile(), torch.zeros(6), [Hostile()]
        y.view(7)
        return before, after

    assert "y: float32 [6]" in note_of(surrounded)


# Nothing is kept.


def test_no_tensor_outlives_its_names():
    gc.disable()
    try:
        with explaining():
            x = torch.ones(3, requires_grad=True)
            y = x.exp()
            y.add_(1)
            z = y.detach()
            gone = [weakref.ref(tensor) for tensor in (x, y, z)]
            del x, y, z
            assert [reference() for reference in gone] == [None, None, None]
    finally:
        gc.enable()


def test_an_explained_error_keeps_no_tensor_of_the_frame():
    gc.disable()
    try:
        with explaining():
            z = torch.zeros(6)
            try:
                z.view(7)
            except RuntimeError as error:
                assert error.__notes__
            gone = weakref.ref(z)
            del z
            assert gone() is None
    finally:
        gc.enable()


def test_the_history_of_a_long_loop_stays_small():
    with explaining() as block:
        history = block._watches[0]._history
        kept = torch.zeros(3)
        w = torch.ones(3, requires_grad=True)
        for step in range(5000):
            kept.add_(1)
            if step % 2:
                kept.mul_(2)
            torch.zeros(2).add_(1)
            w.detach()
            (w * 2).sum().backward()
        (log,) = [log for log in history.writes._logs.values() if not log.storage.expired() and len(log.writes) > 1]
        assert len(log.writes) <= 32
        assert len(history.writes) <= 1100
        assert len(history.cuts) == 0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(["add", "mul", "exp", "sigmoid", "detach", "add_", "mul_", "view", "backward"]), max_size=12
    )
)
def test_any_program_behaves_as_without(program):
    def run():
        torch.manual_seed(0)
        x = torch.randn(6, requires_grad=True)
        y = x * 1
        try:
            for step in program:
                y = PROGRAM[step](y)
        except RuntimeError as error:
            return str(error), y.detach().clone(), x.grad
        return "", y.detach().clone(), x.grad

    bare = run()
    with explaining():
        watched = run()
    assert bare[0] == watched[0]
    assert torch.equal(bare[1], watched[1])
    assert (bare[2] is None) == (watched[2] is None)
    assert bare[2] is None or torch.equal(bare[2], watched[2])


PROGRAM = {
    "add": lambda y: y + 1,
    "mul": lambda y: y * y,
    "exp": lambda y: y.exp(),
    "sigmoid": lambda y: y.sigmoid(),
    "detach": lambda y: y.detach(),
    "add_": lambda y: y.add_(1),
    "mul_": lambda y: y.mul_(2),
    "view": lambda y: y.view(2, 3).t().view(6),
    "backward": lambda y: (y.sum().backward(), y)[1],
}
