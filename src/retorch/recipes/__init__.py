"""Complete small trainings on real data, each one readable file that doubles as a template.

A recipe is a file with a `Config` (a pydantic model) and a `train(config, *, run, threads, quiet)`; users' own files
of this form work the same. Start at `digits.py`; `load_recipe` finds one by name or path, `configure` fills its
options in. Data comes from packages that are installed anyway: `packaged_file`, `split_by_class`.
"""

from retorch.recipes._data import packaged_file, split_by_class
from retorch.recipes._options import configure, configure_again
from retorch.recipes._recipe import Recipe, copy, find_recipe, load_recipe, names

__all__ = [
    "Recipe",
    "configure",
    "configure_again",
    "copy",
    "find_recipe",
    "load_recipe",
    "names",
    "packaged_file",
    "split_by_class",
]
