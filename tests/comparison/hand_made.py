"""Comparisons made by hand, in all shapes that they can have."""

from dataclasses import replace
from pathlib import Path

from retorch.comparison._difference import Comparison, Difference, First, Line, Side, Unlike
from retorch.replay import Cause, Experiment, Size

ENVIRONMENT = {
    "retorch": "0.1.0",
    "python": {"version": "3.11.9", "implementation": "CPython"},
    "torch": {"version": "2.13.0", "cuda": None, "parallel": {"mkl": "2024.2", "openmp": "201511"}},
    "threads": {"intra": 1, "inter": 2},
    "cpu": {"model": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz", "capability": "AVX512"},
    "accelerators": [{"name": "NVIDIA H100", "memory": 85899345920}],
    "switches": {"deterministic_algorithms": False, "float32_precision": {"cuda.matmul": "none", "cudnn.conv": "tf32"}},
    "variables": {"OMP_NUM_THREADS": "1"},
    "distributions": {"numpy": "2.1.3", "torch": "2.13.0", "safetensors": "0.6.2", "pydantic": "2.11.4"},
    "revision": "b460f4710b7f4b0e8f6f4f8a0c4f3a1f1e5d2c3b",
}
CONFIG = {"optimizer": {"name": "adamw", "lr": 0.001}, "batch_size": 32, "epochs": 10, "dropout": 0.3}

A = Side(Path("runs/a"), 1350, "light", 7, "python train.py --epochs 10", ENVIRONMENT, CONFIG)
B = replace(A, path=Path("runs/b"), environment={
    **ENVIRONMENT,
    "threads": {"intra": 2, "inter": 2},
    "variables": {"OMP_NUM_THREADS": "2"},
    "distributions": {**ENVIRONMENT["distributions"], "pydantic": "2.12.0"},
})  # fmt: skip

UNLIKE = (
    Unlike("threads.intra", "1", "2", "likely", "sums are split over threads in another order"),
    Unlike("variables.OMP_NUM_THREADS", "1", "2", "likely", "it sets threads.intra"),
    Unlike("distributions.pydantic", "2.11.4", "2.12.0", "unlikely"),
)
LINE = Line("/home/ada/work/train.py", 31, "hidden = self.net(inputs)")
FIRST = First(
    step=57, epoch=2, phase="backward", tensor="model.net.2.weight", module="model.net.2", operation="aten.mm.default",
    a=LINE, b=LINE, size=Size(4096, 3201, max_ulp=3, max_abs=4.7683716e-07), exact=True,
)  # fmt: skip
EXPERIMENTS = (
    Experiment("threads", "1", "a"),
    Experiment("threads", "2", "b"),
    Experiment("deterministic", "True", "neither"),
    Experiment("dtype", "float64", "both"),
    Experiment("instruction set", "AVX2", "failed", "the process ended with SIGILL, an illegal instruction"),
)
PROVEN = Cause(
    "threads", True, "A computed with 1 thread, B with 2; with 2 threads the operation of A gives the bits of B"
)
LIKELY = Cause("distributions.numpy", False, "numpy is 2.1.3 in A and 2.2.0 in B")
MODULES = (
    ("model", "Classifier", False),
    ("model.net.0", "Linear", True),
    ("model.net.1", "ReLU", True),
    ("model.net.2", "Linear", False),
    ("model.net.3", "Dropout", None),
    ("model.head", "Linear", False),
)
NOTES = ("model.net.3 was compiled; the step was replayed eager and compiled, and the eager one agrees",)

AGREE = Comparison(A, B, None, 1350, strip=((0, 1350, "equal"),))
AGREE_ELSEWHERE = replace(AGREE, unlike=UNLIKE)
PART = Comparison(
    A, B, Difference(FIRST, (PROVEN, LIKELY), EXPERIMENTS), 1350,
    strip=((0, 57, "equal"), (57, 1293, "different")), modules=MODULES, unlike=UNLIKE, notes=NOTES,
)  # fmt: skip


def parting(difference=None, **changes):
    """Return PART with another first place, and other facts of the comparison."""
    first = replace(FIRST, **(difference or {}))
    return replace(PART, difference=replace(PART.difference, first=first), **changes)


RECORD_ONLY = replace(
    PART,
    difference=Difference(First(step=57, epoch=2, phase="forward", tensor="loss", exact=False), (LIKELY,)),
    modules=(),
    notes=(
        "The step was not replayed: no checkpoint of A is left.",
        "The record of A has no states between steps 0 and 100.",
    ),
)
SHORTER = replace(AGREE, b=replace(B, steps=900), compared_steps=900, strip=((0, 900, "equal"), (900, 450, "unknown")))
LEVELS = replace(PART, b=replace(B, level="full"))
NOTHING = replace(
    AGREE,
    a=replace(A, steps=0, level="off"),
    compared_steps=0,
    strip=(),
    notes=("A has no record: it ran with record='off'",),
)
START = parting(
    {
        "step": 0,
        "epoch": 0,
        "phase": "start",
        "detail": "the model starts with other weights",
        "operation": None,
        "a": None,
        "b": None,
        "module": None,
    }
)
OTHER_MODELS = parting(
    {"step": 0, "epoch": 0, "phase": "start", "detail": "the models are not the same", "tensor": None, "module": None,
     "operation": None, "a": None, "b": None, "size": None},
    modules=(("model", "Net", None), ("model.a", "Linear", None)),
    notes=("Only A has model.a.weight.", "Only B has model.c.weight and 3 more."),
)  # fmt: skip
ORDER = parting(
    {"phase": "data", "detail": "the order of the samples", "tensor": "batch[0]", "module": None, "operation": None}
)
OTHER_LINES = parting(
    {"b": Line("/home/ada/work/train.py", 32, "hidden = self.net(inputs) * 1.0"), "other_operation": "aten.mul.Tensor"}
)
ONLY_B = parting(
    {
        "a": None,
        "operation": "aten.mul.Tensor",
        "b": Line("train.py", 9, "x = x * scale"),
        "size": None,
        "detail": "B did an operation that A did not",
    }
)
VALIDATION = parting(
    {
        "phase": "validation",
        "detail": "BatchNorm's statistics change in it",
        "tensor": "model.norm.running_mean",
        "operation": "aten.native_batch_norm.default",
    }
)
OPTIMIZER = parting({"phase": "optimizer", "operation": "aten.addcdiv_.default", "module": None})
MANY = parting(modules=(
    ("model", "Transformer", False),
    *((f"model.layers.{layer}.{part}", kind, layer < 30)
      for layer in range(60)
      for part, kind in (("", "Block"), ("attention", "Attention"), ("attention.q", "Linear"), ("attention.k", "Linear"),
                         ("attention.v", "Linear"), ("norm1", "LayerNorm"), ("norm2", "LayerNorm"), ("mlp", "MLP"),
                         ("mlp.up", "Linear"), ("mlp.down", "Linear"))),
))  # fmt: skip
MANY = replace(MANY, modules=tuple((path.rstrip("."), kind, equal) for path, kind, equal in MANY.modules))
LONG = "model." + ".".join(f"a_very_long_name_of_a_module_number_{number}" for number in range(6))
LONG_NAMES = parting(
    {
        "module": LONG,
        "tensor": f"{LONG}.weight",
        "a": Line("/" + "a_folder/" * 30 + "train.py", 123456, "x = " + "f(" * 80 + ")" * 80),
    },
    modules=((LONG, "K" * 90, False),),
    unlike=tuple(
        Unlike(f"variables.{'N' * 60}_{number}", "v" * 300, None, "possible", "because " * 30) for number in range(40)
    ),
    notes=("n" * 300, *(f"note {number}" for number in range(20))),
)
HOSTILE = (
    "</script><script>alert('x')</script><img src=x onerror=alert(1)> & \"quotes\" {{ 7 * 7 }} \x1b[2J\x00\u202egnp.exe"
)
HOSTILE_EVERYWHERE = Comparison(
    replace(A, path=Path("runs") / HOSTILE.replace("\x00", ""), command=HOSTILE, level=HOSTILE, environment={HOSTILE: HOSTILE}, config={HOSTILE: [HOSTILE]}),
    replace(B, command=HOSTILE, environment={}, config={}),
    Difference(
        replace(FIRST, detail=HOSTILE, tensor=HOSTILE, module=HOSTILE, operation=HOSTILE, other_operation=HOSTILE,
                a=Line(HOSTILE, 3, HOSTILE), b=Line(HOSTILE, 4, HOSTILE)),
        (Cause(HOSTILE, True, HOSTILE), Cause(HOSTILE, False, HOSTILE)),
        (Experiment(HOSTILE, HOSTILE, "a", HOSTILE),),
    ),
    10,
    strip=((0, 10, "different"),),
    modules=((f"model.{HOSTILE}", HOSTILE, False),),
    unlike=(Unlike(HOSTILE, HOSTILE, None, "likely", HOSTILE),),
    notes=(HOSTILE,),
)  # fmt: skip
UNICODE = parting(
    {
        "module": "model.損失",
        "tensor": "model.損失.重み",
        "a": Line("/home/ada/学習.py", 3, "損失 = モデル(入力)  # 🎉"),
        "b": None,
    },
    a=replace(A, path=Path("runs/実験一")),
)

ALL = {
    "agree": AGREE,
    "agree elsewhere": AGREE_ELSEWHERE,
    "part": PART,
    "record only": RECORD_ONLY,
    "shorter": SHORTER,
    "levels": LEVELS,
    "nothing": NOTHING,
    "start": START,
    "other models": OTHER_MODELS,
    "order": ORDER,
    "other lines": OTHER_LINES,
    "only b": ONLY_B,
    "validation": VALIDATION,
    "optimizer": OPTIMIZER,
    "many": MANY,
    "long names": LONG_NAMES,
    "hostile": HOSTILE_EVERYWHERE,
    "unicode": UNICODE,
}
