"""The card says what matters first, in words, within the width of a terminal."""

import os

import numpy as np
import pytest
import torch
from torch import nn

import retorch
from retorch.inspection._card import card
from retorch.inspection._table import table
from retorch.tensors import read_facts


def rows(x, **options):
    """The lines of a card by their label, wrapped ones joined."""
    told = {}
    for line in card(read_facts(x, **options), width=200).split("\n\n")[0].splitlines()[1:]:
        told[line[:15].strip()] = line[15:]
    return told


def test_a_transposed_tensor():
    x = torch.arange(12.0).view(3, 4).clone()
    assert card(read_facts(x.t()), "x", 80) == (
        "x  tensor  float32 [4, 3]  cpu\n"
        "strides        [1, 4], offset 0\n"
        "contiguous     no: dimension 1 has stride 4, row-major order needs 1 (a\n"
        "               transpose of a [3, 4] block)\n"
        "memory         48 bytes seen, 48 bytes of storage kept alive\n"
        "view           of a float32 [3, 4] tensor; writing to one changes the other\n"
        "in-place       allowed, as far as seen without backward_from=\n"
        "autograd       leaf, requires no gradient, version 0\n"
        "\n"
        "place of each element in the storage\n"
        "[[ 0  4  8]\n"
        " [ 1  5  9]\n"
        " [ 2  6 10]\n"
        " [ 3  7 11]]"
    )


def test_a_tensor_with_nothing_special_has_a_short_card():
    assert card(read_facts(torch.zeros(2)), "", 80).splitlines() == [
        "tensor  float32 [2]  cpu",
        "strides        [1], offset 0",
        "contiguous     yes",
        "memory         8 bytes seen, 8 bytes of storage kept alive",
        "in-place       allowed, as far as seen without backward_from=",
        "autograd       leaf, requires no gradient, version 0",
    ]


def test_a_small_part_of_a_large_storage_says_what_it_keeps_alive():
    told = rows(torch.zeros(1024, 1024 * 4)[0, :2])
    assert told["memory"] == "8 bytes seen, 16,777,216 bytes (16.0 MiB) of storage kept alive"


def test_an_alias_that_torch_does_not_record_is_told():
    x = torch.arange(6.0)
    part = x.detach()[2:].data
    assert rows(x.detach())["shared"] == (
        "2 other tensors hold the same storage: a view, what detach() or .data gave, or a value saved for a backward"
    )
    activation = torch.ones(3, requires_grad=True).exp()
    assert "shared" not in rows(activation)  # the value saved for the backward is told with what a write would do
    del x
    assert rows(part)["view"] == "torch has no record of one, yet it sees only a part of its storage"


def test_memory_from_elsewhere_is_told():
    assert rows(torch.from_numpy(np.ones(3)))["memory"].endswith("lent by or to NumPy, a file or another library")
    assert rows(torch.ones(3).share_memory_())["memory"].endswith("shared with other processes")


def test_bits_that_change_the_values_are_told_where_they_are_set():
    x = torch.ones(3, dtype=torch.complex64)
    assert rows(x.conj())["values"] == "the complex conjugates of what the memory holds"
    assert rows(x.conj().imag)["values"] == "the negatives of what the memory holds"
    assert "values" not in rows(x)


def test_memory_formats_of_images_are_told():
    assert rows(torch.zeros(2, 3, 8, 8).to(memory_format=torch.channels_last))["memory format"] == "channels_last"
    assert rows(torch.zeros(2, 1, 8, 8))["memory format"] == "contiguous and channels_last"
    assert "memory format" not in rows(torch.zeros(2, 3, 8, 8))


