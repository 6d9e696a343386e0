"""A picture is drawn from any facts, the same bytes each time, and nothing of the user's is touched."""

from __future__ import annotations

import math
import subprocess
import sys
import xml.etree.ElementTree as ET
from types import SimpleNamespace

import numpy as np
import pytest

from retorch.errors import UsageError
from retorch.pictures import Mark, curves, draw_curves

PNG = b"\x89PNG\r\n\x1a\n"


def series(*values):
    return SimpleNamespace(steps=list(range(len(values))), values=list(values))


NOISE = series(*np.random.default_rng(0).random(300))
CASES = {
    "nothing": {},
    "no points": {"train.loss": series()},
    "one point": {"validation.loss": series(0.5)},
    "not one number": {"train.loss": series(math.nan, math.inf), "validation.loss": series(math.nan)},
    "gaps": {"train.loss": series(1.0, math.nan, 2.0, math.inf)},
    "decades": {"train.loss": series(1e6, 1.0, 1e-6), "validation.loss": series(1e5, 1e-5)},
    "constant": {"train.loss": series(1.0, 1.0, 1.0)},
    "extremes": {
        "train.loss": series(1e300, -1e300),
        "validation.loss": series(*[1e308, 1e-308] * 60),
        "train.lr": series(1e-300, 0.0),
    },
    "names": {"train.$loss_{x$": series(1.0, 2.0), "validation.损失 🎉": series(1.0)},
    "underscored": {"_hidden": series(1.0, 2.0)},
    "ordinary": {"train.loss": NOISE, "validation.loss": series(0.5, 0.25), "train.lr": series(0.1, 0.2)},
    "many": {f"train.m{i}": series(1.0, 2.0) for i in range(14)},
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("kind", ["png", "svg"])
def test_any_facts_are_drawn(tmp_path, case, kind):
    path = tmp_path / f"curves.{kind}"
    draw_curves(curves(CASES[case], title="a $title", marks=[Mark(1, "resumed")]), path)
    if kind == "png":
        assert path.read_bytes().startswith(PNG)
    else:
        assert ET.parse(path).getroot().tag.endswith("svg")
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("decades", [1.6, 2, 3, 4, 5, 8, 12, 40, 99])
def test_a_log_scale_is_labelled_over_any_number_of_decades(decades):
    from retorch.pictures._drawing import _draw

    axes = _draw(curves({"train.loss": series(10**decades, 1.0)}, title="")).axes[0]
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert 2 <= sum(low <= tick <= high for tick in axes.get_yticks()) <= 13


DRAW = """
import sys
from types import SimpleNamespace
from retorch.pictures import curves, draw_curves
loss = SimpleNamespace(steps=[0, 1, 2], values=[3.0, 1.0, 2.0])
draw_curves(curves({"train.loss": loss, "validation.loss": loss}, title="t"), sys.argv[1])
"""


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_same_facts_give_the_same_bytes_in_any_process(tmp_path, kind):
    for name in "ab":
        subprocess.run([sys.executable, "-c", DRAW, tmp_path / f"{name}.{kind}"], check=True)
    assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_the_settings_of_the_user_neither_change_nor_matter(tmp_path):
    import matplotlib as mpl

    facts = curves(CASES["ordinary"], title="t")
    draw_curves(facts, tmp_path / "a.svg")
    with mpl.rc_context({"lines.linewidth": 9, "text.usetex": True, "svg.hashsalt": "mine", "axes.grid": True}):
        before = dict(mpl.rcParams)
        draw_curves(facts, tmp_path / "b.svg")
        assert dict(mpl.rcParams) == before
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_looking_at_facts_imports_no_matplotlib_and_drawing_no_pyplot_and_no_torch(tmp_path):
    look = "import sys, retorch.pictures; print({'matplotlib', 'torch'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", look], text=True) == "set()\n"
    draw = f"{DRAW}\nprint({{'matplotlib.pyplot', 'torch'}} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", draw, tmp_path / "a.svg"], text=True) == "set()\n"


def test_another_ending_is_refused_before_anything_is_drawn(tmp_path):
    with pytest.raises(UsageError, match=r"curves.jpg ends in '.jpg'; curves are drawn as .png or .svg, so name one"):
        draw_curves(curves({}, title=""), tmp_path / "curves.jpg")


def test_a_picture_that_cannot_be_written_is_an_os_error_and_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        draw_curves(curves({}, title=""), tmp_path / "none" / "curves.png")
    (tmp_path / "curves.png").mkdir()
    with pytest.raises(IsADirectoryError):
        draw_curves(curves({}, title=""), tmp_path / "curves.png")
    assert [entry.name for entry in tmp_path.iterdir()] == ["curves.png"]
