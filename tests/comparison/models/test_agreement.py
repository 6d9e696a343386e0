"""What counts as agreement, what the comparison leaves behind (nothing), and models that are awkward."""

import copy
from dataclasses import dataclass

import pytest
import torch
from torch import nn
from torch.nn import functional

from retorch.comparison.models import compare_models
from retorch.errors import UsageError


@pytest.fixture(autouse=True)
def first_weights():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


def net():
    return nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU(), nn.Dropout(), nn.Linear(12, 3))


BATCH = torch.linspace(-3, 3, 48).view(8, 6)


def test_a_model_agrees_with_itself_and_with_its_copy():
    model = net()
    for other in (model, copy.deepcopy(model)):
        found = compare_models(model, other, BATCH, backward=True)
        assert found.agree
        assert len(found.rows) == 6
        assert "A and B agree bit for bit" in str(found)


def test_one_ulp_is_a_departure_and_agrees_within_its_own_size():
    ours = nn.Sequential(nn.Linear(4, 4), nn.Tanh())
    theirs = copy.deepcopy(ours)
    with torch.no_grad():
        theirs[0].bias[2] = torch.nextafter(theirs[0].bias[2], torch.tensor(9.0))
    batch = torch.zeros(3, 4)
    found = compare_models(ours, theirs, batch)
    assert found.first.row.a == "0"
    assert found.first.row.size.max_ulp == 1
    assert found.first.row.size.different == 3
    assert any("different weights: 0.bias" in note for note in found.notes)
    assert found.first.findings == ("it holds other weights in A than in B: 0.bias",)
    assert compare_models(ours, theirs, batch, ulp=1).agree
    assert compare_models(ours, theirs, batch, atol=1e-6).agree


def test_a_pair_that_agrees_within_n_ulp_only():
    class Sum(nn.Module):
        def forward(self, x):
            return x.sum(-1)

    class OtherSum(nn.Module):
        def forward(self, x):
            total = x[:, 0]
            for one in x.unbind(1)[1:]:
                total = total + one
            return total

    batch = torch.rand(5, 1000)
    found = compare_models(nn.Sequential(nn.Identity(), Sum()), nn.Sequential(nn.Identity(), OtherSum()), batch)
    assert found.first.row.a == "1"
    apart = found.first.row.size.max_ulp
    assert apart >= 1
    models = nn.Sequential(nn.Identity(), Sum()), nn.Sequential(nn.Identity(), OtherSum())
    assert compare_models(*models, batch, ulp=apart).agree
    assert not compare_models(*models, batch, ulp=apart - 1).agree


def everything_of(model):
    return (
        [(name, id(one), one.detach().clone(), one._version, one.grad) for name, one in model.state_dict(keep_vars=True).items()],
        [module.training for module in model.modules()],
        [(len(module._forward_hooks), len(module._forward_pre_hooks)) for module in model.modules()],
    )  # fmt: skip


def same(one, other):
    tensors = zip(one[0], other[0], strict=True)
    return one[1:] == other[1:] and all(
        a[:2] == b[:2] and torch.equal(a[2], b[2]) and a[3:] == b[3:] for a, b in tensors
    )


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize("weights", [None, "a", "b"])
def test_nothing_of_the_models_is_changed(train, weights):
    ours, theirs = net(), net()
    ours[3].eval()
    theirs.eval()
    before = everything_of(ours), everything_of(theirs)
    stream, fast = torch.get_rng_state(), torch.backends.mha.get_fastpath_enabled()
    found = compare_models(ours, theirs, BATCH, weights=weights, train=train, backward=True)
    assert found.agree is (weights is not None)
    for model, what in zip((ours, theirs), before, strict=True):
        now = everything_of(model)
        if train:  # the statistics were written and put back
            now = ([(*a[:3], b[3], a[4]) for a, b in zip(now[0], what[0], strict=True)], *now[1:])
        assert same(now, what)
    assert torch.equal(torch.get_rng_state(), stream)
    assert torch.backends.mha.get_fastpath_enabled() is fast