def test_how_a_tensor_stands_to_autograd():
    x = torch.ones(3, 3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    pieces = y.split(1)
    assert rows(x)["autograd"] == "leaf, requires a gradient, version 0"
    assert rows(y)["autograd"] == "made by MulBackward0, requires a gradient, will keep it, version 0"
    assert rows(pieces[2])["autograd"].startswith("made by output 2 of SplitBackward0, requires a gradient")
    y.sum().backward()
    assert rows(x)["autograd"] == "leaf, requires a gradient, has one, version 0"
    with torch.inference_mode():
        assert rows(torch.ones(2))["autograd"] == "an inference tensor: no graph, no version"


def test_what_a_write_would_do():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    assert rows(x)["in-place"].startswith("forbidden: a leaf that requires a gradient; write under torch.no_grad()")
    assert rows(y)["in-place"].startswith("breaks backward: saved for the backward of exp (as its result)")
    assert rows(torch.ones(3), backward_from=y.sum())["in-place"] == "allowed"


def test_the_inside_of_a_sparse_tensor_is_told():
    told = card(read_facts(torch.eye(3).to_sparse()), width=80)
    assert "holds          ._values(): float32 [3], strides [1], 12 bytes" in told


def test_an_array_has_no_autograd():
    assert "autograd" not in rows(np.ones(3))


def many():
    with torch.inference_mode():
        inference = torch.ones(3)
    return [
        inference,
        torch.zeros(2, 3, 4, 5, 6).permute(4, 2, 0, 1, 3),
        torch.zeros(10**4, 10**4)[::3, ::7],
        torch.ones(3, requires_grad=True).exp(),
        torch.ones(3, 3, requires_grad=True).clone().unbind(0)[0],
        torch.ones(3, dtype=torch.complex64).conj(),
        torch.eye(3).to_sparse_csr(),
        torch.zeros(5, device="meta"),
        np.zeros((3, 4))[::-1, ::2],
        b"abcd",
    ]


@pytest.mark.parametrize("width", [40, 60, 80])
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support")
def test_a_card_fits_the_terminal_and_has_no_escape_codes(width):
    for x in many():
        text = card(read_facts(x), "encoder.layer", width)
        assert max(map(len, text.splitlines())) <= width, text
        assert text.replace("\n", "").isprintable()


def test_the_width_of_the_terminal_counts_up_to_eighty(monkeypatch):
    inspection = retorch.inspect(torch.zeros(3, 4).t())
    for columns, most in ((50, 50), (200, 80)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert os.get_terminal_size is not None
        assert max(map(len, str(inspection).splitlines())) <= most


def test_a_table_fits_the_terminal_and_keeps_the_end_of_a_long_name():
    layer = nn.ModuleDict({"a_name_that_is_far_too_long_for_a_terminal" * 2: nn.Linear(2, 3)})
    for width in (40, 60, 80):
        text = table(retorch.inspect(layer), width)
        assert max(map(len, text.splitlines())) <= width
        assert ".weight" in text


def test_what_it_is_a_view_of_has_the_right_article():
    assert rows(torch.arange(4)[:2])["view"].startswith("of an int64 [4] tensor;")
    assert rows(torch.zeros(4)[:2])["view"].startswith("of a float32 [4] tensor;")
    assert rows(memoryview(np.zeros(4)))["view"].startswith("of an array;")


def test_a_tensor_with_views_is_not_said_to_be_hidden_from_torch():
    x = torch.zeros(4)
    view = x[:2]
    assert rows(x)["shared"].startswith("1 other tensor holds the same storage: a view, ")
    del view
    assert "shared" not in rows(x)


def test_an_array_with_strides_of_part_elements_says_what_breaks_the_order():
    told = rows(np.zeros(4, dtype=[("a", "i2"), ("b", "f4")])["b"])
    assert told["strides"] == "[6] bytes; its elements do not lie on a grid of whole elements"
    assert told["contiguous"] == "no: dimension 0 has a stride of 6 bytes, row-major order needs 4"
    shifted = rows(np.frombuffer(bytearray(17), dtype="f4", offset=1))
    assert shifted["strides"] == "[4] bytes; its elements do not lie on a grid of whole elements"
    assert shifted["contiguous"] == "yes"


def test_enormous_sizes_are_said_in_units_that_fit():
    assert "(3.5 EiB)" in rows(torch.zeros(1).expand(10**9, 10**9))["memory"]
