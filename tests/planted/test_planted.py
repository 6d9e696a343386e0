"""Each planted difference is found: its step, phase, module, operation and line, and its cause.

The ordinary tests examine a few cells, spread over models, loops and plants; the long ones all of them.
"""

import pytest
from planting import Answer, Planting, ask, found_in, judge, marked, traced
from plants import CELLS, PLANTS, SCRIPTS, SPREAD

PRESENT = [cell for cell in CELLS if cell.absent is None]


def cells():
    return [pytest.param(cell, id=cell.name, marks=() if cell.name in SPREAD else pytest.mark.long) for cell in PRESENT]


@pytest.fixture(scope="session")
def planting(tmp_path_factory):
    return Planting(tmp_path_factory.mktemp("planting"))


@pytest.mark.parametrize("cell", cells())
def test_a_planted_difference_is_found(cell, planting):
    pair = planting.pair(cell)
    parted = cell.expected is not None and cell.expected.weights
    assert (pair.a.weights != pair.b.weights) == parted, "the plant does not do what it should"
    answer = ask(pair.a.folder, pair.b.folder)
    verdict = judge(cell, pair, answer, traced(cell, planting) if cell.plant.traced else None)
    assert not verdict.wrong, f"{'; '.join(verdict.wrong)}\nfound: {found_in(answer)}\n{answer.errors}"


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_plant_is_a_line_of_its_own_or_lies_outside_of_the_scripts(plant):
    if any(plant.environments):
        assert not marked(SCRIPTS, [f"plant: {plant.name}"])
    elif plant.edit is not None:
        file, before, _ = plant.edit
        assert (SCRIPTS / file).read_text().count(before) == 1
    else:
        assert marked(SCRIPTS, [f"plant: {plant.name}"])


def test_what_is_asked_for_has_its_line():
    for cell in PRESENT:
        for mark in cell.expected.lines if cell.expected else ():
            assert marked(SCRIPTS, [mark]), f"{cell.name} asks for a line marked {mark!r}, and there is none"


def test_every_plant_model_and_loop_is_in_the_ordinary_tests():
    spread = [cell for cell in PRESENT if cell.name in SPREAD]
    assert len(spread) == len(SPREAD)
    assert {cell.model for cell in spread} == {cell.model for cell in CELLS}
    assert {cell.loop for cell in spread} == {cell.loop for cell in CELLS}
    assert len({cell.plant.name for cell in spread}) == len(SPREAD)


def test_a_wrong_answer_is_seen(planting):
    """The judge can fail: an answer that is right but for one thing is wrong."""
    cell = next(cell for cell in PRESENT if cell.name == "mlp-recording-ulp")
    pair = planting.pair(cell)
    (line,) = (number for file, number in marked(pair.project, ["plant: ulp"]) if file == "recording_loop.py")
    right = {
        "step": 25, "phase": "forward", "operation": "aten.nextafter.default", "file": "x/recording_loop.py", "line": line,
    }  # fmt: skip
    causes = [{"setting": "operations", "proven": True}]
    assert not _judged(cell, pair, right, causes).wrong
    for name, value in {"step": 24, "phase": "backward", "operation": "aten.addmm.default", "line": line + 1}.items():
        assert len(_judged(cell, pair, {**right, name: value}, causes).wrong) == 1
    assert len(_judged(cell, pair, right, [{"setting": "threads", "proven": True}]).wrong) == 1
    assert len(_judged(cell, pair, right, [{"setting": "operations", "proven": False}]).wrong) == 1


def _judged(cell, pair, first, causes):
    return judge(cell, pair, Answer(1, {"agree": False, "first": first, "causes": causes}, 0.0))
