"""The planted differences: how each run is started, and what must be found. All is said here before any diff is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MODELS = ("mlp", "cnn", "lstm", "transformer")
LOOPS = ("trainer", "run", "recording")

AT = 25  # the step of the plants in the midst of a run
DROP_AT = 30  # where the scheduler drops the learning rate
EPOCH = 20  # steps
SAMPLE_STEP = -1  # stands for the step in which the sample with the changed label comes; the script says which


@dataclass(frozen=True)
class Expected:
    """What is right for one cell.

    Attributes:
        steps: the steps that are right.
        phases: the phases that are right.
        modules: the modules that are right; None asks nothing.
        operations: a regular expression for the operation (of A or of B); "" asks nothing.
        lines: the marks of the lines that are right (of A or of B); empty asks nothing.
        tensors: a regular expression for the tensor; "" asks nothing.
        settings: a regular expression that one named cause must match.
        proven: whether that cause must be proven; None where both are right.
        weights: whether the weights end with other bits.
    """

    steps: tuple[int, ...]
    phases: tuple[str, ...]
    settings: str
    proven: bool | None
    modules: tuple[str | None, ...] | None = None
    operations: str = ""
    lines: tuple[str, ...] = ()
    tensors: str = ""
    weights: bool = True


Knows = Callable[[str, str], "Expected | None"]  # of model and loop; None: the two runs agree


@dataclass(frozen=True)
class Plant:
    """One kind of difference.

    Attributes:
        name: as `--plant` takes it.
        title: as the table shows it.
        expected: what must be found, by model and loop.
        both, second: arguments of both runs, and of the second.
        environments: the variables of the first and the second run.
        edit: (file, before, after), a change of the source between the two runs.
        absent: why it does not apply, by model or by loop.
        traced: whether the place of the first differing operation depends on the machine, so that only a trace tells it.
    """

    name: str
    title: str
    expected: Knows
    both: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    environments: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {})
    edit: tuple[str, str, str] | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    traced: bool = False


@dataclass(frozen=True)
class Cell:
    model: str
    loop: str
    plant: Plant

    @property
    def name(self) -> str:
        return f"{self.model}-{self.loop}-{self.plant.name}"

    @property
    def absent(self) -> str | None:
        """Why there is nothing to find here, None where there is."""
        absent = self.plant.absent
        return absent.get(self.model) or absent.get(self.loop) or absent.get(f"{self.model} {self.loop}")

    @property
    def expected(self) -> Expected | None:
        return self.plant.expected(self.model, self.loop)


def always(**right: object) -> Knows:
    """Expect the same of every model and loop."""
    return lambda model, loop: Expected(**right)  # type: ignore[arg-type]


def ulp(model: str, loop: str) -> Expected:
    # The body of the loop, before the model is called. Only a loop of torch's own does not say when it has its batch.
    return Expected(
        steps=(AT,), phases=("forward", "data") if loop == "recording" else ("forward",),
        operations="select|nextafter|scalar_tensor|copy|detach|lift|_to_copy|fill|alias", lines=("plant: ulp",),
        settings="operation|source", proven=True,
    )  # fmt: skip


def step_line(model: str, loop: str) -> tuple[str, ...]:
    """The line that sets the optimizer off: in a Trainer, `fit` does."""
    return ("line: fit",) if loop == "trainer" else ("line: step",)


def of_the_optimizer(step: int, operation: str, settings: str) -> Knows:
    return lambda model, loop: Expected(
        steps=(step,), phases=("optimizer",), operations=operation, lines=step_line(model, loop), settings=settings,
        proven=True,
    )  # fmt: skip


def of_data(step: int, settings: str, *lines: str) -> Knows:
    """In the data, the line that read or changed the sample is right, and so is the one that asked for the batch."""
    return lambda model, loop: Expected(
        steps=(step,), phases=("data",), lines=(*lines, "line: fit" if loop == "trainer" else "line: batch"),
        settings=settings, proven=None,
    )  # fmt: skip


def half(step: int, mark: str) -> Knows:
    """The first operation that autocast changes: a cast before the product, or the product itself."""

    def expected(model: str, loop: str) -> Expected:
        module = {"transformer": "model.attention"}.get(model, "model.first")
        line = {"transformer": "line: transformer attention"}.get(model, f"line: {model} first")
        return Expected(
            steps=(step,), phases=("forward",), modules=(module,),
            operations=r"_to_copy|addmm|\bmm\b|convolution|mkldnn_rnn_layer|lstm|linear|bmm|\.t\.|transpose",
            lines=(line,), settings="precision|dtype|autocast|bfloat16", proven=True,
        )  # fmt: skip

    return expected


def dropout(model: str, loop: str) -> Expected:
    module, line = {
        "mlp": ("model.drop", "line: mlp drop"),
        "transformer": ("model.attention", "line: transformer attention"),
    }[model]
    # Where the seeding itself is seen, its line is a better answer than the first operation that draws.
    return Expected(
        steps=(AT,), phases=("forward",), modules=(module,), operations="dropout|bernoulli",
        lines=(line, "plant: dropout"), settings="random|seed|generator|key|stream", proven=True,
    )  # fmt: skip


def numeric(settings: str) -> Knows:
    """The place is the trace's to tell; the phase can be any in which numbers are computed."""
    return always(steps=(0,), phases=("start", "forward", "backward", "optimizer"), settings=settings, proven=True)


