"""`retorch reproduce`: a recorded run done again."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from textwrap import dedent

import numpy as np
import pytest

HEAD = """
    import os, sys, time, numpy, torch, retorch
    from net import build
    retorch.seed_everything(3)
    model, optimizer = build()
    data = list(torch.from_numpy(numpy.load("data.npy")))
"""

RUN = (
    HEAD
    + """
    run = retorch.Run("runs/run", model=model, optimizer=optimizer, threads=1, checkpoint_steps=5,
                      checkpoint_seconds=None, record_every=4)
    for epoch in run.epochs(4):
        for inputs in run.steps(data):
            if run.step == 13 and os.environ.get("KILL"):
                os.kill(os.getpid(), 9)
            if run.step == 8 and os.path.exists("slowly"):
                open("there", "w").close()
                time.sleep(0.3)
            loss = model(inputs).square().mean()
            optimizer.zero_grad(); loss.backward(); optimizer.step()
            run.log(loss=loss)
        with run.evaluating():
            run.log(loss=model(data[0]).square().mean())
"""
)

TRAINER = (
    HEAD
    + """
    trainer = retorch.Trainer(model, optimizer, loss=torch.nn.MSELoss(), seed=7, threads=1, device="cpu")
    inputs = torch.cat(data)
    trainer.fit((inputs, inputs[:, :1]), epochs=2, batch_size=8, run="runs/trainer")
"""
)

RECORDING = (
    HEAD
    + """
    with retorch.recording("runs/recording", model, optimizer):
        for inputs in data:
            optimizer.zero_grad()
            model(inputs).square().mean().backward()
            optimizer.step()
"""
)

NET = """
    import torch

    def build():
        model = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Dropout(0.3), torch.nn.Linear(8, 1))
        return model, torch.optim.Adam(model.parameters(), lr=0.01)
