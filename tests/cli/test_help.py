"""What can be asked, and what asking costs."""

import subprocess
import sys

import pytest
import typer

import retorch as package
from retorch.cli._app import build_app

# A new option is a decision: it is documented, tested, and stays.
OPTIONS = {
    "train": {
        "recipe", "--run", "--seed", "--epochs", "--set", "--quiet", "--copy", "--threads", "--record", "--json",
    },
    "resume": {"run", "--quiet", "--json"},
    "runs": {"directory", "--json", "--csv"},
    "inspect": {"expressions", "--view", "--ask", "--svg", "--html", "--json"},
    "check": {
        "script", "args", "-m", "--steps", "--allow", "--select", "--strict", "--json", "--sarif", "--explain",
    },
    "diff": {
        "a", "b", "--replay", "--no-replay", "--json", "--html",
        "--batch", "--map", "--weights", "--ulp", "--rtol", "--atol", "--train", "--backward", "--seed",
    },
    "reproduce": {"run", "--from", "--steps", "--into", "--current-sources", "--json"},
    "checkpoint show": {"path", "--best", "--json"},
    "checkpoint verify": {"path", "--best", "--json"},
    "checkpoint export": {"path", "--best", "--out", "--form", "--part", "--force"},
}  # fmt: skip


def commands(group, prefix=""):
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield prefix + name, command


def test_the_options_are_those_that_were_decided_on():
    found = {
        name: {word for one in command.params for word in [*one.opts, *one.secondary_opts] or [one.name]}
        for name, command in commands(typer.main.get_command(build_app()))
    }
    assert found == OPTIONS


@pytest.mark.parametrize("command", OPTIONS)
def test_every_command_has_help_with_an_example(retorch, command):
    answer = retorch(*command.split(), "--help")
    assert answer.code == 0
    assert f"retorch {command}" in answer.out.partition("Example")[2]
    # Nothing is cut off; the first line is click's, which writes an argument that may be repeated so.
    assert "..." not in answer.out.partition("\n")[2]


def test_help_imports_neither_torch_nor_pydantic_nor_matplotlib():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "retorch", "--help"], capture_output=True, text=True, check=True
    )
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "typer" in imported
    assert imported.isdisjoint({"torch", "numpy", "pydantic", "matplotlib"})
    assert "train" in done.stdout


def test_the_version_is_told(retorch):
    assert retorch("--version").out == f"retorch {package.__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Usage: retorch"),
        (("trian",), "No such command 'trian'"),
        (("train", "digits", "--sed", "3"), "No such option: --sed"),
        (("train", "digits", "--seed", "x"), "Invalid value for '--seed'"),
        (("train", "digits", "--threads", "0"), "Invalid value for '--threads'"),
        (("train",), "Missing argument"),
        (("checkpoint", "export", "x", "--form", "onnx"), "'onnx' is not one of"),
    ],
)
def test_wrong_words_leave_with_2_and_say_which(retorch, words, message):
    answer = retorch(*words)
    assert answer.code == 2
    assert message in answer.out + answer.err
