"""Plants the differences, asks `retorch diff`, and compares with what is right.

python tests/planted/planting.py [--model M] [--loop L] [--plant P] [--few | --every K] [--jobs N] [--trace | --plain] [--keep FOLDER]

Writes `table.md` beside this file, unless a model, loop or plant was asked for. `--plain` runs no diff: it only shows that the bits
of the weights part, and that two equal runs give the same. `--trace` holds what is expected, and what is found, against
a trace of every operation that knows nothing of retorch.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from plants import CELLS, LOOPS, MODELS, PLANTS, SAMPLE_STEP, SCRIPTS, SPREAD, Cell, Expected, Plant  # noqa: E402
from traces import Parting, parting  # noqa: E402

PATIENCE_S = 600


@dataclass(frozen=True)
class Ended:
    """A training that came to its end: where its run lies, the word for its weights, and when the sample came."""

    folder: Path
    weights: str
    sample_step: int


@dataclass(frozen=True)
class Pair:
    """The two runs of a cell, and the folder of scripts as the second run saw it."""

    project: Path
    a: Ended
    b: Ended


@dataclass(frozen=True)
class Answer:
    """What `retorch diff --json` said, with which exit status, and how long it took."""

    status: int
    said: Mapping[str, Any]
    seconds: float
    errors: str = ""


@dataclass(frozen=True)
class Verdict:
    """What was found in a cell, and what of it is wrong; nothing wrong means right."""

    cell: Cell
    answer: Answer
    wrong: tuple[str, ...]
    traced: Parting | None = None


@dataclass
class Planting:
    """Makes the runs of cells in a folder. Runs that several cells share are made once."""

    folder: Path
    _made: dict[tuple[Any, ...], Ended] = field(default_factory=dict)
    _locks: dict[tuple[Any, ...], threading.Lock] = field(default_factory=dict)
    _pairs: dict[str, Pair] = field(default_factory=dict)

    def pair(self, cell: Cell) -> Pair:
        """Train both runs of a cell, once."""
        if cell.name not in self._pairs:
            self._pairs[cell.name] = self._train(cell)
        return self._pairs[cell.name]

    def _train(self, cell: Cell) -> Pair:
        project = self.project(cell.name if cell.plant.edit else "project")
        a = self._once(cell, project) if cell.plant.edit is None else self._run(cell, project, "a", second=False)
        if cell.plant.edit is not None:
            edit(project, *cell.plant.edit)
        return Pair(project, a, self._run(cell, project, "b", second=True))

    def project(self, name: str) -> Path:
        """Return a folder with a copy of the scripts."""
        project = self.folder / name
        if not project.exists():
            # Another thread may be at it: whole or not at all.
            whole = Path(tempfile.mkdtemp(dir=self.folder)) / "project"
            shutil.copytree(SCRIPTS, whole, ignore=shutil.ignore_patterns("__pycache__"))
            try:
                whole.rename(project)
            except OSError:
                assert project.exists()
        return project

    def _once(self, cell: Cell, project: Path) -> Ended:
        key = (cell.model, cell.loop, cell.plant.both, tuple(cell.plant.environments[0].items()))
        with self._locks.setdefault(key, threading.Lock()):
            if key not in self._made:
                self._made[key] = self._run(cell, project, f"a{len(self._made)}", second=False)
            return self._made[key]

    def _run(self, cell: Cell, project: Path, name: str, *, second: bool) -> Ended:
        folder = self.folder / f"{cell.name}-{name}"
        return train(
            project, cell.loop, cell.model, folder, arguments(cell, second=second), variables(cell, second=second)
        )


def arguments(cell: Cell, *, second: bool) -> tuple[str, ...]:
    """Return the arguments that a run of a cell is started with, besides model and folder."""
    plant = cell.plant
    by_name = ("--plant", plant.name) if second and plant.edit is None and not any(plant.environments) else ()
    return (*plant.both, *by_name, *(plant.second if second else ()))


def variables(cell: Cell, *, second: bool) -> dict[str, str]:
    """Return the environment variables that a run of a cell is started with."""
    given = dict(cell.plant.environments[second])
    if "library" in given:
        given["PYTHONPATH"] = str(HERE / "library" / given.pop("library") / "site-packages")
    return given


def train(
    project: Path, loop: str, model: str, folder: Path, extra: Sequence[str] = (), given: Mapping[str, str] | None = None,
    program: Sequence[str] = (),
) -> Ended:  # fmt: skip
    """Train in a process of its own, to the end."""
    command = [sys.executable, *program, f"{loop}_loop.py", model, str(folder), *extra]
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(given or {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stderr}"
    weights = re.search(r"^weights (\w+)$", done.stdout, re.MULTILINE)
    step = re.search(r"^sample \d+ came in step (\d+)$", done.stdout, re.MULTILINE)
    assert weights is not None
    return Ended(folder, weights[1], int(step[1]) if step else -1)


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return this process's variables and those given, one thread, and no word of tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    path = os.pathsep.join(path for path in (given.get("PYTHONPATH"), kept.get("PYTHONPATH")) if path)
    return {**kept, "OMP_NUM_THREADS": "1", "NO_COLOR": "1", **given, **({"PYTHONPATH": path} if path else {})}


def edit(project: Path, file: str, before: str, after: str) -> None:
    """Change the source of a project; time enough passes that no cached bytecode is taken for it."""
    path = project / file
    text = path.read_text()
    assert text.count(before) == 1, f"{file} has {before!r} {text.count(before)} times"
    path.write_text(text.replace(before, after))
    shutil.rmtree(project / "__pycache__", ignore_errors=True)


def ask(a: Path, b: Path, *extra: str, given: Mapping[str, str] | None = None) -> Answer:
    """Ask `retorch diff` for its answer as JSON."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "retorch", "diff", str(a), str(b), "--json", *extra],
        env=environment(given or {}), capture_output=True, text=True, timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    try:
        said = json.loads(done.stdout)
    except ValueError:
        said = {}
    return Answer(done.returncode, said, time.monotonic() - began, done.stderr)


