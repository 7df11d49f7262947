"""One search: trials of one model, one after the other, until its budget is used."""

import logging
import math
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import EncoderConfiguration, nested
from sequence_learning.root_cause import root_cause
from sequence_learning.tuning.budget import Budget, Clock, Meter, cpu_clock
from sequence_learning.tuning.objective import Outcome, Step, evaluate
from sequence_learning.tuning.plan import Search
from sequence_learning.tuning.space import configured_values, decode, distributions, encode
from sequence_learning.tuning.study import ENDED, LOSS, SECONDS, State, owned_study, records_of, state_of

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.samplers import BaseSampler

logger = logging.getLogger(__name__)

#: Takes a record with ``val_loss`` and ``seconds`` after every trial, for the progress bar.
OnTrial = Callable[[Mapping[str, Any]], None]


def is_finished(folder: Path, search: Search) -> bool:
    """Whether nothing is left of the search's budget."""
    records = records_of(folder, search)
    done = sum(record["state"] != "interrupted" for record in records)
    return not _budget(search).is_left(done, sum(record["cpu_seconds"] for record in records))


def run_search(
    model_input: ModelInput,
    search: Search,
    folder: Path,
    on_trial: OnTrial = lambda record: None,
    clock: Clock = cpu_clock,
) -> None:
    """Go on with a search until its budget is used.

    Which trials there are depends on the search alone, unless CPU-seconds end it: each draw has a random generator of
    its own, and a trial that was interrupted counts for its CPU-seconds only.

    Args:
        model_input: prepared features, whose test rows are not read.
        search: what to search.
        folder: where searches are kept.
        on_trial: hears of every trial.
        clock: counts CPU-seconds.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    _import_ahead(search)
    with owned_study(folder, search) as study:
        while True:
            ended = study.get_trials(deepcopy=False)
            spent = sum(trial.user_attrs.get(SECONDS, 0.0) for trial in ended)
            done = [trial for trial in ended if trial.state.is_finished() and state_of(trial) != "interrupted"]
            if not _budget(search).is_left(len(done), spent):
                return
            meter = Meter(search.tuning.cpu_seconds - spent, clock)
            loss = _run_trial(model_input, search, study, len(done), meter)
            on_trial({"val_loss": loss, "seconds": spent + meter.seconds})


class _EndedEarlyError(Exception):
    """Leaves the training of a trial that is not to go on."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


class _Watch:
    """Writes down how far a trial has come, and ends it where it is behind or out of CPU-seconds."""

    def __init__(self, trial: "Trial", meter: Meter) -> None:
        self._trial, self._meter = trial, meter
        self._last = -1
        self.lowest = math.inf

    def __call__(self, step: Step) -> None:
        self.lowest = min(self.lowest, step.loss if math.isfinite(step.loss) else math.inf)
        is_new = step.progress > self._last
        if is_new:
            self._last = step.progress
            self._trial.set_user_attr(SECONDS, self._meter.seconds)
            if math.isfinite(step.merit):
                self._trial.report(step.merit, step.progress)
        if self._meter.is_over:
            raise _EndedEarlyError("cut_off")
        if is_new and self._trial.should_prune():
            raise _EndedEarlyError("pruned")


def _run_trial(model_input: ModelInput, search: Search, study: "Study", number: int, meter: Meter) -> float:
    """Draw, fit, score and write down; the lowest loss of the trial."""
    from optuna.trial import TrialState

    trial = _draw(search, study, number)
    watch = _Watch(trial, meter)
    change = nested(decode(search.space, trial.params))
    outcome: Outcome | None = None
    try:
        outcome = evaluate(model_input, search.configuration.changed(change), search.seed, watch)
        state: State = "complete" if math.isfinite(outcome.score) else "failed"
    except _EndedEarlyError as early:
        state = early.state
    except Exception as error:  # another trial may work, and other models are searched beside this one
        logger.warning("%s, trial %d failed: %s", search.title, number, root_cause(error))
        state = "failed"
    trial.set_user_attr(SECONDS, meter.seconds)
    trial.set_user_attr(ENDED, state)
    if state == "complete" and outcome is not None:
        trial.set_user_attr(LOSS, outcome.loss)
        study.tell(trial, outcome.score)
    else:
        study.tell(trial, state=TrialState.FAIL if state == "failed" else TrialState.PRUNED)
    return watch.lowest


def _draw(search: Search, study: "Study", number: int) -> "Trial":
    """The next trial; the first is the configuration."""
    from optuna.pruners import MedianPruner
    from optuna.trial import TrialState

    study.sampler = _sampler(search, number)
    study.pruner = MedianPruner(
        n_startup_trials=search.tuning.random_trials, n_warmup_steps=search.tuning.prune_after, n_min_trials=1
    )
    if number == 0 and not study.get_trials(deepcopy=False, states=(TrialState.WAITING,)):
        study.enqueue_trial(encode(search.space, configured_values(search.configuration, search.space)))
    return study.ask(distributions(search.space))


def _sampler(search: Search, number: int) -> "BaseSampler":
    """TPE with random numbers of this draw's own, so that it does not matter in which process it is made."""
    from optuna.samplers import TPESampler

    seed = int(np.random.SeedSequence([search.seed, number]).generate_state(1)[0])
    return TPESampler(seed=seed, n_startup_trials=search.tuning.random_trials)


def _budget(search: Search) -> Budget:
    return Budget(search.tuning.trials, search.tuning.cpu_seconds)


def _import_ahead(search: Search) -> None:
    """The first search of a process must not pay for the imports of all."""
    import_module("sequence_learning.training.fit")
    import_module("sklearn.metrics")
    if not isinstance(search.configuration, EncoderConfiguration):
        import_module("lightgbm")