def eval_mode(model: str, loop: str) -> Expected:
    # In train mode the layer counts the batch before it computes.
    return Expected(
        steps=(AT,), phases=("forward",), modules=("model.norm",), operations="batch_norm|add_",
        lines=("line: cnn norm",), settings="mode|training|argument|operation", proven=True,
    )  # fmt: skip


def validation_mode(model: str, loop: str) -> Expected:
    module, line = {
        "mlp": ("model.drop", "line: mlp drop"),
        "cnn": ("model.norm", "line: cnn norm"),
        "transformer": ("model.attention", "line: transformer attention"),
    }[model]
    return Expected(
        # After step 19, before step 20. In a Run the draws of a validation shift nothing: only its own numbers differ.
        steps=(EPOCH - 1, EPOCH), phases=("validation",), modules=(module,), lines=(line,),
        settings="mode|training|argument|operation", proven=True, weights=loop == "recording" or model == "cnn",
    )  # fmt: skip


def validation_draw(model: str, loop: str) -> Expected | None:
    if loop == "run":
        return None  # `run.evaluating` puts the random streams back
    return Expected(
        # It draws before it calls the model, and only that call tells that a validation has begun.
        steps=(EPOCH - 1, EPOCH), phases=("validation", "data"), operations="rand", lines=("plant: validation-draw",),
        settings="operation|random|generator|source", proven=True,
    )  # fmt: skip


_NOTHING_RANDOM = "draws nothing in its forward"
_OWN_VALIDATION = "a Trainer validates itself, in eval mode and a stream of its own"
_LIBRARY = "library"

