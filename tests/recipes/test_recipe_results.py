"""What the built-in recipes reach."""

import pytest
import torch

from retorch.recipes import digits, mnist


@pytest.fixture(autouse=True)
def _threads_put_back():
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


def test_digits_passes_97_percent_on_held_out_images():
    result = digits.train(digits.Config(epochs=6, channels=16), threads=2, quiet=True)
    assert result.validation["accuracy"] > 0.97


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_digits_passes_97_percent_as_it_comes_whatever_the_seed(seed):
    assert digits.train(digits.Config(seed=seed), threads=2, quiet=True).validation["accuracy"] > 0.97


@pytest.mark.long
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mnist_passes_97_5_percent_as_it_comes_whatever_the_seed(seed):
    assert mnist.train(mnist.Config(seed=seed), threads=2, quiet=True).validation["accuracy"] > 0.975


def test_two_workers_move_the_images_as_none_does():
    small = {"epochs": 1, "channels": 2, "batch_size": 256}
    alone = mnist.train(mnist.Config(workers=0, **small), threads=1, quiet=True)
    helped = mnist.train(mnist.Config(workers=2, **small), threads=1, quiet=True)
    assert alone == helped
