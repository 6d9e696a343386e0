"""The front door: public names, light imports, the picture of the rooms."""

import re
import subprocess
import sys
from pathlib import Path

import retorch
from retorch import errors

ROOT = Path(__file__).parent.parent


def loaded_by(program):
    answer = subprocess.run(
        [sys.executable, "-c", f"{program}\nimport sys; print(' '.join(sys.modules))"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(answer.stdout.split())


def test_importing_retorch_is_light():
    heavy = {"torch", "numpy", "matplotlib", "rich", "pydantic", "typer"}
    assert not heavy & loaded_by("import retorch; dir(retorch)")


def test_reading_runs_needs_no_torch():
    assert "torch" not in loaded_by("import retorch.runs")


def test_every_public_name_is_there_and_documented():
    for name in retorch.__all__:
        thing = getattr(retorch, name)
        assert name == "__version__" or thing.__doc__, name


def test_a_wrong_name_is_an_attribute_error():
    try:
        retorch.Trianer  # noqa: B018
    except AttributeError as error:
        assert "Trianer" in str(error)


def test_the_drawn_error_tree_is_the_real_one():
    drawn = set(re.findall(r"^ +[*+-] (\w+)|^\* (\w+)", errors.__doc__, re.MULTILINE))
    drawn = {first or second for first, second in drawn}
    real = {name for name in errors.__all__ if name.startswith(("Retorch", "Run", "Check", "Loop", "Loss", "Usage",
                                                                "Missing", "Empty", "Optim"))}  # fmt: skip
    assert drawn == real - {"RetorchNotice"}


def test_the_design_page_draws_the_rooms_that_exist():
    page = (ROOT / "docs" / "design.md").read_text()
    rooms = {path.name for path in (ROOT / "src" / "retorch").iterdir() if (path / "__init__.py").exists()}
    for room in rooms:
        assert f"{room}/" in page, room


def test_no_room_reaches_behind_anothers_door():
    for path in (ROOT / "src" / "retorch").rglob("*.py"):
        room = path.relative_to(ROOT / "src" / "retorch").parts[0]
        for other in re.findall(r"from retorch\.(\w+)\._\w+ import", path.read_text()):
            assert other == room, f"{path} imports the inside of {other}"
