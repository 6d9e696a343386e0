"""The summary says what a model is made of, and leaves it as it is."""

from __future__ import annotations

import copy

import pytest
import torch
from tests.loop.material import assert_same_bits, linear, mlp, numbers, weights
from torch import nn

import retorch


def rows(model, sample=None):
    return {row.name: row for row in retorch.summary(model, sample).rows}


def test_the_counts_are_those_of_the_parameters():
    facts = retorch.summary(mlp(norm=True))
    # 3*6+6, 2*6 (BatchNorm), 6*2+2; its buffers are 6 means, 6 variances and one int64.
    assert (facts.parameters, facts.trainable) == (24 + 12 + 14, 50)
    assert facts.bytes == 4 * (50 + 12) + 8


def test_there_is_a_row_for_each_module_that_has_something_to_say():
    found = rows(nn.Sequential(mlp(), nn.ModuleList([nn.Linear(1, 1)])))
    assert list(found) == ["0.0", "0.1", "0.2", "0.3", "1.0"]
    assert found["0.0"].kind == "Linear"
    assert found["0.0"].shapes == ((6, 3), (6,))
    assert found["0.1"].parameters == 0
    assert found["0.1"].state == ""


def test_frozen_and_partly_frozen_modules():
    model = mlp()
    model[0].requires_grad_(False)
    model[3].bias.requires_grad_(False)
    facts, found = retorch.summary(model), rows(model)
    assert (facts.parameters, facts.trainable) == (38, 12)
    assert [found[name].state for name in ("0", "3")] == ["frozen", "partly frozen"]
    assert rows(mlp())["0"].state == "trainable"
    assert "38 parameters, 12 trainable, 26 frozen" in str(facts)


def test_each_module_has_its_own_mode():
    model = mlp(0.5)
    model[0].eval()
    found = rows(model)
    assert [found[name].mode for name in ("0", "2")] == ["eval", "train"]
    assert "trainable, eval" in str(retorch.summary(model))


def tied():
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
    model[1].weight = model[0].weight
    return model


def test_tied_parameters_count_once_and_the_rows_add_up():
    facts = retorch.summary(tied())
    assert (facts.parameters, facts.trainable, facts.bytes) == (15, 15, 60)
    assert sum(row.parameters for row in facts.rows) == 15
    assert [row.state for row in facts.rows] == ["trainable", "tied"]
    assert facts.rows[1].shapes == ((5, 3),)


def test_a_module_that_is_used_twice_is_one_row():
    layer = nn.Linear(3, 3)
    facts = retorch.summary(nn.Sequential(layer, layer), numbers(2, 3))
    assert facts.parameters == 12
    assert [row.name for row in facts.rows] == ["0"]


def test_parameters_beside_children_have_a_row_of_their_own():
    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = nn.Parameter(torch.ones(()))
            self.layer = nn.Linear(3, 2)

        def forward(self, inputs):
            return self.scale * self.layer(inputs)

    found = rows(Scaled(), numbers(4, 3))
    assert list(found) == ["(itself)", "layer"]
    assert found["(itself)"].shapes == ((),)
    assert found["(itself)"].parameters == 1
    assert found["(itself)"].output == (4, 2)


def test_a_model_without_parameters():
    facts = retorch.summary(nn.Flatten())
    assert (facts.parameters, facts.trainable, facts.bytes, len(facts.rows)) == (0, 0, 0, 1)
    assert "0 parameters" in str(facts)


# With a sample.


def test_a_sample_shows_the_shapes_of_the_outputs():
    found = rows(mlp(), numbers(4, 3))
    assert [found[name].output for name in ("0", "1", "3")] == [(4, 6), (4, 6), (4, 2)]
    assert "output" in str(retorch.summary(mlp(), numbers(4, 3)))
    assert "output" not in str(retorch.summary(mlp()))


def test_a_sample_changes_nothing():
    model = mlp(0.5, norm=True)
    model[3].eval()
    before, modes = weights(model), [module.training for module in model.modules()]
    stream = torch.get_rng_state()
    retorch.summary(model, numbers(4, 3))
    assert_same_bits(before, model)
    assert [module.training for module in model.modules()] == modes
    assert torch.equal(torch.get_rng_state(), stream)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(parameter.grad is None for parameter in model.parameters())


def test_a_sample_that_does_not_fit_leaves_no_hook():
    model = mlp(0.5)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        retorch.summary(model, numbers(4, 7))
    assert model.training
    assert not any(module._forward_hooks for module in model.modules())


def test_outputs_that_are_no_tensors():
    class Both(nn.Module):
        def forward(self, batch):
            return {"sum": batch["x"].sum()}

    assert rows(nn.Sequential(Both()), {"x": numbers(4, 3)})["0"].output is None
    assert rows(nn.LSTM(3, 5), numbers(7, 2, 3))["(itself)"].output == (7, 2, 5)


# Lazy modules.


def lazy():
    return nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.Linear(4, 2))


def test_what_a_lazy_module_has_not_made_yet_counts_as_none():
    facts = retorch.summary(lazy())
    assert facts.parameters == 10
    assert facts.rows[0].state == "uninitialised"
    assert facts.rows[0].shapes == ()
    assert "uninitialised, train" in str(facts)


def test_a_sample_shows_what_a_lazy_module_will_be_and_does_not_make_it():
    model = lazy()
    stream = torch.get_rng_state()
    facts = retorch.summary(model, numbers(4, 3))
    assert facts.parameters == 16 + 10
    assert facts.rows[0].shapes == ((4, 3), (4,))
    assert isinstance(model[0].weight, nn.UninitializedParameter)
    assert torch.equal(torch.get_rng_state(), stream)


def test_a_lazy_model_trains_with_its_summary_on(capsys):
    model = lazy()
    trainer = retorch.Trainer(
        model, torch.optim.SGD(model.parameters(), lr=0.1), loss=nn.MSELoss(), seed=1, device="cpu"
    )
    assert trainer.fit((numbers(8, 3), numbers(8, 2)), epochs=1).steps == 1
    assert "LazyLinear" in capsys.readouterr().err


# Printing.


def test_the_table_as_it_is_printed():
    lines = str(retorch.summary(mlp(), numbers(4, 3))).splitlines()
    assert lines[0].strip() == "Model"
    assert [line.rstrip() for line in lines[4:6]] == [
        "│ 0      │ Linear  │         24 │ [6, 3]  [6] │ trainable, train │ [4, 6] │",
        "│ 1      │ ReLU    │            │             │ train            │ [4, 6] │",
    ]
    assert lines[-1].strip() == "38 parameters, 38 trainable, 0 frozen, 0.00 MB"


def test_names_that_look_like_markup_are_printed_as_they_are():
    text = str(retorch.summary(nn.ModuleDict({"[bold]x[/bold]": nn.Linear(1, 1), ":smile:": nn.Linear(1, 1)})))
    assert "[bold]x[/bold]" in text
    assert ":smile:" in text


def test_large_numbers_are_grouped():
    with torch.device("meta"):
        model = nn.Linear(4000, 3000)
    assert "12,003,000 parameters" in str(retorch.summary(model))
    assert "48.01 MB" in str(retorch.summary(model))


def test_long_names_stay_whole():
    model = linear()
    name = "a_name_of_a_module_that_somebody_made_very_long_indeed" * 2
    deep = nn.ModuleDict({name: copy.deepcopy(model)})
    shown = "".join(line.split("│")[1].strip() for line in str(retorch.summary(deep)).splitlines() if "│" in line)
    assert name in shown
