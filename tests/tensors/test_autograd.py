"""Autograd's side of a tensor, and which operations keep its value: against real writes and real backwards."""

import gc
import weakref

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from retorch.errors import UsageError
from retorch.tensors import read_facts
from retorch.tensors._saved import operation_name


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * 3 * x**2


class Pair(torch.autograd.Function):
    """Saves two values, its input and its result."""

    @staticmethod
    def forward(ctx, x):
        result = x.exp()
        ctx.save_for_backward(x, result)
        return result

    @staticmethod
    def backward(ctx, gradient):
        _, result = ctx.saved_tensors
        return gradient * result


WEIGHT = torch.full((4, 4), 0.5)

OPERATIONS = {
    "add": lambda x: x + 1,
    "multiply by a number": lambda x: x * 2,
    "square": lambda x: x * x,
    "power": lambda x: x**2,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "gelu": functional.gelu,
    "softmax": lambda x: x.softmax(-1),
    "log_softmax": lambda x: x.log_softmax(-1),
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(0),
    "max": lambda x: x.max(0).values,
    "prod": lambda x: x.prod(),
    "norm": lambda x: x.norm(),
    "transpose": lambda x: x.t(),
    "narrow": lambda x: x[1:],
    "matmul with a constant": lambda x: x @ WEIGHT,
    "matmul with a learned weight": lambda x: x @ WEIGHT.clone().requires_grad_(),
    "linear": lambda x: functional.linear(x, WEIGHT.clone().requires_grad_()),
    "layer_norm": lambda x: functional.layer_norm(x, (4,)),
    "batch_norm": lambda x: functional.batch_norm(x, None, None, training=True),
    "conv1d": lambda x: functional.conv1d(x[None], torch.ones(1, 4, 2, requires_grad=True)),
    "max_pool1d": lambda x: functional.max_pool1d(x[None], 2),
    "dropout": lambda x: functional.dropout(x, 0.5),
    "mse_loss": lambda x: functional.mse_loss(x, WEIGHT),
    "cross_entropy": lambda x: functional.cross_entropy(x, torch.tensor([0, 1, 2, 3])),
    "where": lambda x: torch.where(x > 0, x, 0),
    "clamp": lambda x: x.clamp(0, 1),
    "cat": lambda x: torch.cat([x, x]),
    "index": lambda x: x[[0, 1]],
    "expand": lambda x: x.expand(2, 4, 4),
    "custom": Cube.apply,
    "custom with two": Pair.apply,
    "clone": lambda x: x.clone(),
}


def middle():
    """A tensor in the middle of a graph; what made it saved nothing."""
    return torch.rand(4, 4, requires_grad=True) + 0.1


def breaks(loss):
    try:
        loss.backward()
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)
        return True
    return False


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_value_that_an_operation_saved_breaks_its_backward(operation):
    x = middle()
    loss = operation(x).sum()
    told = read_facts(x, backward_from=loss).in_place
    with torch.no_grad():
        x += 1
    assert told.verdict == ("breaks backward" if breaks(loss) else "allowed")
    assert told.complete


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_result_that_its_own_operation_saved_needs_no_backward_from(operation):
    x = torch.rand(4, 4, requires_grad=True)
    y = operation(x)
    told = read_facts(y).in_place
    if told.verdict == "forbidden":  # a view of a leaf, or expanded
        return
    loss = y.sum()
    with torch.no_grad():
        y += 1
    assert told.verdict == ("breaks backward" if breaks(loss) else "allowed")
    assert not told.complete


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_a_write_through_a_view_breaks_the_same_backward(operation):
    x = middle()
    view = x[:, 1:]
    loss = operation(x).sum()
    told = read_facts(view, backward_from=loss).in_place
    with torch.no_grad():
        view += 1
    assert told.verdict == ("breaks backward" if breaks(loss) else "allowed")