def judge(cell: Cell, pair: Pair, answer: Answer, traced: Parting | None = None) -> Verdict:
    """Compare an answer with what is right."""
    right = cell.expected
    if answer.status not in (0, 1):
        last = answer.errors.strip().splitlines()[-1:] or [""]
        return Verdict(cell, answer, (f"exit status {answer.status}: {last[0]}",), traced)
    if right is None:
        wrong = () if answer.status == 0 and answer.said.get("agree") else (f"found {found_in(answer)}",)
        return Verdict(cell, answer, wrong, traced)
    first = answer.said.get("first")
    if answer.said.get("agree") is not False or first is None or answer.status != 1:
        return Verdict(cell, answer, ("no difference was found",), traced)
    wrong = [*_wrong_place(right, first, pair), *_wrong_causes(right, answer.said.get("causes") or [])]
    if cell.plant.traced and traced is not None:
        wrong += _unlike_trace(first, traced)
    return Verdict(cell, answer, tuple(wrong), traced)


def _wrong_place(right: Expected, first: Mapping[str, Any], pair: Pair) -> list[str]:
    steps = tuple(pair.a.sample_step if step == SAMPLE_STEP else step for step in right.steps)
    operations = " ".join(str(first.get(name)) for name in ("operation", "other_operation"))
    wrong = []
    if first.get("step") not in steps:
        wrong.append(f"step {first.get('step')}, not {' or '.join(map(str, steps))}")
    if first.get("phase") not in right.phases:
        wrong.append(f"phase {first.get('phase')}, not {' or '.join(right.phases)}")
    if right.modules is not None and first.get("module") not in right.modules:
        wrong.append(f"module {first.get('module')}, not {' or '.join(map(str, right.modules))}")
    if not re.search(right.operations, operations):
        wrong.append(f"operation {operations}, not {right.operations}")
    if not re.search(right.tensors, str(first.get("tensor"))):
        wrong.append(f"tensor {first.get('tensor')}, not {right.tensors}")
    if right.lines and not lines_in(first) & marked(pair.project, right.lines):
        named = " / ".join(f"{file}:{line}" for file, line in sorted(lines_in(first)))
        wrong.append(f"line {named or None}, not {' or '.join(right.lines)}")
    return wrong


