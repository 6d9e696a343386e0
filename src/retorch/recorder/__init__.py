"""What a run leaves behind while it goes on: its metrics, and the environment it is computed in.

Start at `Recorder`. `runs` owns the files and reads them; this room writes them. Nothing here waits for the device
unless `commit` or the two-second schedule says so.
"""

from retorch.recorder._environment import environment, record_environment
from retorch.recorder._recorder import Ending, Recorder
from retorch.recorder._values import read_number

__all__ = ["Ending", "Recorder", "environment", "read_number", "record_environment"]