@given(
    st.lists(st.sampled_from([name for name in OPERATIONS if name != "dropout"]), min_size=1, max_size=4),
    st.data(),
)
@settings(max_examples=60, deadline=None)
def test_any_tensor_of_a_chain_is_judged_right(names, data):
    values = [middle()]
    for name in names:
        if values[-1].shape != (4, 4):
            break
        values.append(OPERATIONS[name](values[-1]))
    loss = values[-1].sum()
    x = data.draw(st.sampled_from(values))
    told = read_facts(x, backward_from=loss).in_place
    if told.verdict == "forbidden":
        return
    with torch.no_grad():
        x += 1
    assert told.verdict == ("breaks backward" if breaks(loss) else "allowed")


def test_who_saved_it_and_as_what_is_named():
    x = torch.ones(3, requires_grad=True)
    result = x.exp()
    (saved,) = read_facts(result).in_place.saved_by
    assert (saved.operation, saved.node, saved.role) == ("exp", "ExpBackward0", "result")
    assert (saved.noticed, saved.changed) == (True, False)
    assert read_facts(result).in_place.reason == ("saved for the backward of exp (as its result); write into a clone()")


def test_a_weight_is_forbidden_to_write_and_under_no_grad_breaks_the_backward():
    weight = torch.nn.Parameter(torch.ones(3))
    loss = (weight * weight).sum()
    assert read_facts(weight, backward_from=loss).in_place.verdict == "forbidden"
    with torch.no_grad():
        told = read_facts(weight, backward_from=loss).in_place
    assert told.verdict == "breaks backward"
    assert told.saved_by[0].operation == "mul"


def test_a_value_changed_after_saving_is_reported():
    x = torch.ones(3, requires_grad=True)
    y = x.exp()
    loss = y.sum()
    with torch.no_grad():
        y += 1
    told = read_facts(y, backward_from=loss).in_place
    assert told.saved_by[0].changed
    assert "this backward raises already" in told.reason


def test_a_detached_alias_counts_on_the_same_version_and_data_does_not():
    x = middle()
    loss = (x * x).sum()
    for alias in (x.detach(), x.data):
        told = read_facts(alias, backward_from=loss).in_place
        assert told.verdict == "breaks backward"
        assert told.saved_by[0].noticed is None  # torch does not tell the two apart
        assert "if it came from .data, torch does not notice" in told.reason
    with torch.no_grad():
        x += 1
    told = read_facts(x.data, backward_from=loss).in_place
    assert told.verdict == "silently wrong"  # a counter of its own, seen by its number


def test_a_freed_graph_has_nothing_left_to_break():
    for operation in (Cube.apply, Pair.apply, torch.exp, lambda x: x[[0, 1]]):
        x = middle()
        loss = operation(x).sum()
        loss.backward()
        assert read_facts(x, backward_from=loss).in_place.allowed


def test_a_hook_that_keeps_the_very_tensor_hides_the_write_from_torch():
    x, calls = middle(), []
    with saved_tensors_hooks(lambda value: value, lambda value: calls.append(value) or value):
        loss = (x * x).sum()
    told = read_facts(x, backward_from=loss).in_place
    assert calls == []
    assert told.verdict == "silently wrong"
    before = torch.autograd.grad(loss, x, retain_graph=True)[0]
    with torch.no_grad():
        x += 1
    assert not torch.equal(torch.autograd.grad(loss, x)[0], before)


def test_a_checkpointed_layer_is_not_computed_again_and_said_to_hide_what_it_keeps():
    x, calls = middle(), []
    loss = checkpoint(lambda x: calls.append(x) or x.exp(), x, use_reentrant=False).sum()
    told = read_facts(x, backward_from=loss).in_place
    assert len(calls) == 1
    assert not told.complete


def test_what_a_hook_copied_away_is_safe_to_overwrite():
    x = middle()
    with saved_tensors_hooks(lambda value: value.clone(), lambda value: value):
        loss = (x * x).sum()
    told = read_facts(x, backward_from=loss).in_place
    assert told.allowed
    with torch.no_grad():
        x += 1
    loss.backward()


