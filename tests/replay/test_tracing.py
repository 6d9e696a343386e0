"""Tracing a run: it computes the same bits, and every operation is known with its place."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from traced_runs import KINDS, Classifier, adam, bits, data_for, one_step, traced, train

import retorch
from retorch.replay._memories import Memories
from retorch.replay._operations import COMPILED, read_trace
from retorch.replay._parting import first_parting
from retorch.replay._tracer import Tracer


def named(trace, *names):
    return [operation for operation in trace.operations if operation.name.split(".")[1] in names]


def in_bf16(run, model, optimizer, batch):
    with torch.autocast("cpu", torch.bfloat16):
        one_step(run, model, optimizer, batch)


def plain_step(run, model, optimizer, batch):
    optimizer.zero_grad()
    functional.cross_entropy(model(batch[0]), batch[1]).backward()
    optimizer.step()


class Checkpointed(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.first, self.head = nn.Linear(64, 16), nn.Linear(16, 4)
        self.body = nn.Sequential(nn.Linear(16, 16), nn.Dropout(0.2), nn.Tanh())
        self.reentrant = kind == "reentrant"

    def forward(self, x):
        return self.head(checkpoint(self.body, self.first(x), use_reentrant=self.reentrant))


class Sparse(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.embedding, self.head = nn.Embedding(20, 8, sparse=True), nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.embedding((x.abs() * 5).long() % 20).mean(1))


def optimizer_with(**options):
    return lambda model: torch.optim.Adam(model.parameters(), lr=0.01, **options)


RUNS = {
    **{kind: {"kind": kind} for kind in KINDS},
    **{f"{kind} in bf16": {"kind": kind, "step": in_bf16} for kind in KINDS},
    "foreach": {"optimizer": optimizer_with(foreach=True)},
    "fused": {"optimizer": optimizer_with(fused=True)},
    "checkpointed": {"make": Checkpointed},
    "checkpointed, reentrant": {"make": Checkpointed, "kind": "reentrant"},
    "sparse": {"make": Sparse, "step": plain_step, "optimizer": lambda model: torch.optim.SGD(model.parameters(), 0.1)},
}


@pytest.mark.parametrize("options", RUNS.values(), ids=RUNS.keys())
def test_tracing_leaves_the_bits_and_two_traces_agree(options, tmp_path):
    plain = bits(train(**options))
    traces = []
    for name in ("a", "b"):
        tracer = Tracer(range(3), out=tmp_path / name)
        assert bits(train(tracer=tracer, **options)) == plain
        traces.append(read_trace(tmp_path / name))
    assert traces[0].operations
    assert first_parting(*traces) is None


def test_each_part_of_a_step_is_told(tmp_path):
    def step(run, model, optimizer, batch):
        inputs, targets = batch
        optimizer.zero_grad(set_to_none=False)
        inputs = inputs * 2
        loss = functional.cross_entropy(model(inputs), targets)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()

    trace = traced(tmp_path, step=step, steps=range(1, 2))
    assert {one.phase for one in named(trace, "index_select")} == {"data"}
    assert {one.phase for one in named(trace, "zero_", "_foreach_zero_")} == {"optimizer"}
    assert named(trace, "mul")[0].phase == "forward"  # begins when the loop has its batch
    assert {one.phase for one in named(trace, "addmm", "nll_loss_forward")} == {"forward"}
    assert {one.phase for one in named(trace, "mm", "nll_loss_backward")} == {"backward"}
    assert {one.phase for one in named(trace, "_foreach_norm", "addcdiv_")} == {"optimizer"}


def test_a_validation_is_told_whether_the_loop_tells_or_not(tmp_path):
    def told(run, model):
        with run.evaluating(model):
            model(torch.ones(2, 64))

    def untold(run, model):
        model.eval()
        with torch.no_grad():
            functional.mse_loss(model(torch.ones(3, 64)), torch.zeros(3, 4))
        model.train()

    for after in (told, untold):
        trace = traced(tmp_path, after=after, steps=range(1, 2))
        validated = [one for one in named(trace, "addmm") if one.inputs[1].form.shape[0] in {2, 3}]
        assert [one.phase for one in validated] == ["validation"] * 2
        assert {one.phase for one in named(trace, "mm")} == {"backward"}


def test_a_backward_operation_knows_its_forward_line_and_module(tmp_path):
    trace = traced(tmp_path, steps=range(1))
    forward = {one.module: one.place for one in named(trace, "addmm")}
    backward = named(trace, "mm")
    assert {one.module for one in backward} == set(forward) == {"model.body.0", "model.head"}
    assert all(one.place == forward[one.module] for one in backward)
    assert "return self.head(self.body(" in backward[0].place.text


def test_what_a_checkpoint_computes_again_belongs_to_its_module(tmp_path):
    trace = traced(tmp_path, make=Checkpointed, steps=range(1))
    again = [one for one in named(trace, "tanh", "bernoulli_") if one.phase == "backward"]
    assert [one.module for one in again] == ["model.body.1", "model.body.2"]
    assert [one.module for one in named(trace, "tanh_backward")] == ["model.body.2"]


def test_a_function_and_a_second_backward_keep_their_lines(tmp_path):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, gradient):
            return gradient * 2 * ctx.saved_tensors[0]  # of the user's own

    def step(run, model, optimizer, batch):
        optimizer.zero_grad()
        inputs = batch[0].clone().requires_grad_()
        out = Square.apply(model(inputs))
        (slope,) = torch.autograd.grad(out.sum(), inputs, create_graph=True)  # the first backward
        slope.pow(2).sum().backward()
        optimizer.step()

    trace = traced(tmp_path, step=step, steps=range(1))
    texts = [one.place.text for one in trace.operations if one.phase == "backward" and one.name == "aten.mul.Tensor"]
    assert "return gradient * 2 * ctx.saved_tensors[0]  # of the user's own" in texts
    seconds = [one for one in named(trace, "mm") if one.phase == "backward"]
    assert {one.module for one in seconds} == {"model.body.0", "model.head"}


def test_parameters_gradients_and_optimizer_state_go_by_their_names(tmp_path):
    trace = traced(tmp_path, steps=range(1, 2))
    update = named(trace, "addcdiv_")[0]
    assert [trace.names.get(value.memory) for value in update.inputs][:2] == [
        "model.body.0.weight", "optimizer.body.0.weight.exp_avg",
    ]  # fmt: skip
    assert "model.body.0.weight.grad" in trace.names.values()
    assert set(trace.last) >= {"model.body.0.weight", "optimizer.head.bias.exp_avg_sq"}


def test_modules_are_told_in_the_order_of_returning(tmp_path):
    trace = traced(tmp_path, "cnn", after=lambda run, model: model.head(torch.ones(1, 72)))
    names = [name for name, _ in trace.modules(2)]
    assert (
        names
        == [*(f"model.body.{at}" for at in range(5)), "model.body", "model.head", "model", "model.head#1"][: len(names)]
    )
    assert trace.modules(1) != trace.modules(2)


def test_dropout_and_shuffling_are_random_and_attention_without_dropout_is_not(tmp_path):
    trace = traced(tmp_path, "transformer", steps=range(1))
    random = {one.name for one in trace.operations if one.random}
    assert "aten.randperm.generator" in random
    assert any("bernoulli" in name or "dropout" in name for name in random)

    def without(kind):
        model = Classifier(kind)
        for module in model.modules():
            module.eval() if isinstance(module, nn.Dropout) else None
        model.body.self_attn.dropout = 0.0
        return model

    trace = traced(tmp_path, "transformer", make=without, steps=range(1))
    assert {one.name for one in trace.operations if one.random} == {"aten.randperm.generator"}


def test_exactly_the_steps_asked_for_are_traced(tmp_path):
    assert traced(tmp_path, steps=range(1, 2)).steps == range(1, 2)
    assert traced(tmp_path, steps=range(2), start=True).steps == range(-1, 2)
    assert torch.utils._python_dispatch._get_current_dispatch_mode() is None


def test_first_weights_are_traced_with_their_line(tmp_path):
    trace = traced(tmp_path, steps=range(1), start=True)
    first = trace.operations[0]
    assert (first.phase, first.step, first.random) == ("start", -1, True)
    assert trace.names[first.outputs[0].memory] == "model.body.0.weight"
    assert "nn.Linear(64, 32)" in first.place.text


def test_a_run_that_ends_early_leaves_what_was_traced(tmp_path):
    def fail(run, model):
        if run.step == 1:
            raise KeyError("mine")

    tracer = Tracer(range(1, 3), out=tmp_path / "trace")
    with pytest.raises(KeyError), tracer.tracing_start():
        train(tracer=tracer, after=fail)
    trace = read_trace(tmp_path / "trace")
    assert trace.steps == range(1, 2)
    assert "the run ended before step 1 was complete" in trace.notes


def test_a_failing_operation_of_the_user_is_left_out(tmp_path):
    def fails(run, model):
        with pytest.raises(RuntimeError):
            torch.ones(2, 3) @ torch.ones(2, 3)

    trace = traced(tmp_path, after=fails, steps=range(1))
    assert not [one for one in named(trace, "mm") if one.phase == "optimizer"]


def test_a_fingerprint_is_made_anew_after_every_kind_of_write():
    memories = Memories()
    buffer = np.zeros(3, np.float32)
    shared = torch.from_numpy(buffer)
    before = memories.look(shared)[0]
    buffer[1] = 1.0  # torch hears nothing of it
    assert memories.look(shared)[0] != before
    tensor = torch.zeros(4)
    before = memories.look(tensor)[0]
    tensor[2:].add_(1)
    assert memories.look(tensor)[0] != before
    before = memories.look(tensor)[0]
    tensor.data.add_(1)  # another version counter
    memories.wrote(tensor.data)
    assert memories.look(tensor)[0] != before


def test_a_storage_that_is_gone_is_never_taken_for_another():
    memories = Memories()
    numbers = {memories.look(torch.full((64,), float(at)))[2] for at in range(200)}
    assert len(numbers) == 200


def test_fresh_memory_has_no_fingerprint_until_it_is_written(tmp_path):
    def noise(run, model):
        torch.empty(5).uniform_().add_(1)

    trace = traced(tmp_path, after=noise, steps=range(1))
    drawn = named(trace, "uniform_")[0]
    assert drawn.inputs[0].fingerprint == 0
    assert drawn.outputs[0].fingerprint == named(trace, "add_")[-1].inputs[0].fingerprint != 0


@pytest.mark.long
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # torch's own, about torch
def test_a_compiled_region_is_one_operation_and_stays_compiled(tmp_path):
    class Compiled(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.inner = torch.compile(Classifier("mlp"))

        def forward(self, x):
            return self.inner(x)

    plain = bits(train(make=Compiled))
    tracer = Tracer(range(3), out=tmp_path / "trace")
    assert bits(train(make=Compiled, tracer=tracer)) == plain
    trace = read_trace(tmp_path / "trace")
    regions = [one for one in trace.operations if one.name == COMPILED]
    assert [one.phase for one in regions] == ["forward", "backward"] * 3
    assert trace.notes == ("a region of torch.compile is one operation here: what it does inside is not seen",)


def test_the_trainer_is_traced_too(tmp_path):
    retorch.seed_everything(1)
    model = Classifier("mlp")
    trainer = retorch.Trainer(model, adam(model), loss=nn.CrossEntropyLoss(), seed=1,
                              observers=[Tracer(range(1, 3), out=tmp_path / "trace")])  # fmt: skip
    trainer.fit(data_for("mlp"), data_for("mlp", 12), epochs=1, batch_size=12, run=None)
    trace = read_trace(tmp_path / "trace")
    assert trace.steps == range(1, 3)
    assert {one.phase for one in trace.operations} >= {"data", "forward", "backward", "optimizer"}
