"""Planted differences: the first operation that matters is found, and what has no effect is not called one."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from traced_runs import KINDS, data_for, one_step, traced

from retorch.replay._operations import read_trace
from retorch.replay._parting import first_parting


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    @functools.cache
    def trace(kind, start):
        return traced(tmp_path_factory.mktemp("base"), kind, start=start)

    return trace


@pytest.fixture
def part(base, tmp_path):
    def compare(kind, start=False, **other):
        return first_parting(base(kind, start), traced(tmp_path, kind, start=start, **other))

    return compare


def second_step(action):
    def after(run, model):
        if run.step == 1:
            action(run, model)

    return after


def nudge(run, model):
    with torch.no_grad():
        next(model.parameters()).view(-1)[3:4].mul_(1 + 2**-23)  # one ulp


def log_norms(run, model):
    total = sum(parameter.grad.norm() for parameter in model.parameters())
    str(total.item())


def validate(run, model):
    with run.evaluating(model):
        for inputs, _ in torch.utils.data.DataLoader(data_for(model.kind), batch_size=12):
            model(inputs)


def validate_while_training(run, model):
    with torch.no_grad():
        for inputs, _ in torch.utils.data.DataLoader(data_for(model.kind), batch_size=12):
            model(inputs)


def frozen_statistics(run, model, optimizer, batch):
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eval()
    one_step(run, model, optimizer, batch)


def in_bf16(run, model, optimizer, batch):
    with torch.autocast("cpu", torch.bfloat16):
        one_step(run, model, optimizer, batch)


@pytest.mark.parametrize("kind", KINDS)
def test_one_ulp_in_a_weight_is_the_line_that_wrote_it(kind, part):
    found = part(kind, after=second_step(nudge))
    assert (found.kind, found.a, found.b.name, found.b.step) == ("operation", None, "aten.mul_.Tensor", 1)
    assert "# one ulp" in found.b.place.text
    assert found.tensor in {"model.body.0.weight", "model.embedding.weight"}
    assert found.detail == "an operation that only B did"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("harmless", [log_norms, validate])
def test_what_has_no_effect_is_no_difference(kind, harmless, part):
    assert part(kind, after=harmless) is None
    assert part(kind, after=second_step(harmless)) is None


def test_a_note_tells_what_was_passed_over(part):
    def both(run, model):
        log_norms(run, model)
        nudge(run, model)

    found = part("mlp", after=second_step(both))
    assert found.b.name == "aten.mul_.Tensor"
    assert "before that B did" in found.notes[0]
    assert "aten.linalg_vector_norm.default" in found.notes[0]


def test_a_validation_in_train_mode_writes_running_statistics(part):
    found = part("cnn", after=second_step(validate_while_training))
    assert found.a is None
    assert found.b.module == "model.body.1"
    assert found.b.name in {"aten.native_batch_norm.default", "aten.add_.Tensor"}


def test_a_batch_norm_in_eval_mode(part):
    found = part("cnn", step=frozen_statistics)
    assert (found.kind, found.phase, found.a.module) == ("argument", "forward", "model.body.1")
    assert found.detail == "training is True in A, False in B"


@pytest.mark.parametrize("options", [{}, {"foreach": True}, {"fused": True}])
def test_an_epsilon_of_the_optimizer(options, tmp_path):
    def tool(eps):
        return lambda model: torch.optim.Adam(model.parameters(), lr=0.01, eps=eps, **options)

    found = first_parting(*(traced(tmp_path, optimizer=tool(eps)) for eps in (1e-8, 1e-7)))
    assert (found.kind, found.phase, found.a.step) == ("argument", "optimizer", 0)
    assert found.detail.endswith("is 1e-08 in A, 1e-07 in B")
    assert "optimizer.step()" in found.a.place.text


def test_a_scheduler_that_is_one_step_late(part):
    def decay(run, model, optimizer, batch):
        optimizer.param_groups[0]["lr"] = 0.01 if run.step == 0 else 0.005
        one_step(run, model, optimizer, batch)

    found = part("mlp", step=decay)
    assert (found.kind, found.phase, found.a.step, found.a.name) == (
        "argument", "optimizer", 1, "aten.addcdiv_.default",
    )  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_bf16_begins_with_the_first_cast(kind, part):
    found = part(kind, step=in_bf16)
    assert (found.kind, found.phase, found.b.name) == ("operation", "forward", "aten._to_copy.default")
    assert found.a is not None


def test_another_seed_is_the_first_number_drawn(part):
    found = part("mlp", start=True, seed=8)
    assert (found.kind, found.phase, found.tensor) == ("random", "start", "model.body.0.weight")
    assert found.a.name == "aten.uniform_.default"


def test_dropout_with_another_seed(part):
    def reseed(run, model, optimizer, batch):
        if run.step == 1:
            torch.manual_seed(99)
        one_step(run, model, optimizer, batch)

    found = part("mlp", step=reseed)
    assert (found.kind, found.a.step, found.a.module) == ("random", 1, "model.body.3")


def test_a_draw_that_only_one_made_shifts_the_stream(part):
    def draw(run, model, optimizer, batch):
        if run.step == 1:
            torch.rand(3)  # for nothing
        one_step(run, model, optimizer, batch)

    found = part("mlp", step=draw)
    assert (found.kind, found.a, found.b.name) == ("operation", None, "aten.rand.default")
    assert "# for nothing" in found.b.place.text
    assert "draws from the random stream" in found.detail


def test_other_data_come_from_outside(part, monkeypatch):
    original = data_for

    def other(kind, samples=48):
        data = original(kind, samples)
        data.tensors[0][5, 7] += 1
        return data

    monkeypatch.setattr("traced_runs.data_for", other)
    found = part("mlp")
    assert (found.kind, found.phase, found.a.name) == ("input", "data", "aten.index_select.default")
    assert found.tensor == "batch[0]"


def test_a_parameter_that_differed_before_is_named(tmp_path):
    traces = [traced(tmp_path, after=after, steps=range(2, 3)) for after in (None, second_step(nudge))]
    # The write lies behind the end of step 0 and before that of step 1, which is not traced.
    found = first_parting(*traces)
    assert (found.kind, found.phase) == ("input", "start")
    assert found.tensor.startswith("model.")


def test_swapped_samples_are_the_line_that_swaps(part):
    def swap(run, model, optimizer, batch):
        if run.step == 1:
            order = [1, 0, *range(2, 12)]
            batch = [part[order] for part in batch]
        one_step(run, model, optimizer, batch)

    found = part("mlp", step=swap)
    assert (found.kind, found.a, found.b.step, found.phase) == ("operation", None, 1, "forward")
    assert "part[order]" in found.b.place.text or "one_step" not in found.b.place.text


def test_a_layer_more(part):
    def more(kind):
        from traced_runs import Classifier

        model = Classifier(kind)
        model.body.append(nn.Tanh())
        return model

    found = part("mlp", make=more)
    assert (found.kind, found.b.name, found.b.module) == ("operation", "aten.tanh.default", "model.body.4")


PROGRAM = """
import sys, torch
from pathlib import Path
torch.set_num_threads(int(sys.argv[2]))
import retorch
from torch import nn
from retorch.replay._tracer import Tracer

