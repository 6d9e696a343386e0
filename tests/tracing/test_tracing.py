"""Tracing memory: names, places, reasons and totals are the true ones, and memory stays bounded."""

import gc
import json
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from retorch import tracing_memory
from retorch.errors import UsageError

IN_THIS_MODULE = torch.zeros(4)


def aliases(write):
    return [(alias.name, alias.type_name, alias.overlaps) for alias in write.aliases]


def test_an_entry_says_where_and_why():
    x = torch.arange(6.0).view(2, 3)
    with tracing_memory() as trace:
        x.t().reshape(6)
    (copy,) = trace.copies
    assert copy.file == __file__
    assert copy.place.endswith(f"test_tracing.py:{copy.line}")
    assert (copy.operation, copy.aten, copy.expression) == ("reshape", "aten.clone.default", "x.t().reshape(6)")
    assert (copy.shape, copy.dtype, copy.bytes, copy.count) == ((3, 2), "float32", 24, 1)
    assert copy.why == "not contiguous: dimension 1 has stride 3, row-major needs 1"


@pytest.mark.filterwarnings("ignore:__array__ implementation")  # torch's own, of np.array(tensor)
@pytest.mark.parametrize(
    ("program", "why"),
    [
        (lambda x: x.expand(2, 3).reshape(6), "not contiguous: dimension 0 has stride 0, row-major needs 3"),
        (lambda x: x.double(), "float32 becomes float64"),
        (lambda x: x.clone(), "clone makes a copy"),
        (lambda x: x[torch.tensor([0])], "an index of numbers or a mask copies; a slice would share"),
        (lambda x: x.flip(0), "torch has no negative strides, so a reversed order is copied"),
        (lambda x: torch.cat([x, x]), "what is joined lies in new memory"),
        (lambda x: torch.tensor([1.0, 2.0]), "numbers from a Python list are written into new memory"),
        (lambda x: torch.tensor(x.numpy()), "torch.tensor always copies; torch.as_tensor would share"),
        (lambda x: np.array(x), "np.array copies; np.asarray would share"),
        (lambda x: np.asarray(x, dtype=np.float64), "NumPy was asked for another dtype"),
    ],
)
def test_a_copy_has_a_reason(program, why):
    x = torch.ones(3)
    with tracing_memory() as trace:
        program(x)
    assert why in [copy.why for copy in trace.copies]