def test_nothing_is_changed_when_a_model_fails():
    ours, theirs = net(), net()
    before = everything_of(ours), everything_of(theirs)
    with pytest.raises(UsageError, match=r"A failed on the batch in `0` \(Linear\)"):
        compare_models(ours, theirs, torch.zeros(8, 7), weights="a", train=True)
    assert same(everything_of(ours), before[0])
    assert same(everything_of(theirs), before[1])


def test_dropout_draws_the_same_in_both_in_train_mode():
    assert compare_models(net(), net(), BATCH, weights="a", train=True).agree


def test_a_backward_that_differs_is_found_where_the_forward_agrees():
    class Cut(nn.Linear):
        def forward(self, x):
            return super().forward(x).detach() + 0 * super().forward(x).sum()

    ours, theirs = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2)), nn.Sequential(nn.Linear(4, 4), Cut(4, 2))
    found = compare_models(ours, theirs, torch.ones(3, 4), weights="a", backward=True)
    assert found.first is None
    assert not found.agree
    assert {row.a[0] for row in found.gradients if not row.agree} >= {"1.bias", "1.weight"}
    assert found.gradients[0].a == ("1.bias",)
    assert "gradients agree" in str(found)


def test_a_loss_can_be_given_for_the_backward():
    found = compare_models(net(), net(), BATCH, weights="a", backward=True, loss=lambda out: out.square().mean())
    assert found.agree
    assert len(found.gradients) == 6
    with pytest.raises(UsageError, match="backward=True"):
        compare_models(net(), net(), BATCH, loss=torch.sum)


def test_a_model_whose_output_has_no_graph_is_told():
    class NoGraph(nn.Linear):
        def forward(self, x):
            return super().forward(x).detach()

    with pytest.raises(UsageError, match=r"the output of B: it has no graph"):
        compare_models(nn.Linear(2, 2), NoGraph(2, 2), torch.ones(1, 2), backward=True)


@dataclass
class Answer:
    hidden: torch.Tensor
    logits: torch.Tensor


class Structured(nn.Module):
    def __init__(self, form):
        super().__init__()
        self.body, self.head, self.form = nn.Linear(4, 8), nn.Linear(8, 2), form

    def forward(self, x):
        hidden = self.body(x)
        return self.form(hidden, self.head(hidden))


FORMS = {
    "tuple": lambda hidden, logits: (hidden, logits),
    "dict": lambda hidden, logits: {"logits": logits, "hidden": hidden},
    "dataclass": Answer,
    "one": lambda hidden, logits: logits,
}


@pytest.mark.parametrize("ours", FORMS)
@pytest.mark.parametrize("theirs", FORMS)
def test_outputs_of_any_structure_are_laid_beside_each_other(ours, theirs):
    found = compare_models(Structured(FORMS[ours]), Structured(FORMS[theirs]), torch.ones(3, 4), weights="a")
    assert [row.a for row in found.rows if not row.agree] == []
    assert {row.a for row in found.rows} >= {"body", "head"}


def test_a_module_called_several_times_is_compared_call_by_call():
    class Twice(nn.Module):
        def __init__(self, shift):
            super().__init__()
            self.layer, self.shift = nn.Linear(4, 4), shift

        def forward(self, x):
            return self.layer(self.layer(x) + self.shift)

    found = compare_models(Twice(0.0), Twice(1.0), torch.ones(2, 4), weights="a")
    assert [row.a for row in found.rows] == ["layer", "layer#1", ""]
    assert found.first.row.a == "layer#1"
    assert found.first.inside is False
    assert found.first.behind == ("layer", "layer")


def test_nan_at_the_same_places_agrees_and_is_said():
    class Log(nn.Module):
        def forward(self, x):
            return x.log()

    class LateLog(nn.Module):
        def forward(self, x):
            return torch.where(x < -2, torch.zeros_like(x), x.log())

    found = compare_models(nn.Sequential(Log()), nn.Sequential(Log()), BATCH)
    assert found.agree
    found = compare_models(nn.Sequential(Log()), nn.Sequential(LateLog()), BATCH)
    assert not found.agree
    assert found.first.row.hint == "NaN at 24 places of A and 16 of B"
    assert found.first.row.size.max_ulp is None


