"""What a run leaves behind while it goes on: metrics, fingerprints of each step, and the environment it is computed in.

Start at `Recorder`, which writes, and `Witness`, which sees what each step is made of. `runs` owns the files and reads
them; this room writes them. Nothing here waits for the device unless `commit` or the two-second schedule says so.
"""

from retorch.recorder._data import data_facts, record_data
from retorch.recorder._direction import Direction, DirectionDone, directed, directing
from retorch.recorder._environment import environment, record_environment
from retorch.recorder._level import Level, level_of, usual_level
from retorch.recorder._parts import state_of
from retorch.recorder._recorder import Ending, Recorder
from retorch.recorder._recording import Recording, recording
from retorch.recorder._sources import record_sources
from retorch.recorder._values import read_number
from retorch.recorder._variables import VARIABLES
from retorch.recorder._witness import Witness

__all__ = [
    "VARIABLES",
    "Direction",
    "DirectionDone",
    "Ending",
    "Level",
    "Recorder",
    "Recording",
    "Witness",
    "data_facts",
    "directed",
    "directing",
    "environment",
    "level_of",
    "read_number",
    "record_data",
    "record_environment",
    "record_sources",
    "recording",
    "state_of",
    "usual_level",
]
