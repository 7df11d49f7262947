"""What happens around a run: checks before it, MLflow runs beside it, a summary after it."""

from sequence_learning.hooks.encoder_runs import EncoderRuns
from sequence_learning.hooks.preflight import Preflight
from sequence_learning.hooks.summary import RunSummary

HOOKS = (Preflight(), EncoderRuns(), RunSummary())
