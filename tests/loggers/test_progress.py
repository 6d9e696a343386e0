"""What one sees of a run, on terminals of several kinds and elsewhere."""

import io
import math
import os
import pty
import re
import subprocess
import sys

import pytest
import torch
from rich.console import Console
from rich.file_proxy import FileProxy

from retorch.errors import RetorchNotice
from retorch.events import (
    CheckpointSaved,
    EpochEnded,
    EpochStarted,
    Hub,
    RunEnded,
    RunStarted,
    State,
    StepEnded,
    ValidationEnded,
    ValidationStarted,
)
from retorch.loggers import progress
from retorch.loggers._progress import Progress

BATCHES = 4


class Recorder:
    """A screen that keeps what it was told, on a clock that the test moves."""

    redraws = True

    def __init__(self):
        self.now_s = 100.0
        self.lines, self.moments, self.closed = [], [], 0

    def line(self, text):
        self.lines.append(text)

    def show(self, moment):
        self.moments.append(moment)

    def close(self):
        self.closed += 1


class Script:
    """Emits what a loop emits."""

    def __init__(self, observer, *, step=0, epoch=0, batch=0, epochs=2, batches=BATCHES, resumed=False):
        self.hub = Hub((observer,))
        self.state = State(None, 7, step, epoch, epochs, batch, batches, 32, resumed)
        self.hub.emit(RunStarted(self.state, {}))

    def epoch(self, values=None, validation=None, before_step=lambda: None):
        state = self.state
        self.hub.emit(EpochStarted(state))
        while state.batch < BATCHES:
            before_step()
            state.batch += 1
            state.step += 1
            self.hub.emit(StepEnded(state, {"loss": torch.tensor(1 / state.step)} if values is None else values))
        if validation is not None:
            self.hub.emit(ValidationStarted(state))
            self.hub.emit(ValidationEnded(state, validation))
        scores = {f"validation.{name}": value for name, value in (validation or {}).items()}
        self.hub.emit(EpochEnded(state, {"loss": 1 / state.step, **scores}))
        state.epoch, state.batch = state.epoch + 1, 0

    def end(self, reason="finished"):
        self.hub.emit(RunEnded(self.state, reason))


@pytest.fixture
def screen():
    return Recorder()


def watched(screen, **position):
    return Script(Progress(screen, clock=lambda: screen.now_s), **position)


def in_text(width=200, **options):
    stream = io.StringIO()
    return stream, Console(file=stream, width=width, **options)


def test_without_a_terminal_there_is_one_plain_line_per_epoch():
    stream, console = in_text()
    script = Script(progress(console))
    script.epoch(validation={"loss": 0.5, "accuracy": 0.75})
    script.epoch(validation={"loss": 0.4, "accuracy": 1.0})
    script.end()
    first, second = stream.getvalue().splitlines()
    assert re.fullmatch(r"epoch 1/2  loss 0\.25  validation: loss 0\.5, accuracy 0\.75  0\.0 s", first)
    assert re.fullmatch(r"epoch 2/2  loss 0\.125  validation: loss 0\.4, accuracy 1  0\.0 s", second)


def test_a_resume_in_the_middle_of_an_epoch_is_marked_and_goes_on(screen):
    script = watched(screen, step=6, epoch=1, batch=2, resumed=True)
    script.epoch()
    assert screen.lines[0] == "resumed at epoch 2, step 6"
    assert screen.lines[1].startswith("epoch 2/2")
    assert screen.moments[0].batch == 2


def test_a_finished_run_that_is_started_again_says_nothing(screen):
    script = watched(screen, step=8, epoch=2, epochs=2, resumed=True)
    script.end()
    assert screen.lines == []


@pytest.mark.parametrize("reason", ["interrupted", "stopped early: no better loss in 3 validations", "failed: boom"])
def test_an_end_before_the_end_is_marked_and_gives_the_terminal_back(screen, reason):
    script = watched(screen)
    script.epoch()
    script.end(reason + "\nmore")
    assert screen.lines[-1] == f"{reason} (epoch 2, step 4)"
    assert screen.closed == 1


def test_a_finished_run_needs_no_mark(screen):
    script = watched(screen)
    script.epoch()
    script.end()
    assert len(screen.lines) == 1
    assert screen.closed == 1


