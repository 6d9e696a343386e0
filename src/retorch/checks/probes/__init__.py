"""The ways of seeing what a script does, by cost: calls that are wrapped, hooks of modules, each call of torch.

Each file is one probe and tells some kinds of observation; the checker opens those that its rules need.
"""

from retorch.checks.probes._arrays import ArrayProbe
from retorch.checks.probes._autocast import AutocastProbe
from retorch.checks.probes._backward import BackwardProbe
from retorch.checks.probes._fetches import FetchProbe
from retorch.checks.probes._files import FileProbe
from retorch.checks.probes._gradients import GradientProbe
from retorch.checks.probes._loaders import LoaderProbe
from retorch.checks.probes._made import MadeProbe
from retorch.checks.probes._modes import ModeProbe
from retorch.checks.probes._modules import ModuleProbe
from retorch.checks.probes._operations import OperationProbe
from retorch.checks.probes._optimizers import OptimizerProbe
from retorch.checks.probes._parts import PartProbe
from retorch.checks.probes._placed import Placed
from retorch.checks.probes._probe import Emit, Probe
from retorch.checks.probes._scalers import ScalerProbe
from retorch.checks.probes._schedulers import SchedulerProbe
from retorch.checks.probes._seeds import SeedProbe
from retorch.checks.probes._settings import SettingProbe
from retorch.checks.probes._shuffles import ShuffleProbe
from retorch.checks.probes._states import StateProbe
from retorch.checks.probes._workers import WorkerProbe

PROBES: tuple[type[Probe], ...] = (
    ArrayProbe,
    AutocastProbe,
    BackwardProbe,
    FetchProbe,
    FileProbe,
    GradientProbe,
    LoaderProbe,
    MadeProbe,
    ModeProbe,
    ModuleProbe,
    OptimizerProbe,
    PartProbe,
    ScalerProbe,
    SchedulerProbe,
    SeedProbe,
    SettingProbe,
    ShuffleProbe,
    StateProbe,
    WorkerProbe,
    OperationProbe,
)

__all__ = ["PROBES", "Emit", "Placed", "Probe"]
