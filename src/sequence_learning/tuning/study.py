"""A search on disk: one Optuna study in a journal of its own, which only one process writes to."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sequence_learning.fits.configuration import nested
from sequence_learning.tuning.errors import TuningError
from sequence_learning.tuning.plan import Search
from sequence_learning.tuning.space import decode

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

#: How a trial ended: with a score; behind the others; out of CPU-seconds; with an error, or without a finite loss or
#: score; or with the process, in which case it is repeated.
State = Literal["complete", "pruned", "cut_off", "failed", "interrupted"]

#: Seconds in which the workers of a run that was killed have noticed.
_PATIENCE = 30

#: Names under which a trial keeps its CPU-seconds so far, its loss, and how it ended where Optuna has no word for it.
SECONDS, LOSS, ENDED = "cpu_seconds", "loss", "ended"


def journal_of(folder: Path, search: Search) -> Path:
    """Where a search is kept."""
    return folder / f"{search.model}_{search.seed}_{search.key}.jsonl"


@contextmanager
def owned(folder: Path, search: Search) -> Iterator[Path]:
    """The journal of a search, for this process alone; the system lets go of it when the process ends, however it does.

    Raises:
        TuningError: if another process is at it.
    """
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    journal = journal_of(folder, search)
    try:
        with FileLock(journal.with_suffix(".owner"), timeout=_PATIENCE):
            yield journal
    except Timeout as error:
        raise TuningError(
            f"a search belongs to one run at a time, but another is at {journal}; wait for it, or end it"
        ) from error


@contextmanager
def owned_study(folder: Path, search: Search) -> Iterator["Study"]:
    """The study of a search, new or as far as it has come, for this process alone to go on with.

    A trial that a killed process had begun has failed.

    Raises:
        TuningError: if another process is at it.
    """
    from optuna import create_study
    from optuna.trial import TrialState

    with owned(folder, search) as journal:
        _cut_torn_line(journal)
        study = create_study(
            study_name=search.key, storage=_storage(journal), direction="maximize", load_if_exists=True
        )
        for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
            study.tell(trial.number, state=TrialState.FAIL)
        yield study


def records_of(folder: Path, search: Search) -> list[dict[str, Any]]:
    """What is known of a search: a record per trial that has ended.

    Returns:
        ``model``, ``search`` (its seed), ``trial`` (from 0), ``state``, ``score`` and ``loss`` on the validation rows
        (NaN unless complete), ``cpu_seconds``, ``options`` (what differs from the configuration may be the same; JSON).
    """
    from optuna import load_study

    journal = journal_of(folder, search)
    if not journal.exists():
        return []
    try:
        study = load_study(study_name=search.key, storage=_storage(journal))
    except KeyError:  # killed before anything was written
        return []
    return [_record(search, trial) for trial in study.get_trials(deepcopy=False) if trial.state.is_finished()]


def state_of(trial: "FrozenTrial") -> State:
    """How a trial ended."""
    from optuna.trial import TrialState

    if trial.state == TrialState.COMPLETE:
        return "complete"
    ended: State = trial.user_attrs.get(ENDED, "interrupted")
    # Killed between the two entries that end a trial: it has not been told, so it is repeated.
    consistent = {TrialState.PRUNED: ("pruned", "cut_off"), TrialState.FAIL: ("failed",)}[trial.state]
    return ended if ended in consistent else "interrupted"


def _record(search: Search, trial: "FrozenTrial") -> dict[str, Any]:
    state = state_of(trial)
    return {
        "model": search.model,
        "search": search.seed,
        "trial": trial.number,
        "state": state,
        "score": trial.value if state == "complete" else np.nan,
        "loss": trial.user_attrs[LOSS] if state == "complete" else np.nan,
        "cpu_seconds": trial.user_attrs.get(SECONDS, 0.0),
        "options": json.dumps(nested(decode(search.space, trial.params))),
    }


def _storage(journal: Path) -> Any:  # noqa: ANN401
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    return JournalStorage(JournalFileBackend(str(journal), lock_obj=_no_lock()))


def _no_lock() -> Any:  # noqa: ANN401
    """Optuna's own lock is a file that a killed process leaves behind, and for which the next one waits."""
    from optuna.storages.journal import JournalFileOpenLock

    class NoLock(JournalFileOpenLock):
        def acquire(self) -> bool:
            return True

        def release(self) -> None:
            pass

    return NoLock("")


def _cut_torn_line(journal: Path) -> None:
    """Forget an entry that a killed process had half written; Optuna would refuse all that follow."""
    if journal.exists():
        written = journal.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        if len(whole) < len(written):
            journal.write_bytes(whole)