def test_only_the_best_checkpoints_are_marked(screen):
    script = watched(screen)
    script.epoch(validation={"loss": 0.5, "accuracy": 0.75})
    script.hub.emit(CheckpointSaved(script.state, "a", ()))
    script.hub.emit(CheckpointSaved(script.state, "b", ("asked",)))
    assert len(screen.lines) == 1
    script.hub.emit(CheckpointSaved(script.state, "c", ("asked", "best")))
    assert screen.lines[1:] == ["  best so far"]


def test_a_best_checkpoint_is_marked_with_its_metric(screen):
    script = Script(Progress(screen, best="accuracy", clock=lambda: screen.now_s))
    script.epoch(validation={"loss": 0.5, "accuracy": 0.98125})
    script.hub.emit(CheckpointSaved(script.state, "c", ("best",)))
    assert screen.lines[1:] == ["  best accuracy 0.9812"]


def test_the_bar_is_redrawn_at_most_four_times_a_second(screen):
    script = watched(screen, epochs=50)

    def tick():
        screen.now_s += 0.01

    for _ in range(50):
        script.epoch(validation={"loss": 1.0}, before_step=tick)
    assert 7 <= len(screen.moments) <= 9  # 2 s


def test_a_tensor_is_read_only_when_the_bar_is_redrawn(screen):
    class Counting:
        reads = 0

        def __float__(self):
            self.reads += 1
            return 1.0

    loss = Counting()
    watched(screen).epoch(values={"loss": loss})
    assert loss.reads == 0
    assert len(screen.moments) == 1  # at the start of the epoch


def test_the_time_left_is_that_of_the_whole_run(screen):
    script = watched(screen, epochs=10)

    def second():
        screen.now_s += 1.0

    script.epoch(before_step=second)
    last = screen.moments[-1]
    assert last.left_s == pytest.approx(9 * 4.0)
    assert last.samples_per_s == pytest.approx(32.0)


def test_the_time_left_counts_from_where_the_run_went_on(screen):
    script = watched(screen, step=32, epoch=8, epochs=10, resumed=True)

    def second():
        screen.now_s += 1.0

    script.epoch(before_step=second)
    assert screen.moments[-1].left_s == pytest.approx(4.0)


def test_where_the_number_of_epochs_is_not_known_the_time_left_is_that_of_the_epoch(screen):
    script = watched(screen, epochs=None)

    def second():
        screen.now_s += 1.0

    script.epoch(before_step=second)
    assert [moment.left_s for moment in screen.moments[1:]] == pytest.approx([3.0, 2.0, 1.0, 0.0])


def test_an_iterable_of_unknown_length_shows_its_batches_and_no_bar():
    stream, console = in_text(force_terminal=True)
    Script(progress(console), batches=None).epoch()
    assert "batch 0" in stream.getvalue()
    assert "━" not in stream.getvalue()


def test_validation_does_not_slow_the_samples_per_second(screen):
    script = watched(screen, epochs=3)

    def second():
        screen.now_s += 1.0

    hub, state = script.hub, script.state
    script.epoch(before_step=second)
    hub.emit(ValidationStarted(state))
    screen.now_s += 1000.0
    hub.emit(ValidationEnded(state, {"loss": 0.5}))
    script.epoch(before_step=second)
    assert screen.moments[-1].samples_per_s == pytest.approx(32.0)
    assert screen.moments[-1].validation == {"loss": 0.5}


def test_a_long_validation_is_shown(screen):
    script = watched(screen)
    script.epoch(before_step=lambda: setattr(screen, "now_s", screen.now_s + 1.0))
    screen.now_s += 1.0
    script.hub.emit(ValidationStarted(script.state))
    assert screen.moments[-1].validating


def test_a_loss_that_is_not_a_number_is_shown_as_it_is(screen):
    watched(screen).epoch(values={"loss": math.nan}, before_step=lambda: setattr(screen, "now_s", screen.now_s + 1.0))
    assert screen.lines[0].startswith("epoch 1/2")
    assert math.isnan(screen.moments[-1].values["loss"])


def test_a_display_that_fails_gives_the_terminal_back_and_the_run_goes_on():
    stdout, stderr = sys.stdout, sys.stderr
    _, console = in_text(force_terminal=True)
    script = Script(progress(console))
    script.hub.emit(EpochStarted(script.state))
    assert sys.stderr is stderr or isinstance(sys.stderr, FileProxy)
    with pytest.warns(RetorchNotice, match="Progress failed at step 0 and is switched off"):
        script.hub.emit(EpochEnded(script.state, {"loss": "no number"}))
    assert (sys.stdout, sys.stderr) == (stdout, stderr)