def _wrong_causes(right: Expected, causes: Sequence[Mapping[str, Any]]) -> list[str]:
    named = [cause for cause in causes if re.search(right.settings, _told(cause), re.IGNORECASE)]
    if not named:
        return [f"causes {', '.join(str(cause.get('setting')) for cause in causes) or None}, not {right.settings}"]
    if right.proven is not None and all(bool(cause.get("proven")) is not right.proven for cause in named):
        return [f"cause {named[0].get('setting')} is {'not ' if right.proven else ''}proven"]
    return []


def _told(cause: Mapping[str, Any]) -> str:
    """Return what a cause says; the command line names the plant, which is no merit."""
    return "command" if cause.get("setting") == "command" else f"{cause.get('setting')}: {cause.get('message')}"


def _unlike_trace(first: Mapping[str, Any], traced: Parting) -> list[str]:
    wrong = []
    if first.get("step") != traced.step:
        wrong.append(f"step {first.get('step')}, the trace says {traced.step}")
    phases = ("forward", "data") if traced.phase == "loop" else (traced.phase,)
    if first.get("phase") not in phases:
        wrong.append(f"phase {first.get('phase')}, the trace says {traced.phase}")
    # Before the first step nothing is traced by a replay: the weights have parted, whatever made them.
    if traced.phase == "start":
        return wrong
    if _plain(first.get("operation")) not in (_plain(traced.a), _plain(traced.b)):
        wrong.append(f"operation {first.get('operation')}, the trace says {traced.a}")
    if traced.phase == "loop" and traced.module and first.get("module") != traced.module:
        wrong.append(f"module {first.get('module')}, the trace says {traced.module}")
    return wrong


def _plain(operation: Any) -> str:
    """Return the bare name: "addmm" of "aten.addmm.default" and of "aten::addmm"."""
    parts = re.split(r"::|\.", str(operation))
    return parts[1] if len(parts) > 1 else parts[0]


def lines_in(first: Mapping[str, Any]) -> set[tuple[str, int]]:
    """Return the lines that an answer names, for A and for B, as (file name, line)."""
    places = [(first.get(f"{side}file"), first.get(f"{side}line")) for side in ("", "other_")]
    return {(Path(file).name, line) for file, line in places if file and line}


def marked(project: Path, marks: Sequence[str]) -> set[tuple[str, int]]:
    """Return the lines of the scripts that bear one of the marks, as (file name, line)."""
    return {
        (path.name, number)
        for path in project.glob("*.py")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(re.search(rf"# {re.escape(mark)}$", line) for mark in marks)
    }


def found_in(answer: Answer) -> str:
    """Say in a few words what an answer has found."""
    first = answer.said.get("first")
    if first is None:
        return "nothing" if answer.status == 0 else f"exit status {answer.status}"
    line = " ".join(f"{file}:{line}" for file, line in sorted(lines_in(first)))
    causes = ", ".join(
        f"{cause.get('setting')}{'' if cause.get('proven') else ' (likely)'}"
        for cause in answer.said.get("causes") or []
    )
    place = [f"step {first.get('step')}", first.get("phase"), first.get("module"), first.get("operation"), line]
    return f"{' · '.join(str(part) for part in place if part)} · causes: {causes or 'none'}"


def traced(cell: Cell, planting: Planting) -> Parting | None:
    """Run both sides again under a trace of all operations, and return where they part."""
    project = planting.project(f"{cell.name}-traced")
    outs = [planting.folder / f"{cell.name}-{side}.trace" for side in "ab"]
    for second, out in enumerate(outs):
        if second and cell.plant.edit is not None:
            edit(project, *cell.plant.edit)
        extra = (*arguments(cell, second=bool(second)), "--epochs", "2")
        run = planting.folder / f"{cell.name}-traced-{second}"
        program = (str(HERE / "tracing_script.py"), str(out))
        train(project, cell.loop, cell.model, run, extra, variables(cell, second=bool(second)), program)
    place = parting(*outs)
    for out in outs:
        out.unlink()
    return place


def examine(cell: Cell, planting: Planting, *, trace: bool = False) -> Verdict:
    """Train both runs of a cell, ask for their difference, and judge the answer."""
    pair = planting.pair(cell)
    answer = ask(pair.a.folder, pair.b.folder)
    return judge(cell, pair, answer, traced(cell, planting) if trace or cell.plant.traced else None)


