"""Each known error of torch gets its own explanation, and each explanation has a real error."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import torch
from errors_of_torch import CASES
from explained import bare_error_of, error_of, note_of
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from retorch.explanations.errors import _registry

NEWER = {"gradient_for_an_unused_tensor"}  # torch 2.11 does not say which tensor it was
FROM_FIXTURES = {"index_on_another_device"}


def explainers():
    return {explainer.__name__: explainer for _, explainer in _registry._register()}


@pytest.mark.filterwarnings(
    "ignore:Converting a tensor with requires_grad", "ignore:Using a target size"
)  # torch's own
@pytest.mark.parametrize(("function", "explainer", "words"), CASES, ids=[case[0].__name__ for case in CASES])
def test_an_error_is_explained(function, explainer, words, monkeypatch):
    given = []
    original = _registry._explanation
    monkeypatch.setattr(_registry, "_explanation", lambda call: given.append(original(call)) or given[-1])
    note = note_of(function)
    assert note.startswith("retorch: ")
    assert given[-1] is not None, note
    matching = [e.__name__ for pattern, e in _registry._register() if pattern.search(str(bare_error_of(function)))]
    assert explainer in matching
    for word in words:
        if word.startswith("!"):
            assert word[1:] not in note
        else:
            assert word in note


@pytest.mark.filterwarnings("ignore:Converting a tensor with requires_grad", "ignore:Using a target size")
@pytest.mark.parametrize("function", [case[0] for case in CASES], ids=[case[0].__name__ for case in CASES])
def test_an_explained_error_keeps_type_and_message(function):
    bare, explained = bare_error_of(function), error_of(function)
    assert type(bare) is type(explained)
    assert addresses_out(str(bare)) == addresses_out(str(explained))


def addresses_out(message):
    return re.sub(r"0x[0-9a-f]+", "", message)


def test_each_explanation_has_a_real_error():
    assert {case[1] for case in CASES} | NEWER | FROM_FIXTURES == set(explainers())


def test_each_explanation_says_what_it_knows():
    for name, explainer in explainers().items():
        assert explainer.__doc__, name


def test_the_tensor_that_was_not_used_is_named():
    x, y = torch.ones(3, requires_grad=True), torch.ones(2, requires_grad=True)

    def unused():
        torch.autograd.grad((x * 2).sum(), [x, y])

    note = note_of(unused)
    if "at index 1" in str(error_of(unused)):
        assert "does not lead to y" in note
    else:
        assert "x: float32 [3]" in note


# Messages that only a machine with an accelerator gives, on tensors that pretend to lie there. The texts are those of
# ATen/native/Convolution.cpp, ATen/native/TensorAdvancedIndexing.cpp and c10/core of torch 2.13.


def explain(message, operation, *args, **names):
    call = SimpleNamespace(
        error=RuntimeError(message), operation=operation, args=args, kwargs={}, is_direct=True, module="",
        tensors=[one for one in args if isinstance(one, torch.Tensor)], site=SimpleNamespace(told=lambda _: "here"),
    )  # fmt: skip
    call.name = lambda value, otherwise="": next((n for n, v in names.items() if v is value), otherwise)
    call.subject = call.name
    call.argument = lambda position, _name: args[position]
    call.layout = lambda tensor, name: f"{name or call.name(tensor)}: {list(tensor.shape)} {tensor.device}"
    return _registry.explanation_note(call, is_outermost=True)


def test_an_input_on_the_cpu_goes_to_the_weights():
    with FakeTensorMode():
        image, weight = torch.empty(1, 3, 8, 8), nn.Parameter(torch.empty(4, 3, 3, 3, device="cuda"))
    note = explain(
        "Input type (torch.FloatTensor) and weight type (torch.cuda.FloatTensor) should be the same or input should be "
        "a MKLDNN tensor and weight is a dense tensor", "conv2d", image, weight, image=image, weight=weight,
    )  # fmt: skip
    assert "image is on cpu and weight is on cuda:0." in note
    assert note.endswith("What to do: image.to('cuda:0').")


def test_the_device_of_an_argument_that_torch_names_is_found():
    with FakeTensorMode():
        x, index = torch.empty(3, 3, device="cuda"), torch.empty(2, dtype=torch.int64)
    note = explain(
        "Expected all tensors to be on the same device, but got index is on cpu, different from other tensors on cuda:0 "
        "(when checking argument in method wrapper_CUDA__index_select)", "index_select", x, 0, index, x=x, index=index,
    )  # fmt: skip
    assert note.endswith("What to do: index.to('cuda:0').")


def test_a_model_on_two_devices_is_moved_as_a_whole():
    with FakeTensorMode():
        x = torch.empty(2, 3)
        weight, bias = nn.Parameter(torch.empty(3, 3, device="cuda")), nn.Parameter(torch.empty(3))
    note = explain(
        "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu! (when checking "
        "argument for argument mat1 in method wrapper_CUDA_addmm)", "linear", x, weight, bias, x=x, weight=weight, bias=bias,
    )  # fmt: skip
    assert "parameters of one layer are on several devices" in note


def test_an_index_on_another_device_is_named():
    with FakeTensorMode():
        x, index = torch.empty(3), torch.empty(2, dtype=torch.int64, device="cuda")
    note = explain(
        "indices should be either on cpu or on the same device as the indexed tensor (cpu)", "__getitem__", x, index,
        x=x, index=index,
    )  # fmt: skip
    assert "index is on cuda:0 and what it indexes on cpu" in note
    assert note.endswith("index.to('cpu').")


# An explanation must not be made up.


def test_a_message_in_an_error_of_the_users_own_is_not_explained():
    def raise_own():
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)")

    assert note_of(raise_own) == ""


def test_a_known_message_in_another_function_gains_no_explanation():
    def inside_attention():
        attention = nn.MultiheadAttention(4, 2)
        attention(torch.ones(2, 1, 6), torch.ones(2, 1, 6), torch.ones(2, 1, 6))

    note = note_of(inside_attention)
    assert "What to do" not in note
    assert note == "" or "multi_head_attention_forward" in note


def test_an_unknown_error_gains_the_call_with_its_tensors():
    def invert():
        a = torch.ones(2, 3)
        torch.linalg.inv(a)

    first, second = note_of(invert).splitlines()
    assert first.endswith(": torch.linalg.inv(a)")
    assert second == "  a: float32 [2, 3] on cpu, strides [3, 1]"


def test_an_unknown_error_without_tensors_gains_nothing():
    assert note_of(lambda: torch.randn(3, dtype=torch.long)) == ""
