"""Experiments with real operations in real processes: the guilty setting is named, and no other."""

import json
import os
import subprocess
import sys

import pytest
import torch

from retorch.errors import UsageError
from retorch.fingerprints import fingerprint
from retorch.replay._captured import Captured
from retorch.replay._causes import Cause, causes
from retorch.replay._experiments import Experiment, experiments
from retorch.replay._settings import process_of, settings_of, starting_variables, unlike_settings
from retorch.replay._trials import ALL_BUT, ALL_OF_A, ALL_OF_B, Trial, device_kinds, further_trials
from retorch.replay._trying import try_all

aten = torch.ops.aten
needs_avx512 = pytest.mark.skipif(
    not torch.cpu._is_avx512_supported(), reason="a processor without AVX-512 has no lower cap with other bits"
)

# Reads a capture and runs it, in plain words: what the experiments are held against.
PLAINLY = """
import json, sys, torch
from retorch.fingerprints import fingerprint
from retorch.replay._captured import Captured
captured = Captured.load(sys.argv[1])
torch.set_num_threads(int(sys.argv[2]))
left = captured.overload()(*captured.args, **captured.kwargs)
left = left if isinstance(left, (tuple, list)) else [left]
print(json.dumps([fingerprint(each) for each in left]))
"""


def environment(threads=1, switches=None, instructions="AVX512", **variables):
    return {
        "threads": {"intra": threads, "inter": 1},
        "switches": switches or {},
        "variables": variables,
        "cpu": {"instructions": instructions},
        "torch": {"version": torch.__version__},
    }


def capture(path, operation, *args, generator=None, **kwargs):
    """Save an operation with as many outputs as it leaves; their values are not looked at."""
    copies = torch.utils._pytree.tree_map_only(torch.Tensor, torch.clone, (args, kwargs))
    left = operation(*copies[0], **copies[1])
    left = list(left) if isinstance(left, (tuple, list)) else [left]
    Captured(str(operation), args, kwargs, left, generator).save(path)
    return path


