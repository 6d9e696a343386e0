"""`run.state`: what a hand-written loop remembers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.loop.material import SEED, linear

import retorch
from retorch.errors import CheckpointUnsupported, RetorchNotice, UsageError
from retorch.loop._memory import Memory, put_into


def test_entries_are_attributes_and_items():
    memory = Memory()
    memory.best = 0.5
    memory["rows"] = [1]
    assert memory.rows == [1]
    assert memory["best"] == memory.best == 0.5
    del memory.best
    assert "best" not in memory


def test_what_is_not_there_is_answered_with_what_is():
    memory = Memory(best=1, rows=[])
    with pytest.raises(AttributeError) as caught:
        memory.worst  # noqa: B018 - looking is the test
    assert str(caught.value) == (
        "run.state holds no 'worst' (it holds: best, rows). "
        "Give it a first value before the loop: run.state.setdefault('worst', ...)"
    )
    with pytest.raises(AttributeError, match="it holds: nothing yet"):
        Memory().best  # noqa: B018
    assert not hasattr(Memory(), "best")
    with pytest.raises(KeyError):
        del Memory().best


def test_an_entry_with_the_name_of_a_method_could_not_be_read_and_is_refused():
    memory = Memory()
    with pytest.raises(UsageError, match=r"run.state.items is a method of a dictionary.*run.state\['items'\]"):
        memory.items = [1]
    memory["items"] = [1]
    assert memory["items"] == [1]


PLAIN = st.recursive(
    st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


@given(PLAIN, PLAIN)
def test_putting_a_value_into_another_gives_the_value(old, new):
    assert put_into(old, new) == new


def test_the_objects_are_kept_where_they_can_take_the_value():
    rows, table, seen, weights = [1, [2]], {"a": [1]}, {1}, torch.zeros(2)
    inner, array = rows[1], np.zeros(2)
    memory = Memory(rows=rows, table=table, seen=seen, weights=weights, array=array)
    memory.load_state_dict({"rows": [5, [6, 7], 8], "table": {"a": [1, 2]}, "seen": {3}, "weights": torch.ones(2),
                            "array": np.ones(2)})  # fmt: skip
    assert rows == [5, [6, 7], 8]
    assert rows[1] is inner
    assert table == {"a": [1, 2]}
    assert seen == {3}
    assert weights.tolist() == array.tolist() == [1.0, 1.0]
    assert memory.rows is rows
    assert memory.weights is weights


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (torch.zeros(2), torch.ones(3)),
        (torch.zeros(2), torch.ones(2, dtype=torch.float64)),
        (torch.zeros(2, requires_grad=True), torch.ones(2)),
        (np.zeros(2), np.ones(3)),
        (np.zeros(2), torch.ones(2)),
        ([1], (1, 2)),
        (None, [1]),
    ],
)
def test_what_cannot_take_the_value_is_replaced(old, new):
    assert put_into(old, new) is new


def train(folder, *, stop_at=None, epochs=3):
    """Count batches and keep the best in `run.state`; leave the process's place as a crash would."""
    with retorch.Run(folder, seed=SEED, checkpoint_steps=1) as run:
        state = run.state
        history = state.setdefault("history", [])
        state.setdefault("best", 0.0)
        for epoch in run.epochs(epochs):
            for batch in run.steps([1.0, 2.0, 3.0]):
                if run.step == stop_at:
                    return None
                history.append((epoch, run.batch, batch))
                state.best = max(state.best, batch * epoch)
        assert state.history is history
        return history, state.best


@pytest.mark.parametrize("stop_at", [0, 4, 8])
def test_it_is_carried_by_every_checkpoint(folder, stop_at):
    assert train(folder, stop_at=stop_at) is None
    assert train(folder) == train(None)


def test_a_finished_run_shows_it_again(folder):
    assert train(folder) == train(folder) == train(None)


def test_what_cannot_be_stored_is_named(folder):
    run = retorch.Run(folder, seed=SEED)
    run.state.function = lambda: None
    with pytest.raises(CheckpointUnsupported, match="at function"), run:
        next(run.epochs(1))


def test_a_state_dict_that_was_not_copied_is_noticed(folder):
    model = linear()
    with retorch.Run(folder, seed=SEED, model=model, checkpoint_steps=1) as run:
        run.state.best = model.state_dict()
        with pytest.warns(RetorchNotice, match="run.state.best shares memory with the model.*copy.deepcopy"):
            for _ in run.epochs(1):
                pass