def test_nan_of_another_sign_is_nan():
    class Nothing(nn.Module):
        def __init__(self, bits):
            super().__init__()
            self.bits = bits

        def forward(self, x):
            return torch.full(x.shape, self.bits, dtype=torch.int32).view(torch.float32)

    found = compare_models(nn.Sequential(Nothing(0x7FC00000)), nn.Sequential(Nothing(-0x400000)), BATCH)
    assert found.agree
    assert found.rows[0].hint == "NaN in both at the same 48 places"


def test_packed_sequences_and_containers_of_the_users_pass_through():
    class Pair(tuple):
        __slots__ = ()

        def __new__(cls, one, other):
            return super().__new__(cls, (one, other))

    class First(nn.Module):
        def forward(self, pair):
            return pair[0]

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.lstm = First(), nn.LSTM(6, 5, batch_first=True)

        def forward(self, x):
            packed = nn.utils.rnn.pack_padded_sequence(self.first(Pair(x, x)), [4, 2], batch_first=True)
            return self.lstm(packed)[1][0]

    found = compare_models(Reader(), Reader(), torch.ones(2, 4, 6), weights="a")
    assert found.agree
    assert [row.a for row in found.rows] == ["first", "lstm", ""]


def test_signs_of_zeros_are_a_difference_that_is_named():
    class Mask(nn.Module):
        def forward(self, x):
            return x * (x > 0)

    found = compare_models(nn.Sequential(nn.ReLU()), nn.Sequential(Mask()), BATCH)
    assert "signs of zeros only" in found.first.row.hint
    assert compare_models(nn.Sequential(nn.ReLU()), nn.Sequential(Mask()), BATCH, ulp=1).agree


def test_half_precision_is_compared_in_the_coarser_dtype_and_it_is_said():
    ours, theirs = nn.Sequential(nn.Linear(6, 4)), nn.Sequential(nn.Linear(6, 4)).to(torch.bfloat16)
    found = compare_models(ours, theirs, BATCH, weights="b", ulp=64)
    assert "float32 and bfloat16, compared as bfloat16" in found.rows[0].hint
    assert any("cast to bfloat16 for B" in note for note in found.notes)


def test_tensors_on_the_meta_device_are_no_outputs_to_compare():
    with pytest.raises(UsageError, match="no output of A could be matched"):
        compare_models(nn.Linear(6, 2, device="meta"), nn.Linear(6, 2, device="meta"), BATCH)


def test_saved_outputs_are_matched_by_name_by_order_and_by_the_map():
    model = net().eval()
    with torch.no_grad():
        hidden = model[1](model[0](BATCH))
        relu = hidden.relu()
    by_name = compare_models(model, {"0": model[0](BATCH).detach(), "2": relu}, BATCH)
    assert by_name.agree
    assert [(row.a, row.b) for row in by_name.rows] == [("0", "0"), ("2", "2")]
    by_order = compare_models(model, {"dense": model[0](BATCH).detach(), "norm": hidden, "act": relu + 1}, BATCH)
    assert by_order.first.row.b == "act"
    assert by_order.first.inside is None
    assert any("matched by shape and order" in note for note in by_order.notes)
    mapped = compare_models(model, {"act": relu + 1}, BATCH, names={"2": "act"})
    assert (mapped.first.row.a, mapped.first.row.b, mapped.first.row.matched_by) == ("2", "act", "name map")


def test_channels_last_outputs_of_another_framework_agree_after_a_permutation():
    model = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU())
    images = torch.rand(2, 3, 8, 8)
    with torch.no_grad():
        saved = {"conv": model[0](images).permute(0, 2, 3, 1).contiguous()}
    found = compare_models(model, saved, images, names={"0": "conv"})
    assert found.agree
    assert found.rows[0].hint == "equal after b.permute(0, 3, 1, 2)"


def test_a_compiled_model_is_compared_as_it_is_written():
    plain = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    found = compare_models(torch.compile(plain, backend="eager"), plain, torch.ones(2, 4))
    assert found.agree
    assert [row.a for row in found.rows] == ["_orig_mod.0", "_orig_mod.1", "_orig_mod.2", ""]


