"""Which line saved, which wrote, which walked back: only those that an error is about are named."""

from __future__ import annotations

import gc

import pytest
import torch
from explained import note_of

from retorch import explaining
from retorch.explanations._cuts import Cuts, made_here
from retorch.explanations._writes import Write, Writes
from retorch.lines._sites import UNKNOWN, Site

HERE, THERE = Site("a.py", 1, "f", "", ""), Site("a.py", 2, "f", "", "")


def test_of_two_operations_that_saved_a_value_the_one_that_failed_is_named():
    def product_first(y):
        product = y * y
        sine = y.sin()
        y.add_(1)
        (product + sine).sum().backward()

    def sine_first(y):
        sine = y.sin()
        product = y * y
        y.add_(1)
        (product + sine).sum().backward()

    x = torch.ones(3, requires_grad=True)
    # Backward runs the youngest operation first: torch.autograd.set_detect_anomaly names the same lines.
    assert ": y.sin() (SinBackward0) saved y" in note_of(lambda: product_first(x * 1))
    assert ": y * y (MulBackward0) saved y" in note_of(lambda: sine_first(x * 1))


class Scaled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        result = x * scale
        ctx.save_for_backward(x, scale, result)
        return result

    @staticmethod
    def backward(ctx, gradient):
        x, scale, _ = ctx.saved_tensors
        return gradient * scale, (gradient * x).sum()


@pytest.mark.parametrize("written", ["scale", "result"])
def test_of_several_values_that_a_custom_function_saved_the_written_one_is_named(written):
    def write():
        x, scale = torch.ones(2, 4, requires_grad=True) * 1, torch.ones(2, 4)
        result = Scaled.apply(x, scale)
        {"scale": scale, "result": result}[written].mul_(2)
        result.sum().backward()

    note = note_of(write)
    assert f"ScaledBackward (made where explaining() did not look) saved {written}" in note
    assert "[written].mul_(2) (mul_)" in note


def test_of_several_indices_the_written_one_is_named():
    def write():
        x, rows, columns = torch.ones(3, 3, requires_grad=True), torch.tensor([0, 1]), torch.tensor([1, 2])
        picked = x[rows, columns]
        columns.sub_(1)
        picked.sum().backward()

    assert "x[rows, columns] (IndexBackward0) saved columns" in note_of(write)


def test_where_torch_does_not_say_which_of_several_values_was_written_none_is_named():
    def write():
        x, rows, columns = torch.ones(3, 3, requires_grad=True), torch.tensor([0, 1]), torch.tensor([0, 1])
        rows.add_(1)
        picked = x[rows, columns]
        columns.add_(1)
        picked.sum().backward()

    assert "saved" not in note_of(write)


def test_a_write_before_the_value_was_saved_is_not_named():
    def write_twice():
        y = torch.ones(3, requires_grad=True) * 1
        y.add_(1)
        z = y * y
        y.mul_(2)
        z.sum().backward()

    note = note_of(write_twice)
    assert "y.mul_(2) (mul_)." in note
    assert "add_" not in note


def test_a_write_into_other_memory_is_not_named():
    def write_elsewhere():
        y, other = torch.ones(3, requires_grad=True).exp(), torch.zeros(3)
        other.mul_(3)
        y[1:].add_(1)
        y.sum().backward()

    note = note_of(write_elsewhere)
    assert "y[1:].add_(1) (add_)." in note
    assert "mul_" not in note


def test_a_backward_that_cannot_have_freed_the_graph_is_not_named():
    def two_losses():
        w = torch.ones(3, requires_grad=True)
        (w * w).sum().backward()
        shared = w * w
        first, second = shared.sum(), shared.exp().sum()
        first.backward()
        second.backward()

    note = note_of(two_losses)
    assert ": w * w computed" in note
    assert note.count("first.backward()") == 1
    assert "(w * w).sum().backward()" not in note


def test_a_backward_that_kept_the_graph_is_not_named():
    def third_time():
        loss = (torch.ones(3, requires_grad=True) ** 2).sum()
        loss.backward(retain_graph=True)
        torch.autograd.backward([loss])
        loss.backward()

    assert ": torch.autograd.backward([loss])." in note_of(third_time)


def test_writes_by_one_line_in_a_row_are_one_entry():
    writes, x = Writes(), torch.zeros(3)
    for version in range(1000):
        writes.note(x, version, version + 1, HERE, "add_")
    writes.note(x, 1000, 1001, THERE, "add_")
    assert writes.into(x, since=0, until=1001) == [Write(0, 1000, HERE, "add_"), Write(1000, 1001, THERE, "add_")]
    assert writes.into(x, since=1000, until=1001) == [Write(1000, 1001, THERE, "add_")]
    assert writes.into(x[1:], since=999, until=1000) == [Write(0, 1000, HERE, "add_")]
    assert writes.into(torch.zeros(3), since=0, until=9) == []


def test_the_log_of_a_storage_is_bounded():
    writes, x = Writes(), torch.zeros(3)
    for version in range(1000):
        writes.note(x, version, version + 1, (HERE, THERE)[version % 2], "add_")
    assert len(writes.into(x, since=0, until=1000)) == 32


def test_a_dead_storage_is_never_taken_for_another():
    writes = Writes()
    for _ in range(3000):
        writes.note(torch.zeros(3), 0, 1, HERE, "add_")
        assert writes.into(torch.zeros(3), since=0, until=9) == []
    assert len(writes) <= 1024


def test_a_tensor_without_a_storage_is_passed_over():
    writes, sparse = Writes(), torch.eye(2).to_sparse()
    writes.note(sparse, 0, 1, HERE, "add_")
    assert writes.into(sparse, since=0, until=1) == []
    assert len(writes) == 0


def test_a_cut_is_known_as_long_as_its_tensor():
    cuts, x = Cuts(), torch.zeros(3)
    cut = made_here(UNKNOWN, "detach")
    cuts.note(x, cut)
    cuts.note(x, cut)
    assert cuts.of(x) == cuts.inherited([torch.zeros(3), x]) == cut
    assert cuts.of(torch.zeros(3)) is None
    del x
    gc.collect()
    assert len(cuts) == 0


def test_torch_may_swap_the_parameters_of_a_module(monkeypatch):
    monkeypatch.setattr(torch.__future__, "_swap_module_params_on_conversion", True)
    model = torch.nn.Linear(2, 2)
    with explaining():
        model.to(torch.float64)
    assert model.weight.dtype == torch.float64