def test_a_console_whose_reader_has_gone_does_not_end_the_program():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

        def fileno(self):
            raise OSError

    console = Console(file=Gone(), force_terminal=True)
    console.on_broken_pipe = lambda: (_ for _ in ()).throw(SystemExit(1))
    script = Script(progress(console))
    with pytest.warns(RetorchNotice, match="nobody reads the console any more"):
        script.epoch()


def on_a_terminal(script, width=100, term="xterm"):
    """Run a script on a pseudo-terminal and return its exit code and all that it wrote there."""
    main, other = pty.openpty()
    environment = {**os.environ, "TERM": term, "COLUMNS": str(width)}
    process = subprocess.Popen([sys.executable, "-c", script], stdin=other, stdout=other, stderr=other, env=environment)
    os.close(other)
    written = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        written += piece
    os.close(main)
    return process.wait(), written.decode()


LOOP = """
import sys, warnings
from retorch.errors import notice
from retorch.events import *
from retorch.loggers import progress
state = State(None, 7, epochs=1, batches=3, samples=32)
observer = progress()
hub = Hub((observer,))
hub.emit(RunStarted(state, {}))
hub.emit(EpochStarted(state))
for state.batch in (1, 2, 3):
    state.step += 1
    observer._due_s = 0
    hub.emit(StepEnded(state, {"loss": 0.5}))
    MEANWHILE
hub.emit(EpochEnded(state, {"loss": 0.5}))
hub.emit(RunEnded(state, "finished"))
"""


def screen_after(written, width=100):
    """What stands on the terminal: replay carriage returns, cursor moves and erasures line by line."""
    lines, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|[^\x1b]", written):
        if part == "\n":
            row += 1
            column = 0 if row == len(lines) else column
            lines += [""] * (row + 1 - len(lines))
        elif part == "\r":
            column = 0
        elif part.endswith("A") and part.startswith("\x1b"):
            row = max(0, row - int(part[2:-1] or 1))
        elif part == "\x1b[2K":
            lines[row] = ""
        elif not part.startswith("\x1b"):
            lines[row] = lines[row].ljust(column)[:column] + part + lines[row][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines if line.strip()]


@pytest.mark.parametrize("width", [40, 100])
def test_on_a_terminal_the_bar_lives_below_notices_and_prints_and_leaves_only_the_lines(width):
    meanwhile = "print('printed', state.step); notice('noticed')"
    code, written = on_a_terminal(LOOP.replace("MEANWHILE", meanwhile), width)
    assert code == 0
    shown = screen_after(written)
    assert [line for line in shown if line.startswith("printed")] == ["printed 1", "printed 2", "printed 3"]
    assert any("noticed" in line for line in shown)
    assert [line for line in shown if line.startswith("epoch")] == ["epoch 1/1  loss 0.5  0.0 s"]
    assert "━" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_an_exception_that_nobody_announced_leaves_a_usable_terminal():
    code, written = on_a_terminal(LOOP.replace("MEANWHILE", "raise ValueError('boom')"))
    assert code == 1
    assert "ValueError: boom" in written
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_a_dumb_terminal_gets_plain_lines():
    code, written = on_a_terminal(LOOP.replace("MEANWHILE", "pass"), term="dumb")
    assert code == 0
    assert written.splitlines() == ["epoch 1/1  loss 0.5  0.0 s"]


def test_a_log_file_gets_plain_lines_though_colour_is_forced():
    done = subprocess.run(
        [sys.executable, "-c", LOOP.replace("MEANWHILE", "pass")],
        env={**os.environ, "FORCE_COLOR": "1"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout == ""
    assert done.stderr == "epoch 1/1  loss 0.5  0.0 s\n"


def test_a_closed_pipe_does_not_end_a_training(tmp_path):
    reader, writer = os.pipe()
    os.close(reader)
    script = LOOP.replace("MEANWHILE", "pass") + "open(sys.argv[1], 'w').write('done')"
    process = subprocess.run([sys.executable, "-c", script, tmp_path / "end"], stderr=writer, check=False)
    os.close(writer)
    assert (tmp_path / "end").read_text() == "done"
    assert process.returncode in (0, 120)  # 120: the interpreter could not flush stderr when it ended