"""

DATA = "import numpy; numpy.save('data.npy', numpy.random.default_rng(1).normal(size=(6, 8, 4)).astype('float32'))"


def write(folder, **scripts):
    for name, text in scripts.items():
        (folder / f"{name}.py").write_text(dedent(text))


def python(folder, *words, **variables):
    return subprocess.run(
        [sys.executable, *words], cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1", **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def trained_by_scripts(tmp_path_factory):
    """A folder with scripts and their runs; the first was killed and started again."""
    home = tmp_path_factory.mktemp("home")
    write(home, net=NET, run=RUN, trainer=TRAINER, recording=RECORDING)
    assert python(home, "-c", DATA).returncode == 0
    assert python(home, "run.py", KILL="1").returncode == -signal.SIGKILL
    for script in ("run", "trainer", "recording"):
        done = python(home, f"{script}.py")
        assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(trained_by_scripts, monkeypatch):
    """The same folder, entered; what a test adds is removed."""
    monkeypatch.chdir(trained_by_scripts)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    before = {path: path.read_bytes() for path in trained_by_scripts.rglob("*") if path.is_file()}
    yield trained_by_scripts
    for path in sorted(trained_by_scripts.rglob("*"), reverse=True):
        if path.is_file() and path not in before:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for path, content in before.items():
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


@pytest.mark.parametrize(("name", "steps"), [("run", 24), ("trainer", 12), ("recording", 6)])
def test_a_whole_run_comes_out_the_same_killed_and_resumed_or_not(home, retorch_here, name, steps):
    answer = retorch_here("reproduce", f"runs/{name}")
    assert answer.code == 0, answer
    assert answer.out.startswith(f"Reproduced: all {steps} steps came out the same, bit by bit, to the end")
    assert f"again        runs/{name}-again\n" in answer.out
    assert ("equal byte by byte" in answer.out) == (name != "recording")
    assert "environment  the same\n" in answer.out


@pytest.fixture
def retorch_here(retorch, home, monkeypatch):
    monkeypatch.chdir(home)
    return retorch


def test_the_recipe_comes_out_the_same(digits_run, retorch, tmp_path):
    shutil.copytree(digits_run, tmp_path / "moved")
    answer = retorch("reproduce", "moved", "--json")
    assert answer.code == 0, answer
    told = json.loads(answer.out)
    assert (told["reproduced"], told["whole"], told["reached"], told["environment"]) == (True, True, 45, [])
    assert all(told["checkpoints"].values())
    assert "000000045" in "".join(told["checkpoints"])


def test_other_data_are_found_at_the_first_step_that_sees_them(home, retorch_here):
    """The third batch is another; the runs part there, and the reproduction goes no further."""
    data = np.load("data.npy")
    data[2, 0, 0] += 1
    np.save("data.npy", data)
    answer = retorch_here("reproduce", "runs/recording")
    assert answer.code == 1, answer
    assert answer.out.startswith("Not reproduced: it came out differently")
    assert "They part at step 2" in answer.out
    assert "3 steps" in answer.out


def test_changed_sources_are_named_and_the_recorded_ones_run(home, retorch_here):
    write(home, net=NET.replace("0.3", "0.4"))
    answer = retorch_here("reproduce", "runs/recording")
    assert answer.code == 0, answer
    assert "sources      those that were recorded; since then these have changed: net.py" in answer.out


@pytest.mark.long
def test_the_sources_of_today_are_another_run_where_they_are_asked_for(home, retorch_here):
    write(home, net=NET.replace("0.3", "0.4"))
    answer = retorch_here("reproduce", "runs/recording", "--current-sources", "--into", "now", "--json")
    told = json.loads(answer.out)
    assert (answer.code, told["sources"]) == (1, {"recorded": False, "changed": [str(home / "net.py")]})
    assert (told["comparison"]["first"]["step"], told["reached"] <= 1) == (0, True)


def test_a_few_steps_from_a_checkpoint_are_a_quick_proof(home, retorch_here):
    answer = retorch_here("reproduce", "runs/run", "--from", "22", "--steps", "1", "--into", "proof")
    assert answer.code == 0, answer
    assert answer.out.startswith("Reproduced: steps 20 to 22 of 24 came out the same, bit by bit.\n")
    assert "the last checkpoint before step 22 is at step 20: it began there" in answer.out
    assert (home / "proof" / "run.json").exists()


@pytest.mark.long
def test_nothing_is_overwritten(home, retorch_here):
    answer = retorch_here("reproduce", "runs/run", "--into", "runs/trainer")
    assert answer.code == 2
    assert "runs/trainer is there already and is not overwritten; name a new folder" in answer.err
    (home / "runs" / "recording-again").mkdir()
    answer = retorch_here("reproduce", "runs/recording", "--steps", "1")
    assert (answer.code, "again        runs/recording-again-2" in answer.out) == (0, True)


def test_what_cannot_be_done_is_told_and_leaves_nothing(home, retorch_here):
    answer = retorch_here("reproduce", "runs/run", "--from", "24")
    assert (answer.code, "has 24 steps: there is nothing to be done again from step 24 on" in answer.err) == (2, True)
    assert retorch_here("reproduce", "nothing").code == 2
    (home / "data.npy").unlink()
    answer = retorch_here("reproduce", "runs/run")
    assert answer.code == 2
    assert "was done again, and its script failed" in answer.err
    assert "No such file or directory: 'data.npy'" in answer.err
    assert not (home / "runs" / "run-again").exists()


@pytest.mark.long
def test_an_interruption_leaves_what_was_done_and_says_so(home):
    (home / "slowly").touch()
    process = subprocess.Popen(
        [sys.executable, "-m", "retorch", "reproduce", "runs/run"], cwd=home, stderr=subprocess.PIPE, text=True
    )
    end = time.monotonic() + 120
    while not (home / "there").exists() and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted. runs/run-again holds what was done: `retorch diff runs/run runs/run-again` compares" in said
    assert (home / "runs" / "run-again" / "metrics.sqlite").exists()
