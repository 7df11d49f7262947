"""What a claim is made of."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from sequence_learning.diagnosis.markdown import words
from sequence_learning.diagnosis.matrix import half_width
from sequence_learning.diagnosis.parameters import ClaimsParameters
from sequence_learning.diagnosis.plan import Bench
from sequence_learning.diagnosis.timing import Timings
from sequence_learning.diagnosis.trial import Trial

Verdict = Literal["confirmed", "not confirmed", "depends"]

#: Trials by the name of what is compared, one per seed.
Arms = dict[str, list[Trial]]


@dataclass(frozen=True)
class Evidence:
    """What has been measured for one claim.

    Attributes:
        arms: rows of :func:`~sequence_learning.diagnosis.measure.measure` by the name of the arm, one per seed.
        timings: cost against length, shared by all claims.
        parameters: sizes of the experiments.
    """

    arms: Mapping[str, pd.DataFrame]
    timings: Timings
    parameters: ClaimsParameters

    def mean(self, arm: str, column: str = "attained") -> float:
        """Mean over seeds: percent of the attainable, or another column; NaN if there is none."""
        rows = self.arms[arm]
        return float(rows[column].mean()) if column in rows else float("nan")

    def shown(self, *arms: str) -> str:
        """Percent of the attainable of some arms in words, with 95% intervals over seeds; of all, if none is named."""
        return "; ".join(f"{words(arm)} {percent(self.arms[arm]['attained'])}" for arm in arms or self.arms)


@dataclass(frozen=True)
class Claim:
    """A statement about an approach, and the experiment that decides it.

    Attributes:
        approach: whom it is about.
        statement: what is said.
        experiment: what was done, in a sentence.
        judge: the figure and the verdict, from the evidence.
        arms: what is trained; nothing for a claim about time.
    """

    approach: str
    statement: str
    experiment: str
    judge: Callable[[Evidence], tuple[str, Verdict]]
    arms: Callable[[Bench, ClaimsParameters], Arms] = lambda bench, parameters: {}


def confirmed_if(condition: bool) -> Verdict:
    """The verdict on a claim that is either so or not."""
    return "confirmed" if condition else "not confirmed"


def by_cases(cases: Iterable[bool]) -> Verdict:
    """The verdict on a claim that was tried in several cases: it depends where it holds in some of them only."""
    held = list(cases)
    return "confirmed" if all(held) else "depends" if any(held) else "not confirmed"


def percent(values: "pd.Series[float]") -> str:
    """A mean with the 95% interval over seeds, if there are several."""
    width = half_width(values)
    return f"{values.mean():.1f}%" + ("" if pd.isna(width) else f" ± {width:.1f}")