def test_what_an_older_operation_saved_is_found_behind_in_place_writes():
    y = middle().exp()
    with torch.no_grad():
        y += 1
    y.add_(1)
    assert read_facts(y).autograd.grad_fn == "AddBackward0"
    assert read_facts(y[1:]).in_place.saved_by[0].operation == "exp"


def test_backward_from_must_be_able_to_start_a_backward():
    x = torch.ones(3, requires_grad=True)
    with pytest.raises(UsageError, match="does not require a gradient; give the loss, before it is detached"):
        read_facts(x, backward_from=x.sum().detach())
    with pytest.raises(UsageError, match="takes tensors such as the loss, no float"):
        read_facts(x, backward_from=[x.sum(), 1.0])
    with pytest.raises(UsageError, match="takes tensors such as the loss, no int"):
        read_facts(x, backward_from=3)


def test_a_backward_that_does_not_come_by_is_not_broken():
    x = torch.ones(3, requires_grad=True)
    y, loss = x.exp(), x.sum()
    told = read_facts(y, backward_from=loss).in_place
    assert told.allowed
    assert told.complete
    with torch.no_grad():
        y += 1
    assert not breaks(loss)


def test_several_losses_are_looked_through():
    x = middle()
    losses = [x.sum(), (x * x).sum()]
    assert read_facts(x, backward_from=losses[0]).in_place.allowed
    assert read_facts(x, backward_from=losses).in_place.verdict == "breaks backward"


def test_a_graph_that_is_deep_or_wide_is_walked_once():
    x = middle()
    y = x
    for _ in range(5000):
        y = y + y  # 2**5000 paths
    assert read_facts(x, backward_from=y.sum()).in_place.allowed


def test_facts_are_those_of_torch():
    x = torch.ones(3, requires_grad=True)
    y = x * 2
    y.retain_grad()
    z = y.split(1)[2]
    y.sum().backward()
    for tensor, has_grad in ((x, True), (y, True), (torch.ones(2), False)):
        facts = read_facts(tensor).autograd
        assert (facts.is_leaf, facts.requires_grad) == (tensor.is_leaf, tensor.requires_grad)
        assert (facts.version, facts.output_nr) == (tensor._version, tensor.output_nr)
        assert facts.retains_grad == tensor.retains_grad
        assert facts.has_grad == has_grad
        assert facts.grad_fn == (None if tensor.grad_fn is None else tensor.grad_fn.name())
    assert read_facts(z).autograd.output_nr == 2


def test_inference_tensors_have_no_version():
    with torch.inference_mode():
        x = torch.ones(3)
    facts = read_facts(x).autograd
    assert facts.is_inference
    assert facts.version is None


def test_a_view_whose_siblings_were_written_to_is_broken_and_says_so():
    y = torch.ones(3, 3, requires_grad=True) * 2
    view = y.unbind(0)[0]
    y += 1
    facts = read_facts(view)
    assert facts.autograd.grad_fn is None
    assert "its base or another view of its base has been modified inplace" in facts.autograd.broken
    assert facts.in_place.verdict == "forbidden"


def test_looking_through_a_graph_keeps_none_of_it():
    x = middle()
    loss = Cube.apply(x).exp().sum()
    facts = read_facts(x, backward_from=loss)
    gone = [weakref.ref(each) for each in (x, loss)]
    del x, loss
    gc.collect()
    assert [each() for each in gone] == [None] * 2
    assert facts.in_place.saved_by


@pytest.mark.parametrize(
    ("node", "operation"),
    [
        ("ExpBackward0", "exp"),
        ("NativeLayerNormBackward0", "native_layer_norm"),
        ("SmoothL1LossBackward0", "smooth_l1_loss"),
        ("CubeBackward", "Cube"),
        ("torch::autograd::AccumulateGrad", "AccumulateGrad"),
    ],
)
def test_nodes_are_called_as_their_operations(node, operation):
    assert operation_name(node) == operation
