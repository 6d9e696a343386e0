"""The files beside the tests are found under their own names, by pytest and by `python tests/planted/planting.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
