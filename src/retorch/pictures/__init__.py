"""Facts in, drawing out. Knows no run folder and imports no torch; matplotlib only while it draws curves.

`curves` arranges series into panels of plain numbers, which a test can check; `draw_curves` puts them into a
.png or an .svg. `Strip` and `Grid` say where the elements of tensors lie in memory; `draw_memory` and `draw_grid`
turn them into SVG, `memory_lines` and `grid_lines` into lines for a terminal, and `memory_page` puts drawings and
texts on one HTML page.
"""

from retorch.pictures._curves import Best, Curves, Line, Mark, Panel, curves
from retorch.pictures._files import draw_curves, write_page, write_svg
from retorch.pictures._grid_drawing import draw_grid
from retorch.pictures._grid_lines import grid_lines
from retorch.pictures._memory import Grid, Lane, Strip
from retorch.pictures._memory_drawing import draw_memory
from retorch.pictures._memory_lines import memory_lines
from retorch.pictures._page import Section, memory_page
from retorch.pictures._series import Points, Series

__all__ = [
    "Best",
    "Curves",
    "Grid",
    "Lane",
    "Line",
    "Mark",
    "Panel",
    "Points",
    "Section",
    "Series",
    "Strip",
    "curves",
    "draw_curves",
    "draw_grid",
    "draw_memory",
    "grid_lines",
    "memory_lines",
    "memory_page",
    "write_page",
    "write_svg",
]
