"""What became of the fits of a run, as tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from sequence_learning.encoders import ENCODERS
from sequence_learning.fits.store import FitStore

if TYPE_CHECKING:
    from sequence_learning.fits.queue import Outcome


class FitsFailedError(RuntimeError):
    """Fits failed. The message says which, and why."""


def tabulate(outcomes: "Sequence[Outcome]") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Models that are whole, and fits that failed.

    Returns:
        Columns ``model``, ``seed``, ``key`` of models that were fitted with every seed: others cannot be compared over
        seeds. Columns ``model``, ``seed``, ``reason`` of fits that failed.

    Raises:
        FitsFailedError: if no encoder, or no model where there are no encoders, was fitted with every seed.
    """
    failures = failures_of(outcomes)
    models = {o.model for o in outcomes}
    if not (models & set(ENCODERS) or models) - set(failures["model"]):
        raise FitsFailedError(
            f"nothing can be compared, because no model was fitted with every seed; {describe(failures)}"
        )
    return whole_models(outcomes), failures


def whole_models(outcomes: "Sequence[Outcome]") -> pd.DataFrame:
    """Fits of models none of whose fits failed: ``model``, ``seed``, ``key``."""
    broken = {o.model for o in outcomes if o.failure is not None}
    whole = [(o.model, o.seed, o.key) for o in outcomes if o.model not in broken]
    return pd.DataFrame(whole, columns=["model", "seed", "key"])


def failures_of(outcomes: "Sequence[Outcome]") -> pd.DataFrame:
    """Fits that failed: ``model``, ``seed``, ``reason``."""
    failed = [(o.model, o.seed, o.failure) for o in outcomes if o.failure is not None]
    return pd.DataFrame(failed, columns=["model", "seed", "reason"])


def files_of(model: str, fits: pd.DataFrame, store: FitStore) -> list[Path]:
    """The fits of a model, in the order of its seeds; none if one of them failed."""
    own = fits[fits["model"] == model]
    return [store.file(key) for key in own["key"]]


def left_out(failures: pd.DataFrame) -> list[str]:
    """The models of fits that failed."""
    return list(dict.fromkeys(failures["model"]))


def describe(failures: pd.DataFrame) -> str:
    """Which fits failed, and why."""
    seeds: dict[tuple[str, str], list[str]] = {}
    for row in failures.to_dict("records"):
        seeds.setdefault((row["model"], row["reason"]), []).append(str(row["seed"]))
    return "; ".join(f"{model} with seed {', '.join(own)}: {reason}" for (model, reason), own in seeds.items())
