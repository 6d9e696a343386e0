"""`inspect(x).view(2, -1)`: every question under the name that torch has for the operation."""

from __future__ import annotations

import inspect as signatures

import numpy as np
import pytest
import torch

import retorch
from retorch.errors import UsageError
from retorch.inspection._questions import Questions

NAMES = [name for name in vars(Questions) if not name.startswith("_")]
ASKED = {
    "view": (2, -1), "view_as": (torch.empty(2, 6),), "reshape": (2, -1), "unflatten": (1, (2, 2)), "permute": (1, 0),
    "transpose": (0, 1), "movedim": (0, 1), "expand": (2, -1, -1), "expand_as": (torch.empty(2, 3, 4),),
    "as_strided": ((2,), (3,)), "unsqueeze": (0,), "narrow": (0, 1, 2), "select": (0, -1), "chunk": (2,), "split": (2,),
    "to": (torch.float16,), "index": ((0, slice(None)),),
}  # fmt: skip
ATTRIBUTES = {"T", "mT", "real", "imag"}
FOR_OTHERS = {"imag", "view_as_real", "view_as_complex"}


@pytest.fixture
def x():
    return torch.arange(12.0).view(3, 4)


@pytest.mark.parametrize("name", sorted(set(NAMES) - FOR_OTHERS))
def test_each_question_is_answered_as_torch_does_it(name, x):
    asked = getattr(retorch.inspect(x), name)
    answer = asked if name in ATTRIBUTES else asked(*ASKED.get(name, ()))
    if name in ATTRIBUTES:
        result = getattr(x, name)
    else:
        result = x[ASKED["index"][0]] if name == "index" else getattr(x, name)(*ASKED.get(name, ()))
    parts = answer.parts or (answer,)
    for part, real in zip(parts, result if isinstance(result, tuple) else (result,), strict=True):
        real = torch.from_numpy(real) if isinstance(real, np.ndarray) else real
        assert (part.shape, part.strides, part.dtype) == (tuple(real.shape), real.stride(), real.dtype)
        assert part.shares == (real.untyped_storage().data_ptr() == x.untyped_storage().data_ptr())


def test_questions_about_complex_numbers():
    z = torch.zeros(3, dtype=torch.complex64)
    assert retorch.inspect(z).imag.strides == (2,)
    assert retorch.inspect(z).view_as_real().shape == (3, 2)
    assert retorch.inspect(torch.zeros(3, 2)).view_as_complex().dtype == torch.complex64
    assert not retorch.inspect(torch.zeros(3, 2)).imag.possible


@pytest.mark.parametrize("name", NAMES)
def test_each_question_says_in_help_what_it_asks(name):
    member = vars(Questions)[name]
    assert f"x.{name}" in member.__doc__ or f"torch.{name}(x)" in member.__doc__ or name == "index"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ATTRIBUTES])
def test_what_torch_lets_leave_away_may_be_left_away_here(name):
    ours = signatures.signature(getattr(Questions, name)).parameters.values()
    needed = [p for p in list(ours)[1:] if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(needed) <= len(ASKED.get(name, ()))


@pytest.mark.parametrize(
    ("key", "shares"),
    [
        ((slice(None, None, 2), 0), True),
        (None, True),
        (..., True),
        (torch.tensor(1), True),
        (np.int64(1), True),
        (torch.tensor([1]), False),
        ([0, 2], False),
        ((slice(None), np.array([0, 1])), False),
        (torch.ones(3, 4, dtype=torch.bool), False),
        (True, False),
    ],
)
def test_brackets_ask_about_brackets(x, key, shares):
    answer = retorch.inspect(x)[key]
    assert (answer.possible, answer.shares) == (True, shares)
    assert (answer.shape, answer.strides) == (tuple(x[key].shape), x[key].stride())


def test_an_operation_is_spelled_as_it_was_asked(x):
    asked = retorch.inspect(x)
    assert asked.view(2, -1).operation == "view(2, -1)"
    assert asked.view((2, 6)).operation == "view((2, 6))"
    assert asked.flatten().operation == "flatten()"
    assert asked.flatten(0, 1).operation == "flatten(0, 1)"
    assert asked.contiguous(memory_format=torch.channels_last).operation == (
        "contiguous(memory_format=torch.channels_last)"
    )
    assert asked.T.operation == "T"
    assert asked[::2, 0].operation == "[::2, 0]"
    assert asked[[0, 2]].operation == "[[0, 2]]"
    assert asked[torch.tensor([1])].operation == "[<int64 tensor [1]>]"
    assert asked.reshape(list(range(50))).operation == "reshape([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1...])"


def test_walking_over_an_inspection_is_an_error_and_no_endless_loop(x):
    with pytest.raises(TypeError, match="not iterable"):
        list(retorch.inspect(x))


def test_parameters_and_plain_subclasses_are_asked_like_tensors():
    class Named(torch.Tensor):
        pass

    for x in (torch.nn.Parameter(torch.zeros(3, 4)), torch.zeros(3, 4).as_subclass(Named)):
        assert retorch.inspect(x).t().strides == (1, 4)
        assert retorch.inspect(x)[[0]].shape == (1, 4)


def test_a_question_about_an_array_or_a_sparse_tensor_is_refused_in_words():
    with pytest.raises(UsageError, match=r"ask about torch\.from_numpy\(array\)"):
        retorch.inspect(np.zeros(3)).reshape(3)
    with pytest.raises(UsageError, match="this is a sparse one"):
        retorch.inspect(torch.eye(2).to_sparse())[0]


def test_code_that_is_compiled_asks_outside_of_the_graph():
    @torch.compile(backend="eager")
    def compiled(x):
        y = x * 2
        return y + retorch.inspect(y.t()).view(12).reshape.bytes_copied + retorch.inspect(y)[[0, 1]].bytes_copied

    assert compiled(torch.zeros(3, 4)).unique().tolist() == [48 + 32]


def test_an_answer_speaks_of_the_tensor_by_its_name(x):
    turned = retorch.inspect(x.t(), name="turned").view(12)
    assert str(turned).startswith("turned.view(12): no")
    assert turned.remedy == "turned.reshape(12) copies 48 bytes"
    assert retorch.inspect({"w": x.t()})["w"].view(12).remedy == "w.reshape(12) copies 48 bytes"
    assert str(retorch.inspect(x).view(12)).startswith("x.view(12): yes")
