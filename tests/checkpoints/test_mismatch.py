"""What does not fit is said once, completely, before anything changes."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn
from trained import Training, same

import retorch
from retorch.errors import CheckpointMismatch, RetorchNotice, UsageError


class Net(nn.Module):
    def __init__(self, hidden=4, extra=False):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(3, hidden), nn.Linear(hidden, hidden))
        self.decoder = nn.Linear(5, 2)
        if extra:
            self.extra = nn.Linear(1, 1, bias=False)


@pytest.fixture
def saved(tmp_path):
    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    retorch.save(tmp_path / "net.ckpt", model=model, optimizer=optimizer, epoch=3)
    return tmp_path / "net.ckpt", model


def test_one_message_lists_shapes_missing_and_unexpected_names(saved):
    path, _ = saved
    live = Net(hidden=7, extra=True)
    del live.decoder.bias
    live.decoder.register_parameter("bias", None)
    before = copy.deepcopy(live.state_dict())
    with pytest.raises(CheckpointMismatch) as raised:
        retorch.load(path, model=live)
    assert str(raised.value) == (
        "checkpoint 'net.ckpt' does not fit part 'model' (Net).\n"
        "  encoder.0.weight   saved [4, 3] float32   model has [7, 3] float32\n"
        "  encoder.0.bias     saved [4] float32   model has [7] float32\n"
        "  encoder.1.weight   saved [4, 4] float32   model has [7, 7] float32\n"
        "  encoder.1.bias     saved [4] float32   model has [7] float32\n"
        "  missing in the checkpoint: extra.weight   [1, 1] float32\n"
        "  only in the checkpoint: decoder.bias   [2] float32\n"
        "Build 'model' as it was when it was saved, or restore with `strict=False` to take all that fits.\n"
        "Nothing was changed."
    )
    assert same(live.state_dict(), before)


def test_the_message_offers_the_part_that_fits(saved):
    with pytest.raises(CheckpointMismatch, match=r'restore with `only=\["model.decoder"\]` to take the parts that fit'):
        retorch.load(saved[0], model=Net(hidden=7))


def test_a_wrong_dtype_is_a_mismatch(saved):
    with pytest.raises(CheckpointMismatch, match=r"decoder.bias .* saved \[2\] float32   model has \[2\] float64"):
        retorch.load(saved[0], model=Net().double())


def test_a_long_list_is_cut(tmp_path):
    retorch.save(tmp_path / "c", model=nn.Sequential(*[nn.Linear(2, 2) for _ in range(30)]))
    with pytest.raises(CheckpointMismatch, match=r"\(40 more differ\)") as raised:
        retorch.load(tmp_path / "c", model=nn.Sequential(*[nn.Linear(3, 3) for _ in range(30)]))
    assert len(str(raised.value).splitlines()) < 30


@pytest.mark.parametrize("prefix", ["decoder", "model.decoder"])
def test_only_takes_the_part_under_a_prefix(saved, prefix):
    path, model = saved
    live = Net(hidden=7)
    encoder = copy.deepcopy(live.encoder.state_dict())
    assert retorch.load(path, only=[prefix], model=live) == {}
    assert same(live.decoder.state_dict(), model.decoder.state_dict())
    assert same(live.encoder.state_dict(), encoder)


def test_only_takes_parts_by_name_and_reads_no_other_tensors(saved):
    path, model = saved
    (path / "optimizer.safetensors").unlink(missing_ok=True)
    live = Net()
    assert retorch.load(path, only=["model", "epoch"], model=live) == {"epoch": 3}
    assert same(live.state_dict(), model.state_dict())


def test_only_with_a_name_that_is_not_there_says_what_is(saved):
    with pytest.raises(
        UsageError,
        match=r"only='encodr' names nothing .* parts epoch, model, optimizer; .* model.decoder, model.encoder",
    ):
        retorch.load(saved[0], only=["encodr"], model=Net())


def test_only_that_leaves_a_given_part_out_is_refused(saved):
    live = Net()
    with pytest.raises(UsageError, match=r"only=\['decoder'\] leaves out 'optimizer'"):
        retorch.load(saved[0], only=["decoder"], model=live, optimizer=torch.optim.Adam(live.parameters()))


def test_only_as_a_string_is_refused(saved):
    with pytest.raises(UsageError, match=r'give a list: only=\["decoder"\]'):
        retorch.load(saved[0], only="decoder", model=Net())


def test_without_strict_all_that_fits_is_taken_and_the_rest_is_said(saved):
    path, model = saved
    live = Net(hidden=7, extra=True)
    with pytest.warns(RetorchNotice, match=r"left out of part 'model' what does not fit:\n  encoder.0.weight"):
        retorch.load(path, strict=False, model=live)
    assert same(live.decoder.state_dict(), model.decoder.state_dict())
    assert live.encoder[0].weight.shape == (7, 3)


def test_a_part_that_is_not_there_is_named_with_those_that_are(saved):
    with pytest.raises(CheckpointMismatch, match=r"has no part 'net'; it holds epoch, model, optimizer"):
        retorch.load(saved[0], net=Net())


def test_a_value_given_to_be_restored_is_refused(saved):
    with pytest.raises(
        UsageError, match=r"epoch= was given a plain int, which has no load_state_dict.*Leave epoch= out"
    ):
        retorch.load(saved[0], epoch=0)


def test_a_part_of_another_kind_is_refused(tmp_path):
    model = Net()
    retorch.save(tmp_path / "c", model=model.state_dict())
    with pytest.raises(
        CheckpointMismatch, match=r"holds a part 'model' of the kind value, and the Net given is of the kind module"
    ):
        retorch.load(tmp_path / "c", model=model)


def test_an_optimizer_with_other_groups_is_refused(saved):
    model = Net()
    optimizer = torch.optim.Adam([{"params": model.encoder.parameters()}, {"params": model.decoder.parameters()}])
    with pytest.raises(
        CheckpointMismatch, match=r"saved with 1 parameter groups and has 2 now.\nBuild 'optimizer' with the same"
    ):
        retorch.load(saved[0], optimizer=optimizer)


def test_an_optimizer_over_other_parameters_is_refused(saved):
    model = Net(hidden=7)
    with pytest.raises(
        CheckpointMismatch, match=r"group 0, parameter 0   saved \[4, 3\] float32   optimizer has \[7, 3\] float32"
    ):
        retorch.load(saved[0], optimizer=torch.optim.Adam(model.parameters()))
    with pytest.raises(CheckpointMismatch, match=r"Group 0 was saved with 6 parameters and has 2 now"):
        retorch.load(saved[0], optimizer=torch.optim.Adam(Net().decoder.parameters()))


def test_an_optimizer_or_a_scheduler_of_another_class_is_refused(tmp_path, training):
    retorch.save(tmp_path / "c", **training.parts())
    sgd = torch.optim.SGD(training.optimizer.param_groups)
    with pytest.raises(CheckpointMismatch, match="It was saved by AdamW and cannot continue in SGD"):
        retorch.load(tmp_path / "c", optimizer=sgd)
    with pytest.raises(CheckpointMismatch, match="It was saved by MultiStepLR and cannot continue in StepLR"):
        retorch.load(tmp_path / "c", scheduler=torch.optim.lr_scheduler.StepLR(sgd, 1))


def test_an_optimizer_that_does_not_fit_is_left_alone_without_strict(saved):
    live = torch.optim.Adam(Net(hidden=7).parameters(), lr=0.5)
    with pytest.warns(RetorchNotice, match="left out of part 'optimizer'"):
        retorch.load(saved[0], strict=False, optimizer=live)
    assert live.param_groups[0]["lr"] == 0.5


class Fragile:
    """Takes half of its state and fails."""

    def __init__(self, fail=True):
        self.fail, self.first, self.second = fail, 1, [1]

    def state_dict(self):
        return {"first": self.first, "second": self.second}

    def load_state_dict(self, state):
        self.first = state["first"]
        if self.fail:
            raise KeyError("second half")
        self.second = state["second"]


def test_when_one_part_fails_half_way_every_part_is_what_it_was(tmp_path, training):
    fragile = Fragile()
    retorch.save(tmp_path / "c", **training.parts(), fragile=fragile)
    live, broken = Training().advance(1), Fragile()
    broken.first = 9
    before = copy.deepcopy([live.model.state_dict(), live.optimizer.state_dict(), live.scheduler.state_dict()])
    with pytest.raises(
        CheckpointMismatch,
        match=r"part 'fragile' \(Fragile\) did not take its state: KeyError: 'second half'. Every part",
    ):
        retorch.load(tmp_path / "c", **live.parts(), fragile=broken)
    assert same([live.model.state_dict(), live.optimizer.state_dict(), live.scheduler.state_dict()], before)
    assert same(twin(live), twin(Training().advance(1)))


def test_a_part_that_refuses_its_own_old_state_is_named_too(tmp_path):
    class Hopeless(Fragile):
        def load_state_dict(self, state):
            self.first = "half"
            raise ValueError("never")

    retorch.save(tmp_path / "c", part=Hopeless())
    part = Hopeless()
    with pytest.raises(CheckpointMismatch, match="never") as raised:
        retorch.load(tmp_path / "c", part=part)
    assert part.first == 1
    assert "part 'part' did not take its own old state back: ValueError('never')" in raised.value.__notes__


def test_a_module_whose_loading_fails_half_way_is_what_it_was(tmp_path):
    class Stubborn(nn.Linear):
        def _load_from_state_dict(self, *arguments):
            super()._load_from_state_dict(*arguments)
            raise RuntimeError("no")

    retorch.save(tmp_path / "c", model=nn.Sequential(nn.Linear(2, 2), Stubborn(2, 2)))
    live = nn.Sequential(nn.Linear(2, 2), Stubborn(2, 2))
    before = copy.deepcopy(live.state_dict())
    with pytest.raises(CheckpointMismatch, match="RuntimeError: no"):
        retorch.load(tmp_path / "c", model=live)
    assert same(live.state_dict(), before)


def test_an_interruption_stays_an_interruption_and_changes_nothing(tmp_path, training):
    class Interrupted(Fragile):
        def load_state_dict(self, state):
            raise KeyboardInterrupt

    retorch.save(tmp_path / "c", **training.parts(), part=Interrupted())
    live = Training()
    before = copy.deepcopy(live.model.state_dict())
    with pytest.raises(KeyboardInterrupt):
        retorch.load(tmp_path / "c", **live.parts(), part=Interrupted())
    assert same(live.model.state_dict(), before)


def twin(training):
    training.advance(2)
    return [training.model.state_dict(), training.optimizer.state_dict()]