def bits(path, threads=1, **variables):
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("ATEN_", "ONEDNN_", "OMP_"))}
    done = subprocess.run(
        [sys.executable, "-P", "-c", PLAINLY, str(path), str(threads)],
        env=plain | variables, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def randn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def layer_norm_backward(path):
    grad, inputs = randn(64, 128, 64), randn(64, 128, 64, seed=1)
    mean, rstd = inputs.mean(-1, keepdim=True), inputs.var(-1, keepdim=True).rsqrt()
    weight = randn(64, seed=2)
    return capture(
        path, aten.native_layer_norm_backward.default, grad, inputs, [64], mean, rstd, weight, weight, [True] * 3
    )


def skinny_product(path):
    return capture(path, aten.mm.default, randn(10, 1797), randn(1797, 64, seed=1))


def full_sum(path):
    return capture(path, aten.sum.default, randn(1_000_000, seed=1))


def convolution(path):
    inputs, weight = randn(8, 8, 16, 16), randn(16, 8, 3, 3, seed=1)
    return capture(
        path, aten.convolution.default, inputs, weight, randn(16, seed=2), [1, 1], [0, 0], [1, 1], False, [0, 0], 1
    )  # fmt: skip


def convolution_backward(path):
    return capture(
        path, aten.convolution_backward.default, randn(8, 16, 14, 14), randn(8, 8, 16, 16, seed=1),
        randn(16, 8, 3, 3, seed=2), [16], [1, 1], [0, 0], [1, 1], False, [0, 0], 1, [True] * 3,
    )  # fmt: skip


def softmax(path):
    return capture(path, aten._softmax.default, randn(100, 1000), -1, False)


def own(found, name):
    return next(each for each in found if each.setting == name)


@pytest.mark.parametrize(
    ("operation", "other"),
    [
        (layer_norm_backward, 2),
        (skinny_product, 2),
        pytest.param(full_sum, 2, marks=pytest.mark.long),
        pytest.param(convolution_backward, 4, marks=pytest.mark.long),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_another_number_of_threads_is_proven(tmp_path, operation, other):
    path = operation(tmp_path / "a.pt")
    a, b = bits(path, 1), bits(path, other)
    if a == b:
        pytest.skip("this processor gives the same bits")
    here, there = environment(1), environment(other, ATEN_CPU_CAPABILITY="avx512")
    found = experiments(path, a, b, here, environment(other))
    assert own(found, ALL_OF_A).gives == "a"
    assert own(found, ALL_OF_B).gives == "b"
    assert own(found, "threads") == Experiment("threads", str(other), "b", f"1 in A, {other} in B")
    [cause] = causes(found, here, there)
    assert cause == Cause(
        "threads", proven=True, message=f"threads: 1 in A, {other} in B; run again with {other} threads, "
        "the operation gives B's bits",
    )  # fmt: skip


@needs_avx512
def test_the_cap_that_is_guilty_is_named_and_the_one_that_is_not_is_cleared(tmp_path):
    path = convolution(tmp_path / "a.pt")
    a, b = bits(path), bits(path, ONEDNN_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2")
    assert a != b
    here, there = environment(), environment(ONEDNN_MAX_CPU_ISA="AVX2", ATEN_CPU_CAPABILITY="avx2")
    found = experiments(path, a, b, here, there)
    assert own(found, "ATEN_CPU_CAPABILITY").gives == "a"
    assert [(cause.setting, cause.proven) for cause in causes(found, here, there)] == [("ONEDNN_MAX_CPU_ISA", True)]


@needs_avx512
def test_another_processor_is_stood_in_for_by_caps(tmp_path):
    path = softmax(tmp_path / "a.pt")
    a, b = bits(path), bits(path, ATEN_CPU_CAPABILITY="avx2")
    assert a != b
    here, there = environment(), environment(instructions="AVX2")
    found = experiments(path, a, b, here, there)
    [cause] = causes(found, here, there)
    assert (cause.setting, cause.proven) == ("instructions", True)
    assert "AVX2 in B" in cause.message


@pytest.mark.long
@needs_avx512
def test_settings_that_are_needed_together_are_one_cause(tmp_path):
    path = convolution_backward(tmp_path / "a.pt")
    a, b = bits(path), bits(path, 4, ONEDNN_MAX_CPU_ISA="AVX2")
    assert len({str(each) for each in (a, b, bits(path, 4), bits(path, ONEDNN_MAX_CPU_ISA="AVX2"))}) == 4
    here = environment()
    there = environment(4, {"cudnn_benchmark": True}, ONEDNN_MAX_CPU_ISA="AVX2")
    found = experiments(path, a, b, here, there)
    assert own(found, ALL_BUT + "cudnn_benchmark").gives == "b"
    [cause] = causes(found, here, there)
    assert cause == Cause(
        "ONEDNN_MAX_CPU_ISA and threads", proven=True,
        message="ONEDNN_MAX_CPU_ISA: unset in A, AVX2 in B; threads: 1 in A, 4 in B; run again with all of them "
        "together, the operation gives B's bits, with none of them alone",
    )  # fmt: skip


@pytest.mark.long
def test_operations_that_agree_give_both_and_have_no_cause(tmp_path):
    path = capture(tmp_path / "a.pt", aten.add.Tensor, randn(300), randn(300, seed=1))
    a = bits(path)
    here, there = environment(1), environment(2)
    found = experiments(path, a, a, here, there)
    assert {each.gives for each in found if each.setting != "dtype"} == {"both"}
    tried = {each.setting for each in found}
    assert {"threads", "mkldnn_enabled", "deterministic_algorithms", "dtype", "alignment", "flush_denormal"} <= tried
    assert causes(found, here, there) == ()


def test_what_both_recorded_alike_is_no_proof_and_a_cast_and_its_way_back_are_found(tmp_path, tried_once):
    path = skinny_product(tmp_path / "a.pt")
    a, b = bits(path, 1), bits(path, 2)
    cast = fingerprint(aten.mm.default(*(each.bfloat16() for each in Captured.load(path).args)).float())
    if a != b:  # this processor may give the same bits
        found = experiments(path, a, b, environment(), environment())
        [cause] = causes(found, environment(), environment())
        assert (cause.setting, cause.proven) == ("threads", False)
        assert cause.message.endswith("it would explain it, though both runs recorded the same")
    found = experiments(path, a, [cast], environment(), environment())
    tried = {each.value: each.gives for each in found if each.setting == "dtype"}
    assert tried["bfloat16"] == "b"
    assert tried["float64"] == "neither"
    assert "dtype" in {cause.setting for cause in causes(found, environment(), environment())}


@pytest.fixture
def tried_once(monkeypatch):
    """The same trials of the same operation are carried out once, whatever is asked of what they come to."""
    came = {}

    def once(files, trials, limit_s):
        key = repr((files, trials))
        if key not in came:
            came[key] = try_all(files, trials, limit_s)
        return came[key]

    monkeypatch.setattr("retorch.replay._experiments.try_all", once)


def test_bits_that_nobody_can_have_again_prove_nothing(tmp_path):
    path = skinny_product(tmp_path / "a.pt")
    found = experiments(path, [1], bits(path, 2), environment(1), environment(2))
    assert "prove nothing" in own(found, ALL_OF_A).message
    assert not any(cause.proven for cause in causes(found, environment(1), environment(2)))


def test_another_argument_is_tried_by_its_name(tmp_path):
    inputs, weight = randn(8, 64), randn(64, seed=1)
    paths = [
        capture(tmp_path / name, aten.native_layer_norm.default, inputs, [64], weight, weight, epsilon)
        for name, epsilon in (("a.pt", 1e-5), ("b.pt", 1e-3))
    ]
    here, there = environment(), environment(switches={"cudnn_benchmark": True})
    found = experiments(paths[0], bits(paths[0]), bits(paths[1]), here, there, captured_b=paths[1])
    assert own(found, "argument eps") == Experiment("argument eps", "0.001", "b", "1e-05 in A, 0.001 in B")
    assert own(found, "cudnn_benchmark").gives == "a"
    [cause] = causes(found, here, there)
    assert (cause.setting, cause.proven) == ("argument eps", True)


def test_batch_norm_in_eval_mode_is_named_though_it_writes_in_silence(tmp_path):
    running = torch.zeros(4), torch.ones(4)

    def made(name, training):
        args = (randn(16, 4), None, None, *running, training, 0.1, 1e-5)
        copies = [each.clone() if isinstance(each, torch.Tensor) else each for each in args]
        left = [*aten.native_batch_norm.default(*copies), *copies[3:5]]
        Captured("aten.native_batch_norm.default", args, {}, left).save(tmp_path / name)
        return tmp_path / name, [fingerprint(each) for each in left]

    (path_a, a), (path_b, b) = made("a.pt", True), made("b.pt", False)
    found = experiments(path_a, a, b, environment(), environment(), captured_b=path_b)
    [cause] = causes(found, environment(), environment())
    assert (cause.setting, cause.proven) == ("argument training", True)


def test_another_random_state_is_proven(tmp_path):
    inputs = randn(1000)
    paths, left = [], []
    for name, seed in (("a.pt", 1), ("b.pt", 2)):
        torch.manual_seed(seed)
        state = torch.get_rng_state()
        left.append([fingerprint(each) for each in aten.native_dropout.default(inputs, 0.5, True)])
        paths.append(capture(tmp_path / name, aten.native_dropout.default, inputs, 0.5, True, generator=state))
    found = experiments(paths[0], left[0], left[1], environment(), environment(), captured_b=paths[1])
    assert own(found, ALL_OF_A).gives == "a"
    [cause] = causes(found, environment(), environment())
    assert (cause.setting, cause.proven) == ("random state", True)


def test_other_strides_are_proven(tmp_path):
    inputs = randn(64, 96, 7).transpose(0, 2)
    paths = [
        capture(tmp_path / "a.pt", aten.sum.default, inputs),
        capture(tmp_path / "b.pt", aten.sum.default, inputs.contiguous()),
    ]
    a, b = bits(paths[0]), bits(paths[1])
    if a == b:
        pytest.skip("this processor gives the same bits")
    found = experiments(paths[0], a, b, environment(), environment(), captured_b=paths[1])
    [cause] = causes(found, environment(), environment())
    assert (cause.setting, cause.proven) == ("layout", True)


def test_what_this_process_does_not_know_fails_in_words(tmp_path):
    path = tmp_path / "a.pt"
    Captured("mylib.twice.default", (torch.ones(2),), {}, [torch.ones(2)]).save(path)
    found = experiments(path, [1], [2], environment(1), environment(2))
    assert {each.gives for each in found} == {"failed"}
    assert "mylib" in found[0].message
    assert causes(found, environment(1), environment(2)) == ()


@pytest.mark.skipif(torch.cuda.is_available(), reason="the device is there")
def test_a_device_that_is_not_here_fails_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
    path = capture(tmp_path / "a.pt", aten.add.Tensor, torch.ones(2), torch.ones(2))
    found = experiments(path, [1], [2], environment(), environment())
    assert {each.gives for each in found} == {"failed"}
    assert "CUDA" in found[0].message
    assert device_kinds(path) == {"cuda"}


def test_a_process_that_takes_too_long_is_ended_and_said(tmp_path):
    path = full_sum(tmp_path / "a.pt")
    found = experiments(path, [1], [2], environment(), environment(), limit_s=0.01)
    assert {(each.gives, each.message) for each in found} == {("failed", "it took more than 0.01 seconds")}


def test_a_trial_that_kills_its_process_costs_only_itself(tmp_path):
    path = full_sum(tmp_path / "a.pt")
    settings = settings_of(environment())
    # More threads than a process may have end it; OpenMP does so without an exception.
    trials = [
        Trial("one", "", settings),
        Trial("too many", "", {**settings, "threads": 10**8}),
        Trial("other", "", settings),
    ]
    came = try_all({"a": str(path), "b": None}, trials, 60)
    assert came[0].runs == came[2].runs != ()
    assert came[1].failed


def test_the_number_of_outputs_is_checked_before_anything_starts(tmp_path):
    path = full_sum(tmp_path / "a.pt")
    with pytest.raises(UsageError, match="left 1 tensors when it was captured, and 2 fingerprints are given for run B"):
        experiments(path, [1], [1, 2], environment(), environment())


def foreach_add():
    values = [randn(3, seed=seed) for seed in range(4)]
    return "aten._foreach_add_.List", (values[:2], values[2:]), {"alpha": 2}, lambda args, _: args[0]


def fused_adam():
    lists = [[randn(5, seed=10 * which + seed).abs() for seed in range(2)] for which in range(4)]
    options = {
        "lr": 1e-3, "beta1": 0.9, "beta2": 0.99, "weight_decay": 0.0, "eps": 1e-8, "amsgrad": False, "maximize": False,
    }  # fmt: skip
    steps = [torch.ones(()), torch.ones(())]
    # params, grads, exp_avgs, exp_avg_sqs, max_exp_avg_sqs are written, as its schema says.
    return (
        "aten._fused_adam_.default", (*lists, [], steps), options,
        lambda args, _: [each for tensors in args[:5] for each in tensors],
    )  # fmt: skip


def attention():
    qkv = [randn(2, 4, 64, 32, seed=seed) for seed in range(3)]
    name = "aten._scaled_dot_product_flash_attention_for_cpu.default"
    return name, tuple(qkv), {"is_causal": True}, lambda _, result: list(result)


def in_place_view():
    base = randn(6)
    return "aten.add_.Tensor", (base[:3], base[3:]), {}, lambda args, _: [args[0]]


def lstm():
    weights = [randn(256, 16).mul(0.1), randn(256, 64, seed=1).mul(0.1), randn(256, seed=2), randn(256, seed=3)]
    states = randn(8, 64, seed=4), randn(8, 64, seed=5)
    rest = (False, [], 2, 64, 1, True, False, False, True)
    args = (randn(20, 8, 16), *weights, *states, *rest)
    return "aten.mkldnn_rnn_layer.default", args, {}, lambda _, result: list(result)


@pytest.mark.parametrize(
    "made",
    [foreach_add, fused_adam, lstm, *(pytest.param(one, marks=pytest.mark.long) for one in (attention, in_place_view))],
)
def test_lists_and_written_arguments_come_back_with_the_same_bits(tmp_path, made):
    name, args, kwargs, left_by = made()
    path = tmp_path / "a.pt"
    Captured(name, args, kwargs, []).save(path)
    fresh = Captured.load(path)  # keeps which tensors share memory
    torch.set_num_threads(1)
    left = left_by(fresh.args, fresh.overload()(*fresh.args, **fresh.kwargs))
    Captured(name, args, kwargs, left).save(path)
    a = [fingerprint(each) for each in left]
    known = [made is not lstm or place != 3 for place in range(len(a))]  # its workspace holds what it likes
    [came] = try_all({"a": str(path), "b": None}, [Trial(ALL_OF_A, "", settings_of(environment()))], 60)
    assert came.runs, came.failed
    for [run] in came.runs:
        assert [word * told for word, told in zip(run, known, strict=True)] == [
            word * told for word, told in zip(a, known, strict=True)
        ]


def test_adding_by_index_is_steady_again_with_deterministic_algorithms(tmp_path):
    index = torch.randint(0, 50, (20_000,), generator=torch.Generator().manual_seed(1))
    path = capture(tmp_path / "a.pt", aten.index_put.default, torch.zeros(50), [index], randn(20_000), True)
    a = bits(path, 1)
    loose, strict = settings_of(environment(4)), settings_of(environment(4, {"deterministic_algorithms": True}))
    came = try_all({"a": str(path), "b": None}, [Trial("loose", "", loose), Trial("strict", "", strict)], 60)
    assert set(came[1].runs) == {(tuple(a),)}
    if len(set(came[0].runs)) > 1:  # chance, and this many cores
        found = experiments(path, a, came[0].runs[0][0], environment(1), environment(4))
        told = causes(found, environment(1), environment(4))
        assert [(cause.setting, cause.proven) for cause in told] in ([("threads", False)], [("threads", True)])


def test_an_operation_that_never_repeats_itself_needs_no_setting_to_differ():
    found = (
        Experiment(ALL_OF_A, "", "neither", "3 runs gave 3 different results", steady=False),
        Experiment(ALL_OF_B, "", "neither", "3 runs gave 3 different results", steady=False),
        Experiment("deterministic_algorithms", "on", "neither"),
    )
    [cause] = causes(found, environment(4), environment(4))
    assert cause == Cause(
        "deterministic_algorithms", proven=True, message="run again with A's own settings, the operation gives other "
        "bits each time; with deterministic_algorithms on it gives the same each time",
    )  # fmt: skip


def test_settings_are_read_off_an_environment():
    settings = settings_of(
        environment(3, {"cudnn_benchmark": True, "default_dtype": "float32"}, MKL_CBWR="AVX2", PYTHONHASHSEED="0")
    )
    assert settings["threads"] == 3
    assert settings["cudnn_benchmark"] is True
    assert settings["MKL_CBWR"] == "AVX2"
    assert "PYTHONHASHSEED" not in settings
    assert "default_dtype" not in settings
    assert settings_of({})["deterministic_algorithms"] is False


def test_a_recorded_cap_is_not_taken_for_a_lesser_processor():
    capped = settings_of(environment(instructions="AVX2", ATEN_CPU_CAPABILITY="avx2"))
    lesser = settings_of(environment(instructions="AVX2"))
    assert starting_variables(capped) == {"ATEN_CPU_CAPABILITY": "avx2"}
    assert starting_variables(lesser) == {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
    assert starting_variables(settings_of(environment())) == {}


def test_only_what_acts_on_one_operation_is_unlike():
    a = settings_of(environment(1, OMP_NUM_THREADS="1", NCCL_PROTO="LL"))
    b = settings_of(environment(2, {"flush_denormal": True}, OMP_NUM_THREADS="2", MKL_CBWR="AVX2"))
    assert unlike_settings(a, b) == ("MKL_CBWR", "flush_denormal", "threads")
    assert process_of(a) != process_of({**a, "flush_denormal": True})
    assert process_of(a) == process_of({**a, "threads": 7})


def test_an_accelerator_is_asked_about_other_things_than_the_processor():
    settings = settings_of(environment())
    on_gpu = {trial.setting for trial in further_trials(settings, frozenset({"cuda", "cpu"}))}
    assert {"cudnn_benchmark", "cudnn_deterministic", "float32_precision", "deterministic_algorithms"} <= on_gpu
    assert not {"threads", "ATEN_CPU_CAPABILITY", "mkldnn_enabled"} & on_gpu


@pytest.mark.gpu
def test_tf32_is_proven_on_a_gpu(tmp_path):
    a, b = randn(256, 256).cuda(), randn(256, 256, seed=1).cuda()
    path, matmul = tmp_path / "a.pt", torch.backends.cuda.matmul
    left = {}
    for precision in ("ieee", "tf32"):
        matmul.fp32_precision = precision
        left[precision] = aten.mm.default(a, b)
    matmul.fp32_precision = "none"
    Captured("aten.mm.default", (a, b), {}, [left["ieee"]]).save(path)
    environments = [environment(switches={"float32_precision": {"cuda.matmul": each}}) for each in ("ieee", "tf32")]
    found = experiments(path, [fingerprint(left["ieee"])], [fingerprint(left["tf32"])], *environments)
    [cause] = causes(found, *environments)
    assert (cause.setting, cause.proven) == ("float32_precision", True)
