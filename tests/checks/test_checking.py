"""Round any code: nothing changes, nothing stays, nothing breaks."""

import builtins
import contextlib
import gc
import linecache
import random
import sys
import threading
import types
import warnings
import weakref

import numpy as np
import pytest
import torch
from checked_training import EachStep, Failing, checker, network, train
from torch import nn
from torch.overrides import TorchFunctionMode, _get_current_function_mode_stack
from torch.utils.data import DataLoader, TensorDataset

import retorch
from retorch.checks import all_rules, checking
from retorch.checks._observations import Ended, OperationDone
from retorch.checks._rule import Rule, sees
from retorch.checks.probes import PROBES
from retorch.checks.probes._patches import _PATCHED
from retorch.errors import RetorchNotice, UsageError

WRONG = """
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
best = model.state_dict()
for _ in range(3):
    optimizer.zero_grad()
    model(torch.ones(2, 4)).sum().backward()
    optimizer.step()
model.load_state_dict(best)
"""


def run_cell(number, source, names):
    """Run source as a notebook does: its lines are known to `linecache` under a name that is no file."""
    file = f"<ipython-input-{number}-abcdef>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


def everything():
    """All that can be patched: what each module of torch, of NumPy's random and of `random` has, and their classes."""
    names = [name for name in sys.modules if name.partition(".")[0] in {"torch", "numpy", "random", "copy", "pickle"}]
    seen = {}
    for name in names:
        module = sys.modules[name]
        for key, value in list(vars(module).items()) if isinstance(module, types.ModuleType) else ():
            seen[name, key] = value
            if issubclass(type(value), type) and not issubclass(value, types.ModuleType):
                seen.update({(name, key, each): inner for each, inner in vars(value).items()})
    return seen


def same(before):
    """Compare by identity; torch loads modules of itself when they are first used."""
    after = everything()
    lost = [key for key, value in before.items() if after.get(key, key) is not value]
    new = [key for key, value in after.items() if len(key) == 3 and key not in before and key[:2] in before]
    there = [key for key in lost + new if key[-1] not in {"__dict__", "__weakref__", "__annotations__", "next_id"}]
    return not there, there


def hooks():
    from torch.nn.modules import module
    from torch.optim import optimizer

    found = {name: dict(value) for name, value in vars(module).items() if name.startswith("_global_") and value}
    return found | {name: dict(value) for name, value in vars(optimizer).items() if "_hooks" in name and value}


def test_the_bits_and_the_random_streams_are_those_of_the_plain_code():
    def everything_random():
        model = network()
        weights = train(model)
        return [*weights, torch.get_rng_state(), torch.tensor(np.random.get_state()[1][:4].astype(np.int64))]

    plain = everything_random()
    python = random.getstate()
    with checking():
        checked = everything_random()
    assert all(map(torch.equal, plain, checked))
    assert random.getstate() == python


@pytest.mark.parametrize("raises", [False, True])
def test_all_patches_and_hooks_are_gone_afterwards(raises):
    with checking():  # what torch itself loads on first use is there now
        train(network())
    before, hooked = everything(), hooks()
    with contextlib.suppress(ZeroDivisionError), checking():
        train(network())
        assert not same(before)[0]
        _ = 1 / 0 if raises else 1
    assert same(before)[0], same(before)[1]
    assert hooks() == hooked
    assert _get_current_function_mode_stack() == []


def test_every_probe_can_be_opened_and_closed_alone():
    before = everything()
    for kind in PROBES:
        probe = kind(lambda _: None, checker().scene)
        probe.open()
        probe.close()
        probe.close()
        assert not _PATCHED, kind
    assert same(before)[0], same(before)[1]


def test_nothing_is_printed_unless_asked(capsys):
    with checking() as findings:
        exec(WRONG, {"torch": torch, "model": network()})
    assert findings.errors
    assert capsys.readouterr() == ("", "")
    assert "error: best-weights-follow-the-training" in str(findings)


def test_a_notebook_cell_is_named_with_its_line():
    names = {"torch": torch, "model": network()}
    with checking() as findings:
        run_cell(3, WRONG, names)
    assert (findings[0].file, findings[0].line) == ("<ipython-input-3-abcdef>", 3)
    assert findings[0].text == "best = model.state_dict()"
    assert "<ipython-input-3-abcdef>:3: best" in str(findings)


