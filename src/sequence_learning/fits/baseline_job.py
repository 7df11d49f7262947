"""Fits of baselines, and how they are stored: as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sequence_learning.atomic import written_whole
from sequence_learning.baselines import load_baseline
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.job import OnProgress
from sequence_learning.source_code import OF_A_BASELINE, fingerprint

if TYPE_CHECKING:
    from sequence_learning.baselines.fit import BaselineFit


@dataclass(frozen=True)
class BaselineJob:
    """One fit of a baseline.

    Attributes:
        parameters: its name and options.
        seed: of whatever is random.
    """

    parameters: BaselineParameters
    seed: int

    @property
    def model(self) -> str:
        """Name of the baseline."""
        return self.parameters.name

    @property
    def n_steps(self) -> int:
        """Rounds, at most."""
        return self.parameters.config.most_rounds

    def depends_on(self) -> dict[str, Any]:
        """Options and code."""
        return {
            "baseline": self.parameters.model_dump(mode="json"),
            "seed": self.seed,
            "code": fingerprint(*OF_A_BASELINE),
        }

    def run(self, model_input: ModelInput, file: Path, state_file: Path, on_progress: OnProgress) -> None:
        """Fit from the beginning: it takes seconds."""
        from sequence_learning.baselines.fit import fit_baseline

        write_baseline(file, fit_baseline(model_input, self.parameters, self.seed, on_progress))


def write_baseline(file: Path, result: "BaselineFit") -> None:
    """Store what a fit left behind."""
    stored = {
        "baseline": result.baseline.model_dump(mode="json"),
        "rounds": result.rounds,
        "costs": result.costs,
    }
    with written_whole(file, durable=True) as aside:
        aside.write_text(json.dumps(stored), encoding="utf-8")


def read_baseline(file: Path) -> "BaselineFit":
    """What :func:`write_baseline` stored."""
    from sequence_learning.baselines.fit import BaselineFit

    stored = json.loads(file.read_text(encoding="utf-8"))
    return BaselineFit(load_baseline(stored.pop("baseline")), **stored)