def test_a_write_names_who_sees_the_memory(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    base = torch.zeros(4)
    left, right, array, other = base[:2], base[2:], base.numpy(), torch.zeros(4)  # noqa: F841 - they are looked for
    with tracing_memory() as trace:
        left.detach().add_(1)
    (write,) = trace.writes
    assert aliases(write) == [
        ("base", "Tensor", True), ("left", "Tensor", True), ("right", "Tensor", False), ("array", "ndarray", True)
    ]  # fmt: skip
    assert (write.layout.shape, write.layout.strides, write.layout.offset) == ((2,), (1,), 0)
    assert "seen by base, left, right (other elements), array (a NumPy array)" in str(trace)


def test_a_write_into_borrowed_memory_names_the_array_and_its_other_tensors():
    array = np.zeros(3)
    one, two = torch.from_numpy(array), torch.from_numpy(array[1:])  # noqa: F841 - it is looked for
    with tracing_memory() as trace:
        one[0] = 1
    assert aliases(trace.writes[0]) == [("array", "ndarray", True), ("one", "Tensor", True), ("two", "Tensor", False)]


def test_names_inside_modules_containers_and_the_module_are_found():
    layer, batch = nn.Linear(1, 2), {"x": torch.ones(2)}
    with tracing_memory() as trace, torch.no_grad():
        layer.weight.zero_()
        batch["x"].zero_()
        IN_THIS_MODULE.zero_()
        torch.zeros(1).zero_()
    names = {write.expression: aliases(write) for write in trace.writes}
    assert names["layer.weight.zero_()"] == [("layer.weight", "Parameter", True)]
    assert names['batch["x"].zero_()'] == [('batch["x"]', "Tensor", True)]
    assert names["IN_THIS_MODULE.zero_()"] == [("IN_THIS_MODULE", "Tensor", True)]
    assert names["torch.zeros(1).zero_()"] == []


def test_hidden_copies_of_a_module_have_the_line_of_its_call():
    attention, x = nn.MultiheadAttention(4, 2), torch.ones(3, 1, 4)
    with tracing_memory() as trace:
        attention(x, x, x)
    assert {copy.expression for copy in trace.copies} == {"attention(x, x, x)"}
    assert "contiguous" in {copy.operation for copy in trace.copies}


def test_a_backward_and_a_step_have_the_lines_of_their_calls():
    model = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(model.parameters(), foreach=True)
    with tracing_memory() as trace:
        for _ in range(3):
            model(torch.ones(3, 4).t()).sum().backward()
            optimizer.step()
    step = [write for write in trace.writes if write.expression == "optimizer.step()"]
    assert {write.operation for write in step} >= {"_foreach_lerp_", "_foreach_addcmul_"}
    (moment,) = [write for write in step if write.operation == "_foreach_lerp_"]
    assert (moment.tensors, moment.bytes) == (2, 3 * 32)
    assert aliases(moment)[0][0] == "optimizer.state[model.weight].exp_avg"
    assert all(write.count in (2, 3) for write in trace.writes)  # the first backward puts the gradient in place
    assert "backward" in {write.operation for write in trace.writes}


def test_totals_of_a_line_add_up():
    x = torch.ones(2, 3)
    with tracing_memory() as trace:
        for _ in range(10):
            x.add_(x.t().contiguous().t()).t().contiguous()
        torch.tensor([1.0])
    assert [line.place.rpartition(":")[0] for line in trace.lines] == [trace.copies[0].place.rpartition(":")[0]] * 2
    first, last = trace.lines
    assert (first.bytes_copied, first.copies, first.bytes_written, first.writes) == (480, 20, 240, 10)
    assert (first.bytes, last.bytes, last.line) == (720, 4, first.line + 1)
    assert trace.total_bytes == 724


def test_a_trace_can_be_read_while_it_goes_on():
    x = torch.ones(3)
    with tracing_memory() as trace:
        x.clone()
        assert len(trace.copies) == 1
        x.clone()
        assert len(trace.copies) == 2
        assert trace.sharing is None
        with pytest.raises(UsageError, match="there is no drawing yet"):
            trace.svg("nowhere.svg")


def test_the_drawing_shows_the_variables_at_the_end(tmp_path):
    x = torch.ones(4)
    with tracing_memory() as trace:
        view, copy = x[1:], x.clone()
        array = x.numpy()
    assert [sorted(group) for group in trace.sharing.groups if "x" in group] == [["array", "view", "x"]]
    assert copy.sum() == view.sum() + array[0]
    trace.svg(tmp_path / "memory.svg")
    assert "view" in (tmp_path / "memory.svg").read_text()


def test_without_a_tensor_there_is_nothing_to_draw():
    with tracing_memory() as trace:
        pass
    assert trace.sharing is None
    assert str(trace) == "copied: nothing\nwritten in place: nothing\nmoved: nothing"


def test_the_table_is_short_and_fits(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    x = torch.ones(2, 3)
    with tracing_memory() as trace:
        for size in range(1, 12):
            x.t().repeat(size, 1)
    lines = str(trace).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "copied: 1.5 KiB, 11 times"
    assert lines[17] == "     144 B more, in 3 smaller ones: trace.copies has them all"
    assert len(lines) == 20


def test_the_data_are_plain():
    x = torch.ones(2, 3)
    with tracing_memory() as trace:
        x.t().reshape(6)
        x.zero_()
    data = json.loads(json.dumps(trace.to_dict()))
    assert data["copies"][0]["bytes"] == data["writes"][0]["bytes"] == 24
    assert data["writes"][0]["aliases"][0] == {"name": "x", "type_name": "Tensor", "overlaps": True}
    assert data["total_bytes"] == 48
    assert data["sharing"]["groups"] == [["x"]]


def test_a_long_loop_over_many_shapes_is_kept_short():
    with tracing_memory() as trace:
        for size in range(1, 101):
            torch.ones(size).clone()
    assert len(trace.copies) == 17
    rest = next(copy for copy in trace.copies if copy.shape is None)
    assert (rest.count, rest.bytes) == (84, 4 * sum(range(17, 101)))
    assert trace.total_bytes == 4 * sum(range(101))


def test_many_places_are_kept_short():
    x = torch.ones(1)  # noqa: F841 - the code that is made here uses it
    line = compile("x.clone()", "<made>", "eval")
    with tracing_memory() as trace:
        for number in range(4200):
            eval(line.replace(co_firstlineno=number + 1))
    assert len(trace.copies) == 4097
    assert trace.copies[0].file == "many more places, together"
    assert trace.copies[0].count == 4200 - 4096


def test_no_tensor_is_kept_alive():
    with tracing_memory() as trace:
        x = torch.ones(2, 3)
        x.t().reshape(6)
        x.zero_()
        gone = weakref.ref(x)
        del x
        gc.collect()
        assert gone() is None
    assert len(trace.writes) == 1


def test_memory_that_is_used_again_is_another_tensors():
    with tracing_memory() as trace:
        for _ in range(3):
            x = torch.ones(1000)
            x.add_(1)
            del x
        y = torch.ones(1000)
        y.add_(1)
    assert [[name for name, *_ in aliases(write)] for write in trace.writes] == [["x"], ["y"]]


@given(
    shape=st.lists(st.integers(1, 4), min_size=1, max_size=4),
    data=st.data(),
)
def test_a_reshape_is_a_copy_exactly_if_the_storage_changes(shape, data):
    strides = data.draw(st.lists(st.integers(0, 5), min_size=len(shape), max_size=len(shape)))
    x = torch.arange(200.0).as_strided(shape, strides, 3)
    sizes = data.draw(st.permutations(shape)) if data.draw(st.booleans()) else [-1]
    with tracing_memory() as trace:
        y = x.reshape(sizes)
    has_moved = y.untyped_storage()._cdata != x.untyped_storage()._cdata
    assert [copy.operation for copy in trace.copies] == ["reshape"] * has_moved
    assert trace.total_bytes == has_moved * x.numel() * 4


@given(data=st.data())
def test_the_bytes_are_those_of_the_new_memory(data):
    """The truth: what torch's allocator gave out, told by the storages of the results."""
    x = torch.arange(24.0).view(2, 3, 4)
    programs = {
        "permute": lambda: x.permute(data.draw(st.permutations(range(3)))).contiguous(),
        "to": lambda: x.to(data.draw(st.sampled_from([torch.float16, torch.float64, torch.float32, torch.int8]))),
        "index": lambda: x[:, data.draw(st.lists(st.integers(0, 2), min_size=1, max_size=5).map(torch.tensor))],
        "cat": lambda: torch.cat([x] * data.draw(st.integers(1, 3))),
        "slice": lambda: x[:, data.draw(st.integers(0, 2)) :].flatten(),
    }
    program = programs[data.draw(st.sampled_from(sorted(programs)))]
    with tracing_memory() as trace:
        result = program()
    copies = [copy for copy in trace.copies if copy.why != "numbers from a Python list are written into new memory"]
    is_new = result.untyped_storage()._cdata != x.untyped_storage()._cdata
    assert sum(copy.bytes for copy in copies) == is_new * result.untyped_storage().nbytes()
