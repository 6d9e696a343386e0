"""`render`: the facts of `curves` as PNG or SVG, by matplotlib's object interface. Imported only to draw."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from retorch.pictures._curves import Curves, Line, Mark, Panel, Role

# Okabe and Ito's palette, which colour-blind readers tell apart: https://jfly.uni-koeln.de/color/
_COLOURS: dict[Role, str] = {
    "training": "#0072B2",
    "training, epoch mean": "#56B4E9",
    "validation": "#D55E00",
    "test": "#009E73",
    "other": "#CC79A7",
}
_INK, _QUIET, _GRID = "#222222", "#6b6b6b", "#e6e6e6"
_STYLE: dict[str, Any] = {
    "axes.edgecolor": "#b0b0b0",
    "axes.labelcolor": _QUIET,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib, so a picture looks the same everywhere
    "font.size": 10,
    "text.parse_math": False,  # a dollar sign in a name is a dollar sign
    "svg.hashsalt": "retorch",  # otherwise the names inside an SVG are drawn at random
    "text.color": _INK,
    "xtick.color": _QUIET,
    "ytick.color": _QUIET,
}
_PANEL_INCHES = (5.6, 3.5)
_DPI = 144
_FEW_POINTS = 40


def render(facts: Curves, kind: str) -> bytes:
    """Draw the curves. The same facts give the same bytes; the user's settings and figures are left alone."""
    picture = BytesIO()
    metadata = {"Date": None, "Creator": None} if kind == "svg" else {"Software": None}
    with _our_style():
        _draw(facts).savefig(picture, format=kind, dpi=_DPI, metadata=metadata)
    return picture.getvalue()


@contextmanager
def _our_style() -> Iterator[None]:
    # The backend is not touched: setting it can close the user's windows.
    style: Any = {name: value for name, value in mpl.rcParamsDefault.items() if not name.startswith("backend")}
    with mpl.rc_context(style | _STYLE), warnings.catch_warnings():
        # A title in letters that the font does not have is drawn with boxes; that is no matter for the training.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _draw(facts: Curves) -> Figure:
    count = len(facts.panels)
    columns = 1 if count <= 1 else 2 if count <= 4 else 3
    rows = max(-(-count // columns), 1)
    width, height = _PANEL_INCHES
    figure = Figure(figsize=(width * columns, height * rows + 0.5), layout="constrained", facecolor="white")
    figure.get_layout_engine().set(w_pad=0.12, h_pad=0.08)  # type: ignore[union-attr, call-arg]  # constrained
    figure.suptitle(facts.title, x=0.012, ha="left", fontsize=13, fontweight="bold")
    for place, panel in enumerate(facts.panels):
        _draw_panel(figure.add_subplot(rows, columns, place + 1), panel, facts.marks)
    if not facts.panels:
        figure.text(0.5, 0.45, "nothing was recorded", ha="center", color=_QUIET)
    if facts.omitted:
        figure.supxlabel(f"and {len(facts.omitted)} more: {', '.join(facts.omitted)}", fontsize=8, color=_QUIET)
    return figure


def _draw_panel(axes: Axes, panel: Panel, marks: tuple[Mark, ...]) -> None:
    _lay_out(axes, panel)
    for line in panel.lines:
        _draw_line(axes, line)
    if panel.scale == "log":
        _label_log_axis(axes)
    for mark in marks:
        _draw_mark(axes, mark)
    if len({step for line in panel.lines for step in line.raw.steps.tolist()}) == 1:
        middle = panel.lines[0].raw.steps[0]
        axes.set_xlim(middle - 1, middle + 1)
    axes.legend(
        loc="lower left", bbox_to_anchor=(-0.012, 0.985), ncols=4, frameon=False, fontsize=8.5, borderaxespad=0.2,
        handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip


def _lay_out(axes: Axes, panel: Panel) -> None:
    # The scale comes first: it sets ticks of its own.
    axes.set_yscale(panel.scale)
    axes.set_title(panel.name, loc="left", fontsize=11, pad=24)
    axes.grid(color=_GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.margins(x=0.02)
    axes.tick_params(which="both", length=0, labelsize=9)
    axes.set_xlabel("step", fontsize=9)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))


def _draw_line(axes: Axes, line: Line) -> None:
    colour = _COLOURS[line.role]
    main = line.smooth or line.raw
    if line.smooth is not None:
        axes.plot(line.raw.steps, line.raw.values, color=colour, linewidth=0.6, alpha=0.3, zorder=2)
    # A value between two gaps makes no line, so a few points are drawn as points too.
    marker = "o" if len(main.steps) < _FEW_POINTS else None
    axes.plot(
        main.steps, main.values, color=colour, linewidth=1.8, marker=marker, markersize=3.2, label=_label(line),
        zorder=3 if line.role == "training" else 4, solid_capstyle="round",
    )  # fmt: skip
    if line.best is not None:
        axes.plot(
            line.best.step, line.best.value, marker="o", markersize=9, markerfacecolor="white", zorder=5,
            markeredgecolor=colour, markeredgewidth=2,
        )  # fmt: skip
    if line.not_finite:
        across = axes.get_xaxis_transform()
        axes.plot(
            line.not_finite, [0.02] * len(line.not_finite), "x", color=colour, markersize=6, transform=across,
            markeredgewidth=1.6, label=f"not finite, first at {line.not_finite[0]:,.0f}", zorder=6, clip_on=False,
        )  # fmt: skip


def _label(line: Line) -> str:
    if line.best is None:
        return line.role if line.role != "other" else "value"
    return f"{line.role}, best {line.best.value:.4g} at {line.best.step:,.0f}"


def _draw_mark(axes: Axes, mark: Mark) -> None:
    axes.axvline(mark.step, color=_QUIET, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        mark.label, (mark.step, 1), xycoords=("data", "axes fraction"), xytext=(4, -4), textcoords="offset points",
        rotation=90, va="top", ha="left", fontsize=8, color=_QUIET, zorder=7,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )  # fmt: skip


def _label_log_axis(axes: Axes) -> None:
    """Label 1, 2 and 5 of each decade in plain numbers where they find room, else powers of ten."""
    low, high = axes.get_ylim()
    roomy = math.log10(high) - math.log10(low) < 4
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if roomy else (1.0,), numticks=12 if roomy else 7))
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
