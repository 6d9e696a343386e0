"""The environment says what may change numbers, and no secret."""

from __future__ import annotations

import json
import subprocess

import pytest
import torch

from retorch.recorder import environment, record_environment


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