class Counts(torch.utils.data.Dataset):
    def __len__(self): return 64
    def __getitem__(self, at): return torch.arange(2000.0) * (at + 1) % 7 / 7, at % 2

retorch.seed_everything(7)
model = nn.Sequential(nn.Linear(2000, 64), nn.ReLU(), nn.LayerNorm(64), nn.Linear(64, 2))
optimizer = torch.optim.SGD(model.parameters(), 0.1)
run = retorch.Run(None, seed=7, model=model, optimizer=optimizer, observers=(Tracer(range(2), out=Path(sys.argv[1])),))
for _ in run.epochs(1):
    for x, y in run.steps(torch.utils.data.DataLoader(Counts(), batch_size=32)):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
"""


def test_another_number_of_threads_is_an_operation_with_equal_inputs_and_unequal_outputs(tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    for threads in ("1", "2"):
        subprocess.run([sys.executable, "-c", PROGRAM, str(tmp_path / threads), threads], check=True, env=environment)
    found = first_parting(read_trace(tmp_path / "1"), read_trace(tmp_path / "2"))
    assert found.kind == "output"
    assert found.a.name == found.b.name
    assert found.phase in {"forward", "backward"}
    assert Path(found.a.place.file).name in {"<string>", "<unknown>"}


def test_a_trace_against_itself_agrees(part):
    assert part("mlp") is None
