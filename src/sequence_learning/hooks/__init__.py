"""What happens around a run: checks before it, MLflow runs beside it, a summary after it."""

from sequence_learning.hooks.encoder_runs import EncoderRuns
from sequence_learning.hooks.failed_fits import FailedFits
from sequence_learning.hooks.own_tables import OwnTables
from sequence_learning.hooks.preflight import Preflight
from sequence_learning.hooks.readable_errors import ReadableErrors
from sequence_learning.hooks.run_owners import RunOwners
from sequence_learning.hooks.summary import RunSummary
from sequence_learning.hooks.tuning_runs import TuningRuns
from sequence_learning.hooks.warm_workers import WarmWorkers

# Of those that would be first, Kedro calls the last first; of those that would be last, the last of them last.
HOOKS = (
    OwnTables(),
    Preflight(),
    RunOwners(),
    EncoderRuns(),
    TuningRuns(),
    RunSummary(),
    FailedFits(),
    ReadableErrors(),
    WarmWorkers(),
)
