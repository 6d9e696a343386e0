"""An operation with its tensors in a file."""

import pytest
import torch
from torch import Tensor
from traced_runs import traced

from retorch.errors import RunFolderError
from retorch.replay._captured import Captured, Copies, captured_file


def test_everything_an_operation_takes_comes_back(tmp_path):
    args = (torch.arange(3.0), [1, 2], (True, None), "mean", torch.float16, 0.1, float("inf"), 1j)
    kwargs = {"device": torch.device("cpu"), "layout": torch.strided, "memory_format": torch.contiguous_format}
    path = tmp_path / "operation.pt"
    Captured("aten.add.Tensor", args, kwargs, [torch.ones(2)]).save(path)
    back = Captured.load(path)
    assert back.args[0].equal(args[0])
    assert back.args[1:] == args[1:]
    assert type(back.args[1]) is list
    assert back.kwargs == kwargs
    assert back.overload() is torch.ops.aten.add.Tensor


def test_a_generator_and_what_is_unknown_become_none(tmp_path):
    path = tmp_path / "operation.pt"
    Captured("aten.randperm.generator", (3,), {"generator": torch.Generator()}, []).save(path)
    assert Captured.load(path).kwargs == {"generator": None}


def test_another_file_is_refused(tmp_path):
    torch.save({"format": 99}, tmp_path / "other.pt")
    with pytest.raises(RunFolderError, match="holds no operation"):
        Captured.load(tmp_path / "other.pt")


def test_copies_keep_strides_and_identity():
    base = torch.arange(24.0).reshape(4, 6)
    turned, wide = base.t()[1:3], torch.ones(3, 1).expand(3, 5)
    copied, again, spread = Copies().of([turned, turned, wide])
    assert copied.equal(turned)
    assert copied.stride() == turned.stride()
    assert copied is again
    assert copied.untyped_storage().nbytes() < base.untyped_storage().nbytes()
    assert spread.stride() == (1, 0)
    base.zero_()
    assert copied.sum() != 0


@pytest.mark.parametrize("kind", ["mlp", "cnn", "lstm", "transformer"])
def test_an_operation_that_is_run_again_gives_what_it_gave(kind, tmp_path):
    trace = traced(tmp_path, kind, steps=range(1, 2))
    traced(tmp_path, kind, steps=range(1, 2), capture={operation.index for operation in trace.operations})
    for operation in trace.operations:
        captured = Captured.load(captured_file(tmp_path, operation.index))
        assert captured.operation == operation.name
        if operation.random or "rnn" in operation.name or "generator" in captured.kwargs:
            continue
        with torch.no_grad():
            results = captured.overload()(*captured.args, **captured.kwargs)
        made = [results] if isinstance(results, Tensor) else [one for one in results or () if one is not None]
        for result, was in zip(made, captured.outputs, strict=False):
            assert torch.equal(result, was) or result.isnan().any(), operation.name


def test_a_captured_random_operation_knows_its_stream(tmp_path):
    trace = traced(tmp_path, steps=range(1))
    dropout = next(operation for operation in trace.operations if operation.name == "aten.bernoulli_.float")
    traced(tmp_path, steps=range(1), capture={dropout.index})
    captured = Captured.load(captured_file(tmp_path, dropout.index))
    torch.set_rng_state(captured.generator)
    assert captured.overload()(*captured.args).equal(captured.outputs[0])
