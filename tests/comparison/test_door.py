"""`retorch.compare` is the function, whatever was imported before it."""

import subprocess
import sys

import pytest

IMPORTS = {
    "nothing": "",
    "the room": "import retorch.comparison",
    "from the room": "from retorch.comparison import examine",
    "the command line": "import retorch.cli",
    "the command": "import retorch.cli._diffing_runs",
}


@pytest.mark.parametrize("before", IMPORTS)
def test_compare_is_a_function_whatever_was_imported_before(before):
    program = (
        f"{IMPORTS[before]}\nimport retorch, types\nassert type(retorch.compare) is types.FunctionType, retorch.compare"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
