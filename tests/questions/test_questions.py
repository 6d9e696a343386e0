"""What an operation would do: answers, reasons, remedies, and that asking touches nothing."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
import warnings
import weakref

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from retorch.errors import UsageError
from retorch.memory._layout import Layout
from retorch.questions._asking import ask
from retorch.questions._merging import chunks_of, why_not_merged
from retorch.questions._twins import Subject
from retorch.tensors._reading import read_facts


def would(x, name, *args, **kwargs):
    return ask(Subject.of(read_facts(x)), name, *args, **kwargs)


NOT_MERGED = "dimensions 0 and 1 cannot be merged: stride 1 of dimension 0 is not 3 x stride 4 of dimension 1 (= 12)"
GATHERED = (
    "an index of several places (a tensor, list, mask or bool; here on dimension 0) collects its elements in new memory; "
    "integers and slices share"
)


@pytest.fixture
def x():
    return torch.arange(12.0).view(3, 4)


# --- What is said -----------------------------------------------------------------------------------------------------


def test_a_view_that_breaks_names_the_dimensions_and_what_works_instead(x):
    answer = would(x.t(), "view", 2, -1)
    assert not answer.possible
    assert answer.reason == NOT_MERGED
    assert answer.remedy == "x.reshape(2, -1) copies 48 bytes"
    assert (answer.reshape.shares, answer.reshape.bytes_copied, answer.reshape.strides) == (False, 48, (6, 1))
    assert answer.error.type == "RuntimeError"
    assert "Use .reshape(...) instead" in answer.error.text


def test_a_view_that_works_tells_its_strides_and_that_reshape_shares_too(x):
    answer = would(x, "view", (2, -1))
    assert (answer.possible, answer.shares, answer.bytes_copied) == (True, True, 0)
    assert (answer.shape, answer.strides, answer.offset) == ((2, 6), (6, 1), 0)
    assert answer.reshape.shares
    assert answer.reason == answer.remedy == ""


def test_a_wrong_number_of_elements_has_no_remedy(x):
    answer = would(x, "view", 5, -1)
    assert answer.reason == answer.error.text == "shape '[5, -1]' is invalid for input of size 12"
    assert (answer.remedy, answer.reshape) == ("", None)


@pytest.mark.parametrize(
    ("make", "call", "reason"),
    [
        (lambda x: x.t(), ("contiguous",), "it is not contiguous: dimension 1 has stride 4, and row-major order needs 1"),
        (lambda x: x.t(), ("reshape", 12), NOT_MERGED),
        (lambda x: x.view(-1)[::2], ("ravel",), "it is not contiguous: dimension 0 has stride 2, and row-major order needs 1"),
        (lambda x: x, ("clone",), "clone always copies"),
        (lambda x: x, ("to", torch.float16), "the elements are float32 and become float16"),
        (lambda x: x, ("to", "meta"), "the memory is on cpu and goes to meta"),
        (lambda x: x, ("index", [0, 2]), GATHERED),
    ],
)  # fmt: skip
def test_a_copy_has_a_reason_with_numbers(x, make, call, reason):
    answer = would(make(x), *call)
    assert (answer.shares, answer.reason) == (False, reason)


@pytest.mark.parametrize(
    ("make", "call", "remedy"),
    [
        (lambda x: x.t(), ("view", torch.int64), "x.contiguous().view(torch.int64) copies 48 bytes"),
        (lambda x: x.view(3, 2, 2), ("t",), "x.mT shares"),
        (lambda x: x, ("index", slice(None, None, -1)), "x.flip(0) copies 48 bytes"),
        (lambda x: x, ("index", (0, slice(3, None, -2))), "x[0, 1:4:2].flip(0) copies 8 bytes"),
        (lambda x: x, ("index", (None, ..., slice(None, None, -1))), "x[None, :, :].flip(2) copies 48 bytes"),
        (lambda x: x.clone().requires_grad_(), ("numpy",), "x.detach().numpy() shares"),
        (lambda x: x.bfloat16(), ("numpy",), "x.float().numpy() copies 48 bytes"),
        (lambda x: x.cfloat().conj(), ("numpy",), "x.resolve_conj().numpy() copies 96 bytes"),
        (lambda x: x.cfloat().conj().imag, ("numpy",), "x.resolve_neg().numpy() copies 48 bytes"),
    ],
)
def test_a_remedy_is_named_with_its_cost_and_works(x, make, call, remedy):
    x = make(x.view(4, 3) if call[-1] is torch.int64 else x)
    answer = would(x, *call)
    assert (answer.possible, answer.remedy) == (False, remedy)
    code = remedy.partition(" copies ")[0].removesuffix(" shares")
    eval(code)  # it must raise nothing


@given(st.data())
def test_flipping_what_a_forward_slice_takes_gives_what_numpy_gives(data):
    sizes = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=3))
    ends = st.none() | st.integers(-7, 7)
    steps = st.sampled_from([-1, -2, -3, 1, 2, None])
    slices = st.builds(slice, ends, ends, steps)
    parts = [data.draw(slices | st.integers(-size, size - 1) if size else slices) for size in sizes]
    if data.draw(st.booleans()):
        parts.insert(data.draw(st.integers(0, len(parts))), None)
    if data.draw(st.booleans()):
        parts[data.draw(st.integers(0, len(parts) - 1))] = ...
    key = tuple(parts) if len(parts) > 1 else parts[0]
    backward = [part for part in parts if isinstance(part, slice) and part.step is not None and part.step < 0]
    x = torch.arange(np.prod(sizes)).view(sizes)
    answer = would(x, "index", key)
    assert answer.possible == (not backward)
    if backward:
        code = answer.remedy.partition(" copies ")[0].removesuffix(" shares")
        assert np.array_equal(eval(code).numpy(), x.numpy()[key])


def test_an_answer_prints_as_a_few_lines(x):
    assert str(would(x.t(), "view", 12)).splitlines()[:3] == [
        "x.view(12): no",
        f"  {NOT_MERGED}",
        "  instead: x.reshape(12) copies 48 bytes",
    ]
    assert str(would(x, "index", (slice(None, None, 2), 0))) == (
        "x[::2, 0]: yes, shares\n  float32 [2] on cpu, strides [8], offset 0"
    )
    assert str(would(x, "contiguous")).startswith("x.contiguous(): yes, returns x itself\n")
    assert str(would(x, "unbind", 1)).startswith("x.unbind(1): yes, 4 results, shares\n")
    assert str(would(torch.zeros(9, 2), "unbind")).endswith("\n  and 5 more")
    assert str(would(torch.zeros(2, dtype=torch.cfloat), "view_as_real")).startswith("torch.view_as_real(x): yes")


def test_an_answer_calls_the_tensor_as_its_user_does(x):
    def about(tensor, name):
        return Subject.of(read_facts(tensor), name)

    view = ask(about(x.t(), "x.t()"), "view", 12)
    assert str(view).startswith("x.t().view(12): no\n")
    assert view.remedy == "x.t().reshape(12) copies 48 bytes"
    assert str(ask(about(x, "a + b"), "contiguous")).startswith("(a + b).contiguous(): yes, returns (a + b) itself")
    assert str(ask(about(x.cfloat(), "z"), "view_as_real")).startswith("torch.view_as_real(z): yes")
    assert str(ask(about(x, "0.weight"), "index", 0)).startswith("0.weight[0]: yes")


def test_the_words_of_torch_are_not_said_twice(x):
    assert str(would(x, "view")).count("received an invalid combination of arguments") == 1


def test_threads_that_ask_at_once_leave_the_warnings_of_the_process_as_they_were(x):
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=lambda: [would(x, "view", 12) for _ in range(200)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert list(warnings.filters) == before
    assert not torch.is_warn_always_enabled()


def test_taking_an_answer_for_a_truth_value_is_met_with_help(x):
    with pytest.raises(TypeError, match=r"ask `\.possible` .* or `\.shares`"):
        bool(would(x, "t"))


def test_an_answer_is_data_that_json_knows(x):
    data = json.loads(json.dumps(would(x.t(), "view", 12).to_dict()))
    assert data["operation"] == "view(12)"
    assert data["reshape"]["bytes_copied"] == 48
    assert data["error"]["type"] == "RuntimeError"
    assert json.loads(json.dumps(would(x, "chunk", 2).to_dict()))["parts"][1]["offset"] == 8
    assert would(x, "numpy").to_dict()["byte_strides"] == [16, 4]


# --- Devices and kinds ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="asks for what is not there")
def test_a_device_that_is_not_there_is_a_plain_answer(x):
    answer = would(x, "to", "cuda")
    with pytest.raises((AssertionError, RuntimeError)) as raised:
        x.to("cuda")
    assert not answer.possible
    assert (answer.error.type, answer.error.text) == (raised.type.__name__, str(raised.value))


def test_cpu_with_a_number_is_another_device_to_torch(x):
    assert would(x, "to", "cpu").same_object
    assert would(x, "to", "cpu:0").shares is False
    assert x.to("cpu:0") is not x


def on_a_gpu(x):
    return Subject(layout=Layout(tuple(x.shape), x.stride(), 0, 4), dtype=x.dtype, device=torch.device("cuda:1"),
                   storage_bytes=48)  # fmt: skip


def test_memory_on_an_accelerator_is_told_without_one(x):
    there = on_a_gpu(x.t())
    assert ask(there, "to", "cuda:1").same_object
    assert ask(there, "view", 12).remedy == "x.reshape(12) copies 48 bytes"
    down = ask(there, "to", "cpu")
    assert (down.shares, down.bytes_copied, down.device.type, down.strides) == (False, 48, "cpu", (1, 4))
    array = ask(there, "numpy")
    assert array.error.text == (
        "can't convert cuda:1 device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
    )
    assert array.remedy == "x.cpu().numpy() copies 48 bytes"
    assert ask(there, "numpy", force=True).bytes_copied == 48


class OnAGpu(torch.Tensor):
    """A tensor that says it is on an accelerator and cannot be read."""

    device = torch.device("cuda:1")

    def cpu(self):
        raise AssertionError("waited for the device")


@pytest.mark.parametrize("index", [torch.tensor([True, False, True]), torch.tensor([1, 5]), torch.tensor(2)])
def test_an_index_on_an_accelerator_is_not_read_unless_asked(x, index):
    answer = ask(on_a_gpu(x), "index", index.as_subclass(OnAGpu))
    assert answer.possible
    if index.dtype == torch.bool:
        assert (answer.shape, answer.shares, answer.bytes_copied) == (None, False, None)
        assert answer.reason.endswith("ask with index(key, wait=True)")
        assert "shape not known" in str(answer)
    elif index.ndim:
        assert (answer.shape, answer.shares) == ((2, 4), False)
    else:
        assert (answer.shape, answer.strides, answer.offset, answer.shares) == ((4,), (1,), None, True)
    with pytest.raises(AssertionError, match="waited"):
        # what reading raises is no error of torch's, and the answer would hide it
        raise AssertionError(ask(on_a_gpu(x), "index", index.as_subclass(OnAGpu), wait=True).error.text)


@pytest.mark.gpu
def test_a_mask_on_an_accelerator_is_counted_when_waiting_is_allowed():
    x = torch.arange(12.0, device="cuda").view(3, 4)
    mask = torch.tensor([True, False, True], device="cuda")
    assert would(x, "index", mask).shape is None
    assert would(x, "index", mask, wait=True).shape == (2, 4)
    assert would(x, "to", "cuda").same_object
    assert not would(x, "to", f"cuda:{torch.cuda.device_count()}").possible


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: torch.eye(2).to_sparse(), "a sparse one"),
        (lambda: torch.nested.nested_tensor([torch.zeros(2)], layout=torch.jagged), "a nested one"),
        (lambda: np.zeros(3), "torch.from_numpy(array)"),
        (lambda: torch.zeros(3).untyped_storage(), "a storage one"),
    ],
)
def test_other_kinds_get_a_plain_no(make, kind):
    with pytest.raises(UsageError, match=r"Not for .*") as caught:
        would(make(), "view", -1)
    assert kind in str(caught.value)


def test_meta_and_fake_tensors_are_answered_for():
    with FakeTensorMode():
        fake = torch.empty(3, 4, device="cuda:0").t()
    assert would(fake, "view", 12).reshape.bytes_copied == 48
    assert would(fake, "to", "cuda").same_object or torch.cuda.is_available()
    assert would(fake, "numpy").error.text == ".numpy() is not supported for tensor subclasses."
    meta = torch.empty(3, 4, device="meta")
    assert would(meta, "to", "cpu").error == would(meta, "cpu").error
    assert would(meta, "as_strided", (2,), (400,)).possible == (meta.as_strided((2,), (400,)).shape == (2,))


def test_an_index_without_values_is_refused(x):
    with pytest.raises(UsageError, match="The values of an index decide, and a meta tensor shows none"):
        would(x, "index", torch.tensor([1], device="meta"))


# --- Asking touches nothing -------------------------------------------------------------------------------------------


def test_asking_changes_nothing_and_keeps_nothing():
    x = torch.arange(12.0).view(3, 4).requires_grad_()
    y = x.exp()
    key = torch.tensor([0, 2])
    _answers = [would(y, "index", key), would(y, "view_as", x), would(y, "to", x), would(y, "numpy")]
    assert (y._version, x.grad, key._version) == (0, None, 0)
    y.sum().backward()
    gone = [weakref.ref(thing) for thing in (x, y, key)]
    del x, y, key
    gc.collect()
    assert [reference() for reference in gone] == [None] * 3


def test_answers_are_about_layouts_not_memory():
    terabytes = torch.zeros(1).expand(10**12)
    assert would(terabytes, "contiguous").bytes_copied == 4 * 10**12
    assert would(terabytes, "index", [10**12 - 1]).shape == (1,)


class Watching(TorchDispatchMode):
    seen = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.seen += 1
        return func(*args, **(kwargs or {}))


def test_modes_and_transforms_round_the_question_neither_see_nor_change_it(x):
    def all_answers():
        return [would(x.t(), *call) for call in (("view", 12), ("numpy",), ("index", [1]), ("to", torch.half))]

    expected = all_answers()
    transposed = x.t()
    with Watching() as watching:
        would(transposed, "view", 12)
        would(transposed, "index", [1])
    assert watching.seen == 0
    with torch.device("meta"):
        assert all_answers() == expected
    with torch.inference_mode():
        assert all_answers() == expected
    subject = Subject.of(read_facts(x.t()))
    with FakeTensorMode():
        assert ask(subject, "view", 12) == expected[0]
        assert ask(subject, "index", [1]) == expected[2]
    found = []
    torch.func.vmap(lambda row: found.append(ask(subject, "index", [1])) or row)(torch.zeros(2))
    torch.func.grad(lambda row: found.append(ask(subject, "numpy")) or row.sum())(torch.zeros(2))
    assert found == [expected[2], expected[1]]


def test_numpy_depends_on_whether_gradients_are_recorded_where_it_is_asked(x):
    x.requires_grad_()
    assert not would(x, "numpy").possible
    with torch.no_grad():
        assert would(x, "numpy").shares
        assert x.numpy().shape == (3, 4)


WARNED_ONCE = """
import warnings, torch, retorch
x = torch.zeros(2, 3, 4)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    assert retorch.inspect(x).T.strides == (1, 4, 12) and not caught
    x.T
