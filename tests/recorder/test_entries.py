"""Entries and states in the file: numbered by steps, cut exactly, read back as they were."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retorch.recorder import Recorder
from retorch.recorder._entries import fingerprint_ids, ids_of
from retorch.runs import (
    COLUMNS,
    RunFolder,
    RunInfo,
    open_metrics,
    read_entries,
    read_record_facts,
    read_sample_ids,
    read_states,
)


def entry(step):
    return tuple(2**64 - 1 - step * len(COLUMNS) - column for column in range(len(COLUMNS)))


def samples(step):
    return None if step % 5 == 4 else ids_of([range(step, 2 * step + 1)])


def words_in(folder):
    return [tuple(row) for row in read_entries(folder.path).words.tolist()]


@given(st.lists(st.sampled_from(["step", "state", "commit", "flush", "cut", "reopen"]), max_size=25), st.data())
def test_any_history_leaves_the_entries_and_states_that_remain(tmp_path_factory, history, data):
    path = tmp_path_factory.mktemp("run")
    with RunFolder.create_or_open(path, RunInfo.new(seed=1, threads=1)) as folder:
        recorder, steps, states = Recorder(folder), 0, []
        for number, action in enumerate(history):
            if action == "step":
                recorder.add_entry(entry(steps), samples(steps))
                steps += 1
            elif action == "state":
                names = ("model.weight", f"model.{number % 3}")
                recorder.add_state((steps, "step", number, 1), names, [number + 1, 2**64 - 1])
                states.append((steps, "step", number, 1, names, [number + 1, 2**64 - 1]))
            elif action == "commit":
                recorder.commit()
            elif action == "flush":
                recorder._flush()
            elif action == "cut":
                kept, steps = data.draw(st.integers(0, len(states))), data.draw(st.integers(0, steps))
                recorder.cut(0, steps=steps, states=kept)
                del states[kept:]
            else:
                recorder.close()
                recorder = Recorder(folder)
            assert recorder.states == len(states)
        recorder.close()
    assert words_in(folder) == [entry(step) for step in range(steps)]
    found = [read_sample_ids(path, step) for step in range(steps)]
    assert found == [None if step % 5 == 4 else tuple(range(step, 2 * step + 1)) for step in range(steps)]
    assert [(*state[:5], state.fingerprints.tolist()) for state in read_states(path)] == states


def test_states_at_checkpoints_are_cut_by_their_place(folder, recorder):
    for step, stage, number in [(0, "start", 0), (1, "checkpoint", 0), (1, "checkpoint", 2), (2, "step", 0)]:
        recorder.add_state((step, stage, number, 0), ("model.weight",), [7])
    recorder.add_state((2, "checkpoint", 0, 0), ("model.weight",), [7])
    assert recorder.states == 2
    recorder.cut(0, steps=1, states=1, point=1)
    assert [(state.step, state.stage, state.number) for state in read_states(folder.path)] == [
        (0, "start", 0),
        (1, "checkpoint", 0),
    ]
    assert recorder.states == 1


def test_steps_that_nobody_recorded_keep_the_numbers_of_the_others(folder, recorder):
    recorder.add_entry(entry(0), None)
    recorder.commit()
    recorder.note_record(level="light", every=100, devices=["cpu"], step=3)
    recorder.add_entry(entry(3), None)
    recorder.commit()
    nothing = (0,) * len(COLUMNS)
    assert words_in(folder) == [entry(0), nothing, nothing, entry(3)]
    assert read_record_facts(folder.path).steps == 4


def test_a_part_of_the_entries_is_read_alone(folder, recorder):
    for step in range(10):
        recorder.add_entry(entry(step), None)
        if step % 4 == 3:
            recorder.commit()
    recorder.commit()
    part = read_entries(folder.path, 3, 7)
    assert part.first == 3
    assert [tuple(row) for row in part.words.tolist()] == [entry(step) for step in range(3, 7)]
    assert part.column("batch").tolist() == [entry(step)[1] for step in range(3, 7)]


def test_ids_beyond_32_bits_come_back(folder, recorder):
    recorder.add_entry(entry(0), ids_of([[1, 2**40, -3]]))
    recorder.commit()
    assert read_sample_ids(folder.path, 0) == (1, 2**40, -3)


@pytest.mark.parametrize("indices", [[3, 1, 2], range(1, 4), torch.tensor([1, 2, 3]), torch.arange(10)[::3], 7])
def test_ids_are_known_whatever_holds_them(indices):
    expected = [indices] if isinstance(indices, int) else [int(one) for one in indices]
    assert np.frombuffer(ids_of([indices]), "<i8").tolist() == expected
    assert fingerprint_ids(ids_of([indices])) == fingerprint_ids(ids_of([expected]))


@pytest.mark.parametrize("indices", [None, ["a", "b"], [(1, 2), (3,)], torch.rand(3)])
def test_what_is_no_number_of_a_sample_is_not_known(indices):
    assert ids_of([[1], indices]) is None
    assert fingerprint_ids(None) == 0


def test_a_file_of_the_version_before_is_taken_over(tmp_path):
    import sqlite3

    from retorch.runs import _database, read_metrics

    with RunFolder.create_or_open(tmp_path / "run", RunInfo.new(seed=1, threads=1)) as folder:
        with sqlite3.connect(folder.metrics) as old:
            old.executescript(_database._TABLES)
            old.execute("INSERT INTO metrics VALUES (0, 0, 0, 'train', 'loss', 0.5)")
        old.close()
        assert read_record_facts(folder.path).level == "off"
        assert list(read_states(folder.path)) == []
        open_metrics(folder.metrics).close()
        with Recorder(folder) as recorder:
            assert recorder.records == 1
            recorder.add_entry(entry(0), None)
        assert words_in(folder) == [entry(0)]
        assert read_metrics(folder.path)[0].value == 0.5
