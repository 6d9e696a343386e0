"""The checker beside a run."""

import gc

import pytest
import torch
from torch import nn
from torch.overrides import _get_current_function_mode_stack

import retorch
from retorch.checks import Checks
from retorch.checks._checker import _OPEN
from retorch.errors import UsageError


@pytest.fixture(autouse=True)
def as_before():
    with torch.random.fork_rng():
        yield
    gc.collect()
    assert not list(_OPEN)
    assert _get_current_function_mode_stack() == []


def parts():
    torch.manual_seed(3)
    model = nn.Sequential(nn.Linear(4, 8), nn.Dropout(), nn.Linear(8, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def loop(observers, *, in_eval=True, fails=False):
    model, optimizer = parts()
    run = retorch.Run(None, seed=3, model=model, optimizer=optimizer, observers=observers)
    for _ in run.epochs(2):
        model.train(not in_eval)
        for inputs in run.steps([torch.ones(3, 4)] * 3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(inputs), torch.zeros(3, dtype=torch.long)).backward()
            optimizer.step()
            _ = 1 / 0 if fails else 1
    return [parameter.detach() for parameter in model.parameters()]


def test_it_finds_what_a_run_does_wrong_and_says_so_at_the_end(capsys):
    checks = Checks()
    loop([checks])
    assert [finding.rule for finding in checks.findings.warnings] == ["training-in-eval-mode"]
    assert checks.findings[0].text == "model.train(not in_eval)"
    assert checks.findings.steps == 6
    assert "warning: training-in-eval-mode" in capsys.readouterr().err


def test_it_can_be_quiet_and_is_where_nothing_is_wrong(capsys):
    loop([Checks(quiet=True)])
    loop([Checks()], in_eval=False)
    assert capsys.readouterr().err == ""


def test_the_weights_are_the_same_bits():
    assert all(map(torch.equal, loop([]), loop([Checks(quiet=True)])))


def test_one_observer_can_watch_several_runs():
    checks = Checks(quiet=True)
    loop([checks], in_eval=False)
    assert not checks.findings.warnings
    loop([checks])
    assert len(checks.findings.warnings) == 1


def test_a_run_that_an_error_leaves_is_told_when_it_is_dropped(capsys):
    checks = Checks()
    with pytest.raises(ZeroDivisionError):
        loop([checks], fails=True)
    gc.collect()
    assert checks.findings.warnings
    assert "training-in-eval-mode" in capsys.readouterr().err


def test_a_trainer_takes_it():
    model, optimizer = parts()
    checks = Checks(quiet=True)
    data = [(torch.ones(4), 0), (torch.zeros(4), 1)] * 4
    trainer = retorch.Trainer(model, optimizer, loss=nn.CrossEntropyLoss(), observers=[checks], seed=3)
    trainer.fit(data, data, epochs=2, batch_size=4, quiet=True)
    assert checks.findings.steps == 4
    assert not [finding for finding in checks.findings if finding.grade != "advice"], list(checks.findings)


def test_names_that_no_check_has_are_refused():
    with pytest.raises(UsageError, match="no check 'x'"):
        Checks(allow=["x"])
