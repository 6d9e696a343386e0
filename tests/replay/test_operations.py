"""A trace on disk, and what is known of an operator before it runs."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retorch.errors import RunFolderError
from retorch.replay._operations import Form, ModuleCall, Operation, Place, Trace, Value, read_trace, write_trace
from retorch.replay._plans import plan_of

words = st.text(max_size=8)
fingerprints = st.integers(0, 2**64 - 1)
forms = st.builds(Form, st.lists(st.integers(0, 9), max_size=3).map(tuple), words, words, words)
values = st.lists(st.builds(Value, words, fingerprints, forms, st.integers(0, 99)), max_size=3).map(tuple)
phases = st.sampled_from(["start", "data", "forward", "backward", "optimizer", "validation"])
places = st.none() | st.builds(Place, words, st.integers(0, 99), words)


@st.composite
def traces(draw):
    count = draw(st.integers(0, 4))
    operations = tuple(
        Operation(
            index, draw(st.integers(-1, 5)), draw(words), tuple(draw(st.lists(st.tuples(words, words), max_size=2))),
            draw(values), draw(values), draw(phases), draw(st.none() | words), draw(places),
            draw(st.none() | fingerprints),
        )
        for index in range(count)
    )  # fmt: skip
    calls = tuple(draw(st.lists(st.builds(ModuleCall, st.integers(0, 5), words, fingerprints), max_size=2)))
    names = draw(st.dictionaries(st.integers(1, 99), words, max_size=3))
    return Trace(operations, calls, names, draw(st.dictionaries(words, fingerprints, max_size=3)), ("a note",))


@given(trace=traces())
def test_a_trace_comes_back_from_disk_as_it_was(trace, tmp_path_factory):
    path = tmp_path_factory.mktemp("trace") / "trace"
    write_trace(trace, path)
    assert read_trace(path) == trace


def test_a_damaged_trace_is_named(tmp_path):
    path = tmp_path / "trace"
    write_trace(Trace(()), path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(RunFolderError, match="cannot be read as a trace"):
        read_trace(path)


def test_the_steps_of_a_trace_are_those_of_its_operations():
    operations = tuple(Operation(at, at - 1, "", (), (), (), "data", None, None, None) for at in range(3))
    assert Trace(operations).steps == range(-1, 2)
    assert Trace(()).steps == range(0)


aten = torch.ops.aten


@pytest.mark.parametrize("view", [aten.view.default, aten.t.default, aten.detach.default, aten._unsafe_view.default,
                                  aten.transpose_.default, aten.split.Tensor, aten._local_scalar_dense.default])  # fmt: skip
def test_views_and_questions_compute_nothing(view):
    assert not plan_of(view).computes


def test_what_is_overwritten_was_not_read():
    assert plan_of(aten.copy_.default).unread == {"self"}
    assert plan_of(aten.normal_.default).unread == {"self"}
    assert plan_of(aten.add.out).unread == {"out"}
    assert plan_of(aten.add_.Tensor).unread == set()


def test_a_batch_norm_writes_its_running_statistics_without_saying_so():
    assert plan_of(aten.native_batch_norm.default).written == {"running_mean", "running_var"}