def write_table(verdicts: Sequence[Verdict]) -> None:
    """Write `table.md`: the cells at a glance, those without meaning, and each answer."""
    by_name = {verdict.cell.name: verdict for verdict in verdicts}
    right = sum(not verdict.wrong for verdict in verdicts)
    present = sum(cell.absent is None for cell in CELLS)
    lines = [
        "# The planted differences", "",
        "Written by `python tests/planted/planting.py`. What is right stands in `plants.py`, said before a diff is run.", "",
        f"**{right} of {len(verdicts)} cells examined are right**: step, phase, module, operation, line and cause, each of",
        f"them. A cell that names all but one rightly counts as wrong. There are {present} cells.", "",
        f"The marks stand for the loops {', '.join(LOOPS)}: ✓ right, ✗ wrong, - not examined, · does not apply.", "",
        f"| | {' | '.join(MODELS)} |", f"| --- |{' --- |' * len(MODELS)}",
        *(f"| {plant.title} | {' | '.join(_marks(plant, model, by_name) for model in MODELS)} |" for plant in PLANTS),
        "", "## Where nothing is planted, and why", "", "| plant | where | why |", "| --- | --- | --- |",
        *(f"| {plant.title} | {where} | {why} |" for plant in PLANTS for where, why in plant.absent.items()),
        "", "## Each answer", "", "| cell | found | wrong in it |", "| --- | --- | --- |",
        *(f"| {v.cell.name} | {_cell(found_in(v.answer))} | {_cell('; '.join(v.wrong))} |" for v in verdicts), "",
    ]  # fmt: skip
    (HERE / "table.md").write_text("\n".join(lines))


def _marks(plant: Plant, model: str, by_name: Mapping[str, Verdict]) -> str:
    return " ".join(_mark(Cell(model, loop, plant), by_name) for loop in LOOPS)


def _mark(cell: Cell, by_name: Mapping[str, Verdict]) -> str:
    if cell.absent is not None:
        return "·"
    verdict = by_name.get(cell.name)
    return "-" if verdict is None else "✗" if verdict.wrong else "✓"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> int:
    """Examine the cells that were asked for; the exit status is 1 where one of them is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=MODELS)
    parser.add_argument("--loop", choices=LOOPS)
    parser.add_argument("--plant", choices=[plant.name for plant in PLANTS])
    parser.add_argument("--few", action="store_true", help="only the cells of the ordinary tests")
    parser.add_argument("--every", type=int, default=1, metavar="K", help="only each K-th cell")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--trace", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--keep", type=Path, help="where the runs stay")
    asked = parser.parse_args()
    wanted = {"model": asked.model, "loop": asked.loop}
    cells = [
        cell for cell in CELLS
        if cell.absent is None and asked.plant in (None, cell.plant.name)
        and (cell.name in SPREAD or not asked.few)
        and all(value in (None, getattr(cell, name)) for name, value in wanted.items())
    ]  # fmt: skip
    cells = cells[:: asked.every]
    whole = asked.plant is None and not any(wanted.values())
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(asked.jobs) as pool:
        planting = Planting(asked.keep or Path(scratch))
        planting.folder.mkdir(parents=True, exist_ok=True)
        if asked.plain:
            return _show_plainly(cells, planting, pool, trace=asked.trace)
        verdicts = []
        for verdict in pool.map(lambda cell: examine(cell, planting, trace=asked.trace), cells):
            verdicts.append(verdict)
            print(verdict.cell.name, found_in(verdict.answer), *verdict.wrong, sep="\n    ", flush=True)
            if whole:
                write_table(verdicts)  # each time: it takes an hour, and what was seen shall not be lost
    print(f"{sum(not verdict.wrong for verdict in verdicts)} of {len(verdicts)} cells are right")
    return int(any(verdict.wrong for verdict in verdicts))


def _show_plainly(cells: Sequence[Cell], planting: Planting, pool: ThreadPoolExecutor, *, trace: bool) -> int:
    def show(cell: Cell) -> bool:
        pair = planting.pair(cell)
        parted = pair.a.weights != pair.b.weights
        place = traced(cell, planting) if trace else ""
        print(
            f"{cell.name}: weights {'part' if parted else 'are equal'}, sample in {pair.a.sample_step}; {place}",
            flush=True,
        )
        return parted == (cell.expected is not None and cell.expected.weights)

    return int(not all(list(pool.map(show, cells))))


if __name__ == "__main__":
    sys.exit(main())