def test_branches_that_run_in_another_order_are_matched():
    class Branches(nn.Module):
        def __init__(self, swapped):
            super().__init__()
            self.main = nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6), nn.LayerNorm(6))
            self.side = nn.Sequential(nn.Linear(6, 6, bias=False), nn.LayerNorm(6))
            self.swapped = swapped

        def forward(self, x):
            one = self.side(x) if self.swapped else self.main(x)
            return one + (self.main(x) if self.swapped else self.side(x))

    found = compare_models(Branches(False), Branches(True), BATCH, weights="a")
    assert found.agree
    assert all(row.a == row.b for row in found.rows)


def test_a_shared_weight_of_one_side_and_two_of_the_other_are_filled_alike():
    class Tied(nn.Module):
        def __init__(self, tied):
            super().__init__()
            self.embed, self.out = nn.Embedding(9, 4), nn.Linear(4, 9, bias=False)
            if tied:
                self.out.weight = self.embed.weight

        def forward(self, x):
            return self.out(self.embed(x))

    for ours, theirs in ((True, False), (True, True)):
        found = compare_models(Tied(ours), Tied(theirs), torch.arange(6), weights="a")
        assert found.agree
        assert not found.left_b


def test_another_path_of_the_same_values_refutes_a_pair():
    class Sorted(nn.Module):
        """Computes its activation in functional code, and calls a module of the same form on something else."""

        def __init__(self, early):
            super().__init__()
            self.fc1, self.act, self.fc2, self.early = nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 2), early

        def forward(self, x):
            hidden = self.fc1(x)
            if self.early:
                return self.fc2(self.act(hidden))
            self.act(hidden - 1)
            return self.fc2(hidden.relu())

    found = compare_models(Sorted(True), Sorted(False), BATCH, weights="a")
    assert found.agree
    assert [one.name for one in found.unmatched_b] == ["act"]


def test_an_extra_block_shifts_no_pair():
    def tower(count):
        return nn.Sequential(nn.Linear(6, 8), *(nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(count)), nn.Linear(8, 2))  # fmt: skip

    ours, theirs = tower(2), tower(3)
    found = compare_models(ours, theirs, BATCH, weights="a")
    pairs = {row.a: row.b for row in found.rows}
    assert pairs["0"] == "0"
    assert pairs["3"] == "4"
    assert len(found.left_b) == 2


def test_wrong_arguments_are_told():
    for match, arguments in {
        "weights='c'": {"weights": "c"}, "ulp=-1": {"ulp": -1}, "atol": {"atol": float("nan")}, "seed=-1": {"seed": -1},
        "name map has 'nowhere'": {"names": {"nowhere": "0"}}, "did you mean '0'": {"names": {"0": "00"}},
    }.items():  # fmt: skip
        with pytest.raises(UsageError, match=match):
            compare_models(net(), net(), BATCH, **arguments)
    for match, batch in {"no batch": None, "the batch is empty": torch.zeros(0, 6), "holds no element": []}.items():
        with pytest.raises(UsageError, match=match):
            compare_models(net(), net(), batch)
    with pytest.raises(UsageError, match=r"B is a function; give a torch.nn.Module"):
        compare_models(net(), functional.relu, BATCH)


def test_the_models_own_error_is_shown_with_what_was_asked():
    class Picky(nn.Module):
        def forward(self, x, mask):
            return x * mask

    with pytest.raises(UsageError) as caught:
        compare_models(Picky(), Picky(), (BATCH, torch.zeros(3)))
    text = str(caught.value)
    assert "x * mask" in text
    assert "RuntimeError: The size of tensor a (6)" in text
    assert "The batch: 0: float32 [8, 6], 1: float32 [3]" in text
    assert "with 2 arguments" in text


def test_a_mapping_gives_keywords_where_forward_has_them_and_else_its_order():
    class Masked(nn.Module):
        def forward(self, x, mask):
            return x * mask

    class Other(nn.Module):
        def forward(self, pixels, where):
            return where * pixels

    assert compare_models(Masked(), Other(), {"x": BATCH, "mask": BATCH > 0}).agree


def test_what_is_found_is_plain_data_for_programs():
    import json

    found = compare_models(net(), net(), BATCH)
    held = json.loads(json.dumps(found.to_dict()))
    assert held["agree"] is False
    assert held["first"]["module"] == "0"
    assert held["rows"][0]["size"]["elements"] == 96