assert "deprecated" in str(caught[0].message)
"""


def test_a_warning_that_torch_gives_once_is_left_to_the_users_own_line():
    subprocess.run([sys.executable, "-c", WARNED_ONCE], check=True)


def test_as_strided_reaches_the_last_element_of_the_storage_and_not_beyond(x):
    row = x[1]
    assert would(row, "as_strided", (2,), (11,), 0).strides == x.as_strided((2,), (11,)).stride() == (11,)
    beyond = would(row, "as_strided", (2,), (12,), 0)
    assert beyond.reason.endswith("requiring a storage size of 52 are out of bounds for storage of size 48")
    assert would(row, "as_strided", (2, 0), (12, 1), 99).possible


# --- Which dimensions can be merged -----------------------------------------------------------------------------------


def test_dimensions_of_size_one_merge_with_anything_in_front_of_them():
    layout = Layout((2, 1, 3, 4), (50, 7, 4, 1), 0, 4)
    assert [(chunk.first, chunk.last, chunk.numel) for chunk in chunks_of(layout)] == [(1, 3, 12), (0, 0, 2)]
    assert why_not_merged(layout, (2, 12)) == ""
    assert why_not_merged(layout, (24,)) == (
        "dimensions 0 and 2 cannot be merged: stride 50 of dimension 0 is not 12 x stride 1 of dimension 3 (= 12)"
    )


@given(st.data())
def test_our_own_arithmetic_agrees_with_view(data):
    shape = data.draw(st.lists(st.sampled_from([0, 1, 2, 3, 4]), max_size=4))
    strides = [data.draw(st.sampled_from([0, 1, 2, 3, 4, 6, 8, 12])) for _ in shape]
    wanted, rest = [], torch.Size(shape).numel()
    while rest > 1:
        wanted.append(data.draw(st.sampled_from([size for size in range(1, rest + 1) if rest % size == 0])))
        rest //= wanted[-1]
    wanted += [0] if rest == 0 else []
    x = torch.zeros(200).as_strided(shape, strides)
    layout = Layout(tuple(shape), tuple(strides), 0, 4)
    try:
        x.view(wanted)
        works = True
    except RuntimeError:
        works = False
    assert (why_not_merged(layout, tuple(wanted)) == "") == works
