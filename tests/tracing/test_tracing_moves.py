"""What moves between devices is listed with both ends; on a device of our own, and on an accelerator where there is one."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from retorch import tracing_memory

FAR = Path(__file__).with_name("tracing_far_device.py")
ACCELERATOR = torch.accelerator.current_accelerator()


@pytest.fixture(scope="module")
def far_trace():
    answer = subprocess.run([sys.executable, FAR], check=False, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_moves_say_from_where_to_where_and_whether_the_host_waited(far_trace):
    keys = ("expression", "source", "target", "bytes", "waited", "non_blocking")
    assert sorted(tuple(move[key] for key in keys) for move in far_trace["moves"]) == [
        ("far.copy_(x[:1], non_blocking=True)", "cpu", "far:0", 24, True, True),  # that memory is not pinned
        ('far.to("cpu")', "far:0", "cpu", 24, True, False),
        ('torch.ones(1).to("far")', "cpu", "far:0", 4, True, False),
        ('torch.ones(1).to("far").item()', "far:0", "cpu", 4, True, False),
        ('x.to("far")', "cpu", "far:0", 24, True, False),
    ]
    assert "to, float32 [6]: from cpu to far:0, the host waited" in far_trace["table"]


def test_a_copy_on_one_device_is_no_move(far_trace):
    (copy,) = far_trace["copies"]
    assert (copy["expression"], copy["bytes"]) == ('far.to("far", copy=True)', 24)


def test_a_move_into_memory_that_was_there_is_one_entry_and_names_who_sees_it(far_trace):
    (into,) = [move for move in far_trace["moves"] if move["operation"] == "copy_"]
    assert [alias["name"] for alias in into["aliases"]] == ["far"]
    assert far_trace["writes"] == []
    assert far_trace["total_bytes"] == 3 * 24 + 2 * 4 + 24


@pytest.mark.gpu
@pytest.mark.skipif(ACCELERATOR is None, reason="no accelerator")
def test_on_an_accelerator_pinned_memory_does_not_wait():
    pinned, paged = torch.ones(1000).pin_memory(), torch.ones(1000)
    with tracing_memory() as trace:
        pinned.to(ACCELERATOR, non_blocking=True)
        paged.to(ACCELERATOR, non_blocking=True)
    assert {move.expression.partition(".")[0]: move.waited for move in trace.moves} == {"pinned": False, "paged": True}


@pytest.mark.gpu
@pytest.mark.skipif(ACCELERATOR is None, reason="no accelerator")
def test_a_backward_in_a_thread_of_a_device_has_the_users_line():
    model = nn.Linear(3, 2).to(ACCELERATOR)
    x = torch.ones(3, 4, device=ACCELERATOR)
    with tracing_memory() as trace:
        for _ in range(2):
            model(x.t()).t().reshape(8).sum().backward()
    assert not trace.notes
    assert {write.line for write in trace.writes} == {copy.line for copy in trace.copies}
    assert "backward" in {write.operation for write in trace.writes}