def test_a_cell_without_source_has_its_line_all_the_same():
    with checking() as findings:
        exec(compile(WRONG, "<string>", "exec"), {"torch": torch, "model": network(), "__builtins__": builtins})
    assert (findings[0].place, findings[0].text) == ("<string>:3", "")


def test_nested_checkers_both_see_and_each_can_end_first():
    before = everything()
    with checking() as outer, checking() as inner:
        exec(WRONG, {"torch": torch, "model": network()})
    assert len(outer.errors) == len(inner.errors) == 1
    first, second = checker(EachStep), checker(EachStep)
    first.open()
    second.open()
    first.close()
    train(network(), steps=1)
    second.close()
    assert ("each-step" in first.findings, "each-step" in second.findings) == (False, True)
    assert same(before)[0]


def test_what_the_code_raises_comes_out_as_it_is_and_findings_stay():
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"), checking() as findings:
        exec(WRONG, {"torch": torch, "model": network()})
        network()(torch.ones(2, 5))
    assert findings.errors


def test_ctrl_c_passes():
    with pytest.raises(KeyboardInterrupt), checking():
        raise KeyboardInterrupt


def test_code_of_another_thread_is_left_alone():
    with checking() as findings:
        threads = [threading.Thread(target=exec, args=(WRONG, {"torch": torch, "model": network()})) for _ in range(2)]
        for thread in threads:
            thread.start()
        train(network())
        for thread in threads:
            thread.join()
    assert not findings.errors


def test_a_checker_in_a_thread_sees_that_thread():
    found = []

    def work():
        with checking() as findings:
            exec(WRONG, {"torch": torch, "model": network()})
        found.append(findings)

    thread = threading.Thread(target=work)
    thread.start()
    exec(WRONG, {"torch": torch, "model": network()})
    thread.join()
    assert len(found[0].errors) == 1
    assert found[0].errors[0].count == 1


def test_workers_of_a_loader_are_left_alone():
    data = TensorDataset(torch.randn(8, 4))
    with checking() as findings:
        assert len(list(DataLoader(data, batch_size=2, num_workers=1, multiprocessing_context="fork"))) == 4
    assert not findings.errors


def test_a_rule_that_fails_is_switched_off_once_and_the_others_go_on():
    plain = train(network())
    watching = checker(Failing, EachStep)
    with pytest.warns(RetorchNotice) as told, watching:
        weights = train(network())
    [message] = [str(one.message) for one in told]
    assert message.startswith(
        "the check 'failing' failed itself (LookupError: nobody expected this) and is switched off"
    )
    assert message.endswith("your code ran on, untouched. Please report it")
    assert watching.findings[0].count == 4
    assert all(map(torch.equal, plain, weights))


