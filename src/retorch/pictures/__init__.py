"""Facts in, drawing out. Knows no run folder and imports no torch; matplotlib only while it draws.

`curves` arranges series into panels of plain numbers, which a test can check; `draw_curves` puts them into a
.png or an .svg.
"""

from retorch.pictures._curves import Best, Curves, Line, Mark, Panel, curves
from retorch.pictures._files import draw_curves
from retorch.pictures._series import Points, Series

__all__ = ["Best", "Curves", "Line", "Mark", "Panel", "Points", "Series", "curves", "draw_curves"]