PLANTS = (
    Plant("ulp", "one ulp added to a weight, in the midst", ulp),
    Plant("ulp-start", "one ulp added to a weight, before the start", always(
        steps=(0,), phases=("start",), tensors=r"^model\.(first|tokens|places)", lines=("plant: ulp-start",),
        operations="select|nextafter|scalar_tensor|copy|detach|lift|_to_copy|fill|alias", settings="operation|source",
        proven=True,
    )),
    Plant("swapped", "two samples swapped", of_data(13, "order|samples|sampler", "plant: swapped", "line: read", "line: move"),
          both=("--own-order",), second=("--at", "13")),
    Plant("label", "one label changed", of_data(SAMPLE_STEP, "data|label|sample", "plant: label", "line: read")),
    Plant("augmentation", "another augmentation draw", of_data(
        SAMPLE_STEP, "augment|data|random|sample|operation", "plant: augmentation", "line: draw", "line: move")),
    Plant("dropout", "dropout with another key", dropout, absent={"cnn": _NOTHING_RANDOM, "lstm": _NOTHING_RANDOM}),
    Plant("threads", "another thread count", numeric("threads"), traced=True),
    Plant("isa", "another instruction-set cap", numeric("ATEN_CPU_CAPABILITY|instruction|capability"), traced=True,
          environments=({}, {"ATEN_CPU_CAPABILITY": "avx2"})),
    Plant("isa-none", "an instruction-set cap that changes random numbers too", always(
        # Uniform random numbers may be computed otherwise without AVX: then no step is needed for the runs to part.
        steps=(0,), phases=("start", "forward"), settings="ATEN_CPU_CAPABILITY|instruction|capability", proven=None,
    ), environments=({}, {"ATEN_CPU_CAPABILITY": "default"}), traced=True),
    Plant("isa-onednn", "another instruction-set cap, of oneDNN", numeric("ONEDNN_MAX_CPU_ISA|instruction|capability"), traced=True,
          environments=({}, {"ONEDNN_MAX_CPU_ISA": "SSE41"}),
          absent=dict.fromkeys(("mlp", "transformer"), "computes nothing through oneDNN in float32")),
    Plant("bf16", "bf16 against fp32", half(0, "plant: bf16")),
    Plant("bf16-late", "bf16 against fp32, in the midst", half(AT, "plant: bf16-late")),
    Plant("epsilon", "an optimizer epsilon", of_the_optimizer(0, r"add_", "eps|argument|optimizer|operation")),
    Plant("eval", "a BatchNorm in eval mode", eval_mode,
          absent=dict.fromkeys(("mlp", "lstm", "transformer"), "has no BatchNorm")),
    Plant("scheduler", "a scheduler one step late", of_the_optimizer(
        DROP_AT, "addcdiv", r"\blr\b|rate|argument|optimizer|operation|scheduler")),
    Plant("index-put", "`index_put(accumulate)` order", always(
        steps=(AT,), phases=("forward",), operations="flip|index_put|zeros", lines=("plant: index-put", "line: sums"),
        settings="operation|order|source|inputs", proven=True,
    )),
    Plant("source", "a changed source line", lambda model, loop: Expected(
        steps=(0,), phases=("forward",), modules=("model",), operations="mul", lines=("line: scale",),
        settings="source", proven=True,
    ), edit=("models.py", "logits * 0.5 ", "logits * 0.4 ")),
    Plant("source-constant", "a changed source line, far from where it acts", lambda model, loop: Expected(
        steps=(0,), phases=("forward",), modules=("model",), operations="mul", lines=("line: constant",),
        settings="source", proven=None,
    ), edit=("models.py", "SCALE = 1.0", "SCALE = 1.1")),
    Plant("library", "another library version", lambda model, loop: Expected(
        steps=(0,), phases=("forward",), modules=("model",), operations="tanh|div|mul|add", lines=("line: library",),
        settings=r"distributions\.gently|gently", proven=None,
    ), environments=({_LIBRARY: "1.0"}, {_LIBRARY: "2.0"})),
    Plant("validation-mode", "validation that forgets eval mode", validation_mode,
          absent={"lstm": "computes the same in both modes", "trainer": _OWN_VALIDATION}),
    Plant("validation-draw", "validation that draws random numbers", validation_draw, absent={"trainer": _OWN_VALIDATION}),
)  # fmt: skip

CELLS = tuple(Cell(model, loop, plant) for plant in PLANTS for model in MODELS for loop in LOOPS)
SCRIPTS = Path(__file__).parent / "scripts"

# A few cells, spread over models, loops and plants, for the ordinary tests.
SPREAD = {
    "mlp-recording-ulp", "mlp-run-threads", "cnn-trainer-eval", "cnn-recording-validation-mode", "lstm-run-label",
    "lstm-recording-epsilon", "transformer-trainer-swapped", "transformer-run-source",
}  # fmt: skip