def test_a_failing_rule_is_no_error_where_warnings_are(capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with checker(Failing):
            train(network())
    assert "the check 'failing' failed itself" in capsys.readouterr().err


@pytest.mark.parametrize("kind", PROBES)
def test_a_probe_that_fails_is_switched_off_and_the_code_runs_on(kind, monkeypatch):
    plain = train(network())

    def fail(*_):
        raise LookupError("nobody expected this")

    watching = checker(*all_rules())
    for part in kind.tells:
        monkeypatch.setattr(f"retorch.checks.probes.{kind.__module__.rpartition('.')[2]}.{part.__name__}", fail)
    with warnings.catch_warnings(record=True) as told, watching:
        warnings.simplefilter("always")
        weights = train(network())
    assert all(map(torch.equal, plain, weights))
    assert len([one for one in told if "failed itself" in str(one.message)]) <= 1
    assert not _PATCHED


def test_an_error_of_the_code_is_not_hidden_by_one_of_a_probe(monkeypatch):
    from retorch.checks.probes import _backward

    def fail(*_):
        raise LookupError("nobody expected this")

    monkeypatch.setattr(_backward, "BackwardDone", fail)
    with pytest.warns(RetorchNotice, match="BackwardProbe"), checker(*all_rules()):
        torch.ones(1, requires_grad=True).sum().backward()
    with pytest.raises(RuntimeError, match="does not require grad"), checker(*all_rules()):
        torch.ones(1).sum().backward()


def test_no_tensor_is_kept_alive():
    with checking() as findings:
        model = network()
        train(model)
        batch = torch.randn(2, 4)
        output = model(batch)
        gone = [weakref.ref(one) for one in (model, batch, output, *model.parameters())]
        del model, batch, output
        gc.collect()
        assert [one() for one in gone if one() is not None] == []
    assert not findings.errors


def test_what_a_loader_gives_is_not_kept_alive_either():
    with checking():
        loader = DataLoader(TensorDataset(torch.randn(8, 4)), batch_size=2)
        for _ in loader:
            break
        gone = weakref.ref(loader)
        del loader, _
        gc.collect()
        assert gone() is None


def test_a_wrapper_that_the_code_keeps_goes_on_as_the_plain_function(tmp_path):
    with checking():
        save, clip = torch.save, nn.utils.clip_grad_norm_
    assert save is not torch.save
    save(torch.ones(2), tmp_path / "x.pt")
    parameter = nn.Parameter(torch.ones(2))
    parameter.grad = torch.ones(2)
    assert clip([parameter], 1.0) > 1
    assert torch.equal(torch.load(tmp_path / "x.pt"), torch.ones(2))


def test_somebody_elses_wrapper_on_top_of_ours_is_left_there(monkeypatch):
    plain = torch.save
    with checking():
        below = torch.save
        torch.save = lambda *args, **kwargs: below(*args, **kwargs)
        theirs = torch.save
    assert torch.save is theirs
    torch.save = plain


class Counting(TorchFunctionMode):
    def __init__(self):
        self.calls = []

    def __torch_function__(self, function, types, args=(), kwargs=None):
        self.calls.append(getattr(function, "__name__", str(function)))
        return function(*args, **(kwargs or {}))


def test_modes_of_the_code_see_what_they_see_without_the_checker():
    plain, watched = Counting(), Counting()
    with plain:
        train(network())
    with checking(), watched:
        train(network())
    assert watched.calls == plain.calls


def test_modes_of_the_code_come_off_in_their_own_order():
    """The mode of the probe comes and goes with the steps, below those that the code has entered."""
    with checking(steps=1):
        with Counting() as outer:
            train(network(), steps=1)
            with Counting() as inner:
                train(network(), steps=3)
                assert _get_current_function_mode_stack() == [outer, inner]
            model = network()
            with torch.no_grad():
                model.eval()(torch.ones(1, 4))
                assert _get_current_function_mode_stack()[1:] == [outer]
                model(torch.ones(1, 4))
            assert _get_current_function_mode_stack() == [outer]
        assert _get_current_function_mode_stack() == []
    assert _get_current_function_mode_stack() == []


class Operations(Rule):
    """Counts what is watched."""

    name = "operations"
    grade = "advice"

    def __init__(self, scene):
        super().__init__(scene)
        self.seen = []

    @sees(OperationDone)
    def look(self, seen):
        self.seen.append(self.scene.step)

    @sees(Ended)
    def end(self, seen):
        Operations.last = self.seen


def test_single_operations_are_watched_in_the_first_steps_only():
    with checker(Operations, steps=2):
        train(network(), steps=5)
    assert set(Operations.last) == {0, 1}


def test_single_operations_are_watched_again_where_shapes_are_new():
    with checker(Operations, steps=1):
        model = network()
        train(model, steps=3)
        train(model, steps=1, batch=5)
        train(model, steps=2)
    assert set(Operations.last) >= {0, 3}
    assert not {2, 5} & set(Operations.last)


def test_no_steps_watch_no_operation():
    with checker(Operations, steps=0):
        train(network())
    assert Operations.last == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_compiled_code_runs_as_it_is():
    torch._dynamo.reset()
    plain = train(torch.compile(network(), backend="eager", fullgraph=True))
    torch._dynamo.reset()
    with checking() as findings:
        compiled = train(torch.compile(network(), backend="eager", fullgraph=True))
    assert all(map(torch.equal, plain, compiled))
    assert not findings.errors


def test_functional_transforms_run_as_they_are():
    model = network()
    parameters = dict(model.named_parameters())

    def loss(parameters, sample):
        return torch.func.functional_call(model, parameters, (sample[None],)).sum()

    gradients = torch.func.vmap(torch.func.grad(loss), (None, 0))
    plain = gradients(parameters, torch.ones(3, 4))
    with checking() as findings:
        checked = gradients(parameters, torch.ones(3, 4))
    assert all(torch.equal(plain[name], checked[name]) for name in plain)
    assert not findings.errors


def test_names_that_no_check_has_are_refused_before_anything_runs():
    with pytest.raises(UsageError, match="no check 'training-in-evil-mode'; did you mean training-in-eval-mode"):
        checking(allow=["training-in-evil-mode"]).__enter__()
    with pytest.raises(UsageError, match="lists them"):
        checking(select=["xyz"]).__enter__()


def test_only_selected_checks_are_asked():
    with checking(select=["training-in-eval-mode"]) as findings:
        exec(WRONG, {"torch": torch, "model": network()})
    assert not findings


def test_a_comment_at_the_line_or_above_allows(tmp_path):
    allowed = WRONG.replace("best = ", "# retorch: allow best-weights-follow-the-training\nbest = ")
    file = tmp_path / "mine.py"
    file.write_text(allowed)
    with checking() as findings:
        exec(compile(allowed, str(file), "exec"), {"torch": torch, "model": network()})
    assert not findings.errors


def test_the_project_allows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.retorch.check]\nallow = ["best-weights-follow-the-training"]\n')
    with checking() as findings:
        exec(WRONG, {"torch": torch, "model": network()})
    assert not findings.errors


