"""Finding, importing and copying recipes."""

import sys

import pytest

from retorch.errors import MissingExtra, UsageError
from retorch.recipes import copy, find_recipe, load_recipe, names, packaged_file

MINE = """
from pydantic import BaseModel
class Config(BaseModel):
    epochs: int = 1
def train(config, *, run, threads=None, quiet=False):
    return run
"""


@pytest.fixture(autouse=True)
def _imports_put_back(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith(("mine", "retorch_recipe_", "neighbour")):
            del sys.modules[name]


def write(folder, text, name="mine.py"):
    file = folder / name
    file.write_text(text)
    return str(file)


def test_the_built_in_recipes_are_listed_and_load():
    assert names() == ["digits", "mnist"]
    for name in names():
        recipe = load_recipe(name)
        assert recipe.built_in
        assert recipe.Config().seed == 0


def test_a_file_of_the_same_form_is_a_recipe(tmp_path):
    recipe = load_recipe(write(tmp_path, MINE))
    assert (recipe.name, recipe.built_in) == ("mine", False)
    assert recipe.train(recipe.Config(), run="here") == "here"


def test_a_file_may_import_its_neighbours_and_bear_the_name_of_a_module(tmp_path):
    write(tmp_path, "VALUE = 3", "neighbour.py")
    recipe = load_recipe(write(tmp_path, "import neighbour\n" + MINE, "json.py"))
    assert recipe.name == "json"
    assert sys.modules["json"].__name__ == "json"


def test_what_a_file_raises_comes_out_as_it_is(tmp_path):
    file = write(tmp_path, "1 / 0")
    with pytest.raises(ZeroDivisionError):
        load_recipe(file)
    assert "mine" not in sys.modules


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def train(config, *, run, threads, quiet): ...", "mine.py has no `Config`. A recipe is a Python file"),
        ("Config = 3", "has a `Config` that is no pydantic BaseModel"),
        (MINE.replace("def train", "def fit"), "mine.py has no function `train`"),
        (MINE.replace("*, run, threads=None, quiet=False", ""), "`train` cannot be called as train(config, run="),
    ],
)
def test_a_file_of_another_form_is_told_what_it_lacks(tmp_path, text, message):
    with pytest.raises(UsageError) as caught:
        load_recipe(write(tmp_path, text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("digit", "there is no recipe 'digit'. Did you mean digits? Recipes: digits, mnist, or the path of a .py"),
        ("zzz", "there is no recipe 'zzz'. Recipes: digits, mnist"),
        ("nowhere/mine.py", "nowhere/mine.py is not there. A recipe is a Python file"),
        ("__init__", "there is no recipe '__init__'"),
        ("", "there is no recipe ''"),
    ],
)
def test_a_recipe_that_is_not_there_is_told_with_what_is(given, message):
    with pytest.raises(UsageError) as caught:
        find_recipe(given)
    assert message in str(caught.value)


def test_a_file_named_without_its_ending_is_pointed_at(tmp_path, monkeypatch):
    write(tmp_path, MINE)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"Did you mean the file mine.py\?"):
        find_recipe("mine")


@pytest.mark.parametrize("name", ["digits", "mnist"])
def test_a_copy_is_a_recipe_of_its_own(tmp_path, name):
    file = copy(name, tmp_path / "mine.py")
    assert file.read_text() == find_recipe(name).read_text()
    mine = load_recipe(str(file))
    assert not mine.built_in
    assert mine.Config().model_dump() == load_recipe(name).Config().model_dump()


def test_a_copy_overwrites_nothing(tmp_path):
    file = write(tmp_path, "precious")
    with pytest.raises(UsageError, match=r"exists and is not overwritten"):
        copy("digits", file)
    assert (tmp_path / "mine.py").read_text() == "precious"


def test_a_copy_needs_a_place_and_a_python_name(tmp_path):
    with pytest.raises(UsageError, match=r"cannot be written: No such file"):
        copy("digits", tmp_path / "missing" / "mine.py")
    with pytest.raises(UsageError, match=r"name the copy my\.py, say, not"):
        copy("digits", tmp_path / "mine.txt")


def test_a_package_that_is_missing_is_named_with_what_to_install():
    with pytest.raises(MissingExtra, match=r"no-such-data, which is not installed.*pip install 'retorch\[recipes\]'"):
        packaged_file("no-such-data", "data.csv")
    with pytest.raises(MissingExtra, match=r"scikit-learn is installed without sklearn/nothing\.csv"):
        packaged_file("scikit-learn", "sklearn/nothing.csv")
