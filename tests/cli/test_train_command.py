"""`retorch train`, as it is typed."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

MINE = """
import torch
from pydantic import BaseModel

import retorch


class Config(BaseModel):
    seed: int = 0
    epochs: int = 2
    boom: bool = False


def train(config, *, run, threads=None, quiet=False):
    retorch.seed_everything(config.seed)
    print("words of the recipe")
    model = Picky(config.boom)
    trainer = retorch.Trainer(
        model, torch.optim.SGD(model.parameters(), lr=0.1), loss=torch.nn.MSELoss(), seed=config.seed, threads=threads
    )
    data = torch.ones(8, 2), torch.ones(8, 1)
    return trainer.fit(
        data, epochs=config.epochs, batch_size=4, run=run, config=config, recipe=__file__, quiet=quiet, workers=0
    )


class Picky(torch.nn.Linear):
    def __init__(self, boom):
        super().__init__(2, 1)
        self.boom = boom

    def forward(self, inputs):
        if self.boom:
            raise KeyError("the user's own mistake")
        return super().forward(inputs)
"""


def test_a_training_answers_on_stdout_and_shows_its_progress_on_stderr(trained):
    folder, answer = trained
    assert answer.code == 0
    assert re.search(r"^digits +finished after 1 epoch, 45 steps$", answer.out, re.MULTILINE)
    assert re.search(r"^validation +loss [\d.]+, accuracy 0\.\d+$", answer.out, re.MULTILINE)
    assert re.search(r"^run +runs/digits$", answer.out, re.MULTILINE)
    assert "retorch checkpoint export runs/digits" in answer.out
    assert re.search(r"^epoch 1/1  loss .* validation: loss .*, accuracy", answer.err, re.MULTILINE)
    assert "\x1b" not in answer.out + answer.err
    assert (folder / "runs" / "digits" / "run.json").exists()


def test_the_same_command_again_gives_the_result_of_the_finished_run_as_json(quick, trained, retorch, tmp_path):
    shutil.copytree(trained[0] / "runs", tmp_path / "runs")
    answer = retorch("train", "digits", "--epochs", "1", *quick, "--json")
    result = json.loads(answer.out)
    assert answer.code == 0
    assert (result["recipe"], result["reason"], result["epochs"], result["steps"]) == ("digits", "finished", 1, 45)
    assert f"accuracy {result['validation']['accuracy']:.4g}" in trained[1].out
    assert result["best"]["metric"] == "accuracy"
    assert "epoch" not in answer.err.partition("Model")[0]


def test_a_folder_with_another_configuration_is_refused_with_both_values(quick, trained, retorch, tmp_path):
    shutil.copytree(trained[0] / "runs", tmp_path / "runs")
    before = (tmp_path / "runs/digits/run.json").read_bytes()
    answer = retorch("train", "digits", "--epochs", "1", *quick, "--set", "optimizer.lr=0.5", "--seed", "3")
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err == (
        "retorch: runs/digits holds a run with another configuration:\n"
        "  seed: 0 in the folder, 3 asked\n"
        "  optimizer.lr: 0.01 in the folder, 0.5 asked\n"
        "Give the new run a folder of its own with --run DIR, or go on with the old one: retorch resume runs/digits\n"
    )
    assert (tmp_path / "runs/digits/run.json").read_bytes() == before


def test_a_file_of_ones_own_is_trained_and_only_its_answer_is_on_stdout(process, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    answer = process("train", "mine.py", "--threads", "1", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["run"].endswith("runs/mine")
    assert "words of the recipe" in answer.err


def test_quiet_shows_nothing_of_ours(retorch, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    answer = retorch("train", "mine.py", "--threads", "1", "--quiet")
    assert (answer.code, answer.out, answer.err) == (0, "words of the recipe\n", "")


def test_an_exception_of_the_users_code_is_shown_from_their_line_on(retorch, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    answer = retorch("train", "mine.py", "--threads", "1", "--set", "boom=true", "--run", "x")
    assert answer.code == 1
    lines = answer.err[answer.err.index("Traceback") :].splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert f'{tmp_path}/mine.py", line' in lines[1]
    assert lines[-1] == 'KeyError: "the user\'s own mistake"'
    assert "bug of retorch" not in answer.err


@pytest.mark.parametrize(
    ("text", "last"), [("1 / 0", "ZeroDivisionError: division by zero"), ("def train(:", "SyntaxError: invalid syntax")]
)
def test_a_file_that_cannot_be_imported_shows_its_own_traceback(retorch, tmp_path, text, last):
    file = tmp_path / "broken.py"
    file.write_text(text)
    answer = retorch("train", file)
    assert answer.code == 1
    assert answer.out == ""
    assert answer.err.startswith(("Traceback", f'  File "{file}"'))
    assert str(file) in answer.err
    assert "importlib" not in answer.err
    assert answer.err.splitlines()[-1] == last


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("dgits",), "retorch: there is no recipe 'dgits'. Did you mean digits?"),
        (("digits", "--set", "lr=1"), "retorch: there is no option 'lr'; did you mean optimizer.lr?"),
        (("digits", "--epochs", "-1"), "retorch: epochs=-1: input should be greater than or equal to 1"),
        (("digits", "--copy", "x.py", "--epochs", "3"), "retorch: --copy only writes the file"),
    ],
)
def test_wrong_use_is_said_in_one_line_before_anything_is_written(retorch, tmp_path, words, message):
    answer = retorch("train", *words)
    assert answer.code == 2
    assert message in answer.err
    assert list(tmp_path.iterdir()) == []


def test_a_copy_says_how_to_train_it_and_overwrites_nothing(retorch):
    assert retorch("train", "digits", "--copy", "my.py").out == "my.py is yours now. Train it: retorch train my.py\n"
    again = retorch("train", "digits", "--copy", "my.py")
    assert (again.code, again.err[:25]) == (2, "retorch: my.py exists and")


def test_a_copied_recipe_gives_the_same_numbers(quick, trained, retorch):
    retorch("train", "digits", "--copy", "my.py")
    answer = retorch("train", "my.py", "--epochs", "1", *quick, "--json")
    accuracy = json.loads(answer.out)["validation"]["accuracy"]
    assert f"accuracy {accuracy:.4g}" in trained[1].out


def interrupt_after_first_epoch(words, folder, number):
    """Send a signal to a training and return how it left and what it showed from then on."""
    training = subprocess.Popen(
        [sys.executable, "-m", "retorch", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    shown = []
    while not shown or not shown[-1].startswith("epoch 1/"):
        shown.append(training.stderr.readline())
        assert shown[-1], f"the training ended early: {''.join(shown)}"
    os.kill(training.pid, number)
    rest = training.communicate(timeout=60)[1]
    return training.returncode, rest


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_saves_and_says_that_the_same_command_goes_on(quick, tmp_path, retorch, number, code):
    words = ["train", "digits", "--epochs", "20", *quick]
    left_with, rest = interrupt_after_first_epoch(words, tmp_path, number)
    assert left_with == code
    assert "Traceback" not in rest
    assert re.fullmatch(
        r"retorch: stopped at epoch \d+, after step \d+, saved in .*runs/digits; the same command goes on from here",
        rest.splitlines()[-1],
    )
    answer = retorch(*words, "--json")
    assert json.loads(answer.out)["epochs"] == 20
    assert re.search(r"^resumed at epoch \d+, step \d+$", answer.err, re.MULTILINE)