def test_a_place_stays_the_same_when_the_code_changes_its_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deeper").mkdir()
    file = tmp_path / "mine.py"
    file.write_text(WRONG)
    with checking() as findings:
        code = compile(f"import os\n{WRONG.strip()}\nos.chdir('deeper')", str(file), "exec")
        exec(code, {"torch": torch, "model": network()})
    assert findings[0].place == "mine.py:3"


def test_explaining_and_checking_go_together():
    with pytest.raises(RuntimeError) as raised, retorch.explaining(), checking():
        train(network(), steps=1)
        torch.ones(2, 3) @ torch.ones(2, 3)
    assert raised.value.__notes__[0].startswith("retorch: ")


def traced():
    return torch.jit.trace(network().eval(), torch.ones(2, 4))(torch.full((2, 4), 2.0))


def transformed():
    model = network()
    weights = dict(model.named_parameters())
    call = lambda weights, x: torch.func.functional_call(model, weights, (x,)).sum()  # noqa: E731
    each = torch.func.vmap(torch.func.grad(call), in_dims=(None, 0), randomness="same")
    return torch.cat([one.flatten() for one in each(weights, torch.ones(3, 4)).values()])


def derived_forward():
    with torch.autograd.forward_ad.dual_level():
        given = torch.autograd.forward_ad.make_dual(torch.ones(2, 4), torch.ones(2, 4))
        return torch.autograd.forward_ad.unpack_dual(network()(given)).tangent.detach().clone()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, of its tracer
@pytest.mark.parametrize("code", [traced, transformed, derived_forward])
def test_what_is_traced_or_transformed_runs_as_it_is(code):
    torch.manual_seed(3)
    plain = code()
    torch.manual_seed(3)
    with warnings.catch_warnings(), checking() as findings:
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", DeprecationWarning)
        watched = code()
    assert torch.equal(plain, watched)
    assert len(findings) == 0


def test_a_training_by_hand_is_watched_closely_in_its_first_steps_only():
    seen = []

    class Counting(Rule):
        name, grade = "counting", "advice"

        @sees(OperationDone)
        def count(self, _):
            seen.append(len(done))

    weight, done = torch.ones(3, requires_grad=True), []
    with checker(Counting):
        for number in range(10):
            done.append(number)
            (weight * weight).sum().backward()
            with torch.no_grad():
                weight -= 0.1 * weight.grad
                weight.grad = None
    assert set(seen) <= {1, 2, 3, 4}


def test_data_that_are_prepared_number_by_number_do_not_use_up_what_training_needs(monkeypatch):
    monkeypatch.setattr("retorch.checks._attention._OPERATIONS_BEFORE", 10)
    seen = []

    class Counting(Rule):
        name, grade = "counting", "advice"

        @sees(OperationDone)
        def count(self, done):
            seen.append(done.function.__name__)

    with checker(Counting):
        ids = torch.zeros(100)
        for place in range(100):
            ids[place] = place
        train(network())
    assert seen.count("__setitem__") < 10
    assert "linear" in seen


def test_it_ends_where_torch_wants_no_weak_reference(monkeypatch):
    monkeypatch.setattr(torch.__future__, "_swap_module_params_on_conversion", True)
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with checking() as findings:
        for _ in range(4):
            model(torch.ones(2, 4)).sum().backward()
            optimizer.step()
        with pytest.warns(RetorchNotice, match="ends here"):
            model.to(torch.float64)
    assert model[0].weight.dtype == torch.float64
    assert "gradients-not-cleared" in findings
