"""The environment says what may change numbers, and no secret."""

from __future__ import annotations

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
import torch

from retorch.recorder import _git, environment, record_environment
from retorch.recorder._command import without_secrets
from retorch.recorder._own_files import own_script
from retorch.runs._environment import read_git_diff


def test_the_environment_is_json_and_names_what_changes_bits():
    found = json.loads(json.dumps(environment()))
    assert found["torch"]["version"] == torch.__version__
    assert found["torch"]["parallel"]["backend"]
    assert found["cpu"]["instructions"] == torch.backends.cpu.get_cpu_capability()
    assert found["threads"]["intra"] == torch.get_num_threads()
    # A build may name its variant (+cpu, +cu130) in one of the two only.
    assert found["distributions"]["torch"].split("+")[0] == torch.__version__.split("+")[0]


def test_only_variables_of_the_fixed_list_are_recorded(monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    found = environment()
    assert found["variables"]["OMP_NUM_THREADS"] == "3"
    assert "hunter2" not in json.dumps(found)


def test_switches_are_seen():
    before = environment()["switches"]
    torch.use_deterministic_algorithms(True)
    torch.set_flush_denormal(True)
    try:
        after = environment()["switches"]
    finally:
        torch.use_deterministic_algorithms(False)
        torch.set_flush_denormal(False)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"deterministic_algorithms", "flush_denormal"}
    assert environment()["switches"] == before


def test_the_newer_precision_settings_are_read_without_a_complaint_of_torch():
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    try:
        assert environment()["switches"]["float32_precision"]["cuda.matmul"] == "tf32"
    finally:
        torch.backends.cuda.matmul.fp32_precision = before


def test_the_revision_of_the_users_repository_tells_uncommitted_changes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert environment()["revision"] is None
    (tmp_path / "train.py").write_text("lr = 1")
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for words in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "first"]):
        subprocess.run(["git", *words], check=True)
    clean = environment()["revision"]
    assert len(clean) == 40
    (tmp_path / "train.py").write_text("lr = 2")
    assert environment()["revision"] == f"{clean}-dirty"


