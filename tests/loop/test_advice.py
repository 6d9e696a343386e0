"""What the loop can see of optimizer and model before the first step."""

from __future__ import annotations

import pytest
import torch
from tests.loop.material import SEED, linear, mlp, numbers, sgd
from torch import nn

import retorch
from retorch.errors import OptimizerError, RetorchNotice


def test_an_optimizer_over_the_model_is_fine():
    model = mlp()
    retorch.Run(None, seed=SEED, model=model, optimizer=sgd(model)).close()


def test_several_groups_and_several_optimizers_are_fine():
    model, other = mlp(), linear()
    groups = torch.optim.SGD([{"params": model[0].parameters()}, {"params": model[3].parameters(), "lr": 1.0}], lr=0.1)
    retorch.Run(None, seed=SEED, model=model, other=other, optimizer=groups, second=sgd(other)).close()


def test_one_optimizer_over_two_modules_is_fine():
    model, head = mlp(), linear(2, 2)
    both = torch.optim.SGD([*model.parameters(), *head.parameters()], lr=0.1)
    retorch.Run(None, seed=SEED, model=model, head=head, optimizer=both).close()


def test_frozen_parameters_need_no_optimizer():
    model = mlp()
    model[0].requires_grad_(False)
    retorch.Run(None, seed=SEED, model=model, optimizer=sgd(model[3])).close()


def test_a_teacher_that_nobody_trains_is_fine():
    model, teacher = mlp(), mlp()
    retorch.Run(None, seed=SEED, model=model, teacher=teacher, optimizer=sgd(model)).close()


def test_a_model_without_an_optimizer_and_an_optimizer_without_a_model_are_fine():
    model = mlp()
    retorch.Run(None, seed=SEED, model=model).close()
    retorch.Run(None, seed=SEED, optimizer=sgd(model)).close()


def test_the_weights_of_a_compiled_model_are_the_models():
    model = mlp()
    retorch.Run(None, seed=SEED, model=torch.compile(model, backend="eager"), optimizer=sgd(model)).close()


def test_tied_weights_are_held_when_they_are_held_once():
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    model[1].weight = model[0].weight
    retorch.Run(None, seed=SEED, model=model, optimizer=torch.optim.SGD([model[1].weight], lr=0.1)).close()


def test_an_optimizer_of_another_copy_is_refused():
    model, other = mlp(), mlp()
    with pytest.raises(OptimizerError) as caught:
        retorch.Run(None, seed=SEED, model=model, optimizer=sgd(other))
    assert str(caught.value).startswith(
        "the optimizer 'optimizer' holds none of the parameters of 'model': it would train another copy. "
        "Build it after the model, from this model's parameters()."
    )


def test_the_wrong_one_of_two_optimizers_is_named():
    model = mlp()
    with pytest.raises(OptimizerError, match="the optimizer 'second' holds none of the parameters of 'model'"):
        retorch.Run(None, seed=SEED, model=model, optimizer=sgd(model), second=sgd(mlp()))


def test_an_optimizer_over_a_tensor_of_its_own_hears_why_that_cannot_be():
    """An image that is optimised through a frozen network would be in no checkpoint."""
    image = numbers(1, 3).requires_grad_()
    with pytest.raises(OptimizerError, match="it would train another copy"):
        retorch.Run(None, seed=SEED, model=mlp().requires_grad_(False), optimizer=torch.optim.SGD([image], lr=0.1))


def test_a_folder_is_not_made_for_such_a_run(folder):
    with pytest.raises(OptimizerError):
        retorch.Run(folder, seed=SEED, model=mlp(), optimizer=sgd(mlp()))
    assert not folder.exists()


def test_parameters_that_nobody_trains_are_noticed_at_the_users_line():
    model = mlp()
    with pytest.warns(RetorchNotice) as told:
        retorch.Run(None, seed=SEED, model=model, optimizer=sgd(model[3])).close()
    assert str(told[0].message) == (
        "no optimizer holds model.0.weight, model.0.bias, though they are trainable: they will not learn. "
        "Give them to an optimizer, or freeze them with requires_grad_(False)"
    )
    assert told[0].filename == __file__


def test_many_of_them_are_counted():
    model = nn.Sequential(*(nn.Linear(2, 2) for _ in range(6)))
    with pytest.warns(RetorchNotice, match=r"0.weight, model.0.bias, .*, model.2.weight and 5 more, though"):
        retorch.Run(None, seed=SEED, model=model, optimizer=sgd(model[5])).close()


def test_a_model_that_nobody_seeded_is_noticed(monkeypatch):
    model = mlp()
    monkeypatch.setattr(retorch.randomness._seeding, "_current_seed", None)
    monkeypatch.setattr(torch, "initial_seed", lambda: 2**40)
    with pytest.warns(
        RetorchNotice, match=r"from a generator that nobody seeded.*call retorch.seed_everything\(seed\)"
    ):
        retorch.Run(None, seed=SEED, model=model).close()


def test_a_model_seeded_with_torch_alone_is_fine(monkeypatch):
    monkeypatch.setattr(retorch.randomness._seeding, "_current_seed", None)
    torch.manual_seed(3)
    retorch.Run(None, seed=SEED, model=nn.Linear(2, 2)).close()