def test_no_git_is_no_failure(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert environment()["revision"] is None


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with one commit, as the current folder; a function that runs git in it."""
    place = tmp_path / "project"
    place.mkdir()
    monkeypatch.chdir(place)

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        return subprocess.run(["git", *who, *words], check=True, capture_output=True, text=True).stdout

    (place / "train.py").write_text("lr = 1\n")
    (place / "notes.txt").write_text("known to git\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return git


def test_uncommitted_changes_are_kept_with_the_run_and_can_be_applied(folder, repository, tmp_path):
    Path("train.py").write_text("lr = 2\n")
    Path("untracked.py").write_text("secret = 1\n")
    found = record_environment(folder)
    assert found["git"]["root"] == str(tmp_path / "project")
    assert found["git"]["commit"] == repository("rev-parse", "HEAD").strip()
    diff = read_git_diff(folder.path)
    assert "-lr = 1\n+lr = 2\n" in diff
    assert "secret" not in diff
    assert found["git"]["diff"]["bytes"] == len(diff.encode())
    Path("train.py").write_text("lr = 1\n")
    subprocess.run(["git", "apply"], input=diff, text=True, check=True)
    assert Path("train.py").read_text() == "lr = 2\n"


def test_the_users_own_settings_of_git_do_not_change_the_diff(repository):
    Path("train.py").write_text("lr = 2\n")
    plain = environment()["git"]
    for name, value in (("diff.noprefix", "true"), ("color.ui", "always"), ("diff.external", "false")):
        repository("config", name, value)
    assert environment()["git"] == plain


def test_changes_too_large_to_keep_leave_size_and_fingerprint(folder, repository):
    Path("train.py").write_text("lr = 2\n" * 100_000)
    found = record_environment(folder)
    assert found["git"]["diff"]["bytes"] > 256 * 1024
    assert len(found["git"]["diff"]["fingerprint"]) == 16
    assert read_git_diff(folder.path) is None
    Path("train.py").write_text("lr = 3\n" * 100_000)
    assert record_environment(folder)["git"] != found["git"]


def test_a_changed_binary_file_is_told_by_its_content(repository):
    Path("data.bin").write_bytes(b"\0\1")
    repository("add", ".")
    repository("commit", "-q", "-m", "second")
    fingerprints = set()
    for content in (b"\0\2", b"\0\3"):
        Path("data.bin").write_bytes(content)
        fingerprints.add(environment()["git"]["diff"]["fingerprint"])
    assert len(fingerprints) == 2


def test_git_that_does_not_answer_is_given_up(tmp_path, monkeypatch, repository):
    (tmp_path / "git").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(_git, "_TIMEOUT_S", 0.05)
    assert environment()["git"] is None


def test_the_script_and_what_it_imports_are_named(tmp_path):
    script = tmp_path / "train.py"
    script.write_text(
        "import json, sklearn\nimport numpy as np\nfrom dateutil import parser\n"
        "from retorch.recorder import environment\nprint(json.dumps(environment()))\n"
    )
    words = ["-O", str(script), "--api-key", "hunter2"]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True, cwd="/")
    found = json.loads(done.stdout)
    assert found["script"]["file"] == str(script)
    assert len(found["script"]["fingerprint"]) == 16
    imports = {"dateutil": "python-dateutil", "numpy": "numpy", "retorch": "retorch", "sklearn": "scikit-learn"}
    assert found["imports"] == imports
    assert found["command"]["argv"] == [str(script), "--api-key", "***"]
    assert found["command"]["words"][1:] == ["-O", str(script), "--api-key", "***"]
    assert found["command"]["cwd"] == "/"
    assert found["python"]["optimize"] == 1
    assert "hunter2" not in done.stdout


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        (["--token", "x"], ["--token", "***"]),
        (["--hf_token=x"], ["--hf_token=***"]),
        (["-password", "x"], ["-password", "***"]),
        (["WANDB_API_KEY=x"], ["WANDB_API_KEY=***"]),
        (["+model.auth_key=x"], ["+model.auth_key=***"]),
        (["--set", "db.password=x y"], ["--set", "db.password=***"]),
        (["https://me:x@host/a"], ["https://***@host/a"]),
        (["--token", "--lr", "1"], ["--token", "--lr", "1"]),
        (["--tokenizer", "bpe", "--max-tokens", "9"], ["--tokenizer", "bpe", "--max-tokens", "9"]),
        (["--tokens=9", "--secretary", "a", "--key", "b"], ["--tokens=9", "--secretary", "a", "--key", "b"]),
    ],
)
def test_secrets_on_the_command_line_are_hidden(words, shown):
    assert without_secrets(words) == shown


def test_a_long_word_is_cut():
    assert without_secrets(["a" * 1_010]) == ["a" * 1_000 + " and 10 more"]


def test_looking_wakes_no_accelerator():
    environment()
    assert not torch.cuda.is_initialized()


def test_where_the_run_was_named_is_recorded(folder, tmp_path):
    assert record_environment(folder)["folder"] == str(folder.path)
    assert record_environment(folder, tmp_path / "named")["folder"] == str(tmp_path / "named")


def test_a_list_of_the_first_schema_is_gone_on_with(folder):
    old = {"since": "2026-01-01", "environment": {"retorch": "0.0.1"}}
    folder.environment.write_text(json.dumps({"schema": 1, "environments": [old]}))
    found = record_environment(folder)
    content = json.loads(folder.environment.read_bytes())
    assert content["schema"] == 2
    assert content["environments"][0] == old
    assert recorded(folder)[1] == found


def recorded(folder):
    return [entry["environment"] for entry in json.loads(folder.environment.read_bytes())["environments"]]


def test_the_same_environment_is_written_once(folder):
    found = record_environment(folder)
    before = folder.environment.read_bytes()
    record_environment(folder)
    assert folder.environment.read_bytes() == before
    assert recorded(folder) == [found]


def test_another_environment_is_appended(folder, monkeypatch):
    first = record_environment(folder)
    monkeypatch.setenv("MKL_CBWR", "COMPATIBLE")
    second = record_environment(folder)
    assert recorded(folder) == [first, second]
    assert second["variables"]["MKL_CBWR"] == "COMPATIBLE"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": 1}'])
def test_a_damaged_list_is_kept_aside_with_a_notice(folder, text):
    folder.environment.write_text(text)
    with pytest.warns(UserWarning, match=r"environment.json was damaged; it was kept as environment.damaged.json"):
        found = record_environment(folder)
    assert (folder.path / "environment.damaged.json").read_text() == text
    assert recorded(folder) == [found]


def test_a_program_that_ran_another_one_is_not_taken_for_it(tmp_path, monkeypatch):
    other = types.ModuleType("__main__")
    other.__file__ = str(tmp_path / "other.py")
    with monkeypatch.context() as inner:
        inner.setitem(sys.modules, "__main__", other)
        assert own_script() == str(tmp_path / "other.py")
        del other.__file__  # as Python does at its end
        assert own_script() == str(tmp_path / "other.py")
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    assert own_script() is None
