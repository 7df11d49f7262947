"""One trial: a task, a model and a seed, scored against the best possible prediction on the same rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from sequence_learning.evaluation.held_out import score_part
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import PARTS
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.metrics import METRICS, score
from sequence_learning.parameters import (
    EncoderParameters,
    FeatureParameters,
    ModelParameters,
    Task,
    TrainingParameters,
)
from sequence_learning.tasks.base import KnownTruth
from sequence_learning.tasks.parameters import TaskParameters
from sequence_learning.training.checkpoint import CheckpointConfig

#: How raw columns become numbers in every trial, whatever the configuration says of the data.
FEATURES = FeatureParameters()
#: Score of knowing nothing, by metric.
NOTHING = {"r2": 0.0, "auc": 0.5}


class Rows(BaseModel):
    """How many entities train, stop the training early, and test."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: int = Field(ge=2)
    validation: int = Field(ge=1)
    test: int = Field(ge=10)

    @property
    def total(self) -> int:
        """All of them."""
        return self.train + self.validation + self.test


class Trial(BaseModel):
    """One model on one task with one seed, which draws the tables and starts the training.

    Attributes:
        task: its ``num_samples`` and ``seed`` are replaced.
        rows: sizes.
        name: of the model, in results.
        encoder: its configuration.
        model: likewise of the rest of the model.
        training: its ``seeds`` and ``n_workers`` do not matter.
        seed: of everything that is random.
        outlier: where given, the model is also scored on test rows in each of which one event reads this number in
            every channel, before anything is scaled.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    task: TaskParameters
    rows: Rows
    name: str
    encoder: EncoderParameters
    model: ModelParameters
    training: TrainingParameters
    seed: int = Field(ge=0)
    outlier: float | None = None

    @property
    def title(self) -> str:
        """For a progress bar."""
        return f"{self.task.name} {self.name}, {self.rows.train} rows, seed {self.seed}"


def run_trial(trial: Trial, on_epoch: Callable[[Mapping[str, Any]], None] = lambda record: None) -> dict[str, Any]:
    """Draw, train, score.

    Returns:
        ``task``, ``model`` and ``seed``; ``metric`` and its values on test rows: ``score`` of the model, ``best`` of
        the Bayes-optimal prediction, ``score_with_outliers`` where asked for; the costs of the fit; and what the model
        has learned beside the truth (:func:`~sequence_learning.diagnosis.explanation.explain`), if it can be read. It
        can be written as JSON.
    """
    from sequence_learning.diagnosis.explanation import explain
    from sequence_learning.training.fit import fit

    data = _draw(trial.task.model_dump_json(), trial.rows, trial.seed)
    truth, model_input = data.truth, data.model_input
    config = CheckpointConfig(
        seed=trial.seed,
        encoder=trial.encoder,
        model=trial.model,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    result = fit(model_input, config, trial.training, on_epoch)
    model, rows, task = result.checkpoint.load_model(), model_input.rows("test"), model_input.target_spec.task
    metric = METRICS[task][0]
    best = pd.DataFrame({"target": truth.entities["target"][rows], **_as_columns(task, truth.best[rows])})
    outcome: dict[str, Any] = {
        "task": trial.task.name,
        "model": trial.name,
        "seed": trial.seed,
        "metric": metric,
        "score": score_part(model, model_input, "test")[metric],
        "best": score(task, best)[metric],
        "train_rows": trial.rows.train,
        **{name: value for name, value in result.costs.items() if name != "seed"},
    }
    if trial.outlier is not None:
        outcome["score_with_outliers"] = score_part(model, data.with_outliers(trial.outlier, trial.seed), "test")[
            metric
        ]
    return outcome | explain(trial.task.build(), truth, model, model_input)


def attained(metric: str, own: float, best: float) -> float | None:
    """Percent of the attainable: where a score lies between knowing nothing (0) and the best possible (100).

    None where next to nothing can be attained.
    """
    nothing = NOTHING[metric]
    return None if best - nothing < 0.02 else 100 * (own - nothing) / (best - nothing)


def _as_columns(task: Task, best: np.ndarray) -> dict[str, np.ndarray]:
    return {"prediction": best} if task == "regression" else {"p_0": 1 - best, "p_1": best}


@dataclass(frozen=True)
class _Data:
    """Tables of one draw, and what has been made of them."""

    truth: KnownTruth
    part: "pd.Series[str]"
    transformer: FeatureTransformer
    model_input: ModelInput

    def with_outliers(self, size: float, seed: int) -> ModelInput:
        """Features where one event of every entity that has any reads ``size`` in all numeric channels."""
        events = self.truth.events.copy()
        chosen = events.groupby("id").sample(1, random_state=seed).index
        events.loc[chosen, events.filter(like="channel_").columns] = size
        return self.transformer.transform(self.truth.entities, events, self.part)


@lru_cache(maxsize=1)  # trials that follow each other in a process mostly share their tables
def _draw(task_json: str, rows: Rows, seed: int) -> _Data:
    task = TaskParameters.model_validate_json(task_json)
    sized = TaskParameters.model_validate(task.model_dump() | {"num_samples": rows.total, "seed": seed})
    truth, schema = sized.build().generate(), sized.schema_
    # Entities are independent of each other, so the first may train and the last be tested.
    part = pd.Series(np.repeat(PARTS, [rows.train, rows.validation, rows.test]))
    training_rows = truth.entities[(part == "train").to_numpy()]
    transformer = FeatureTransformer.fit(training_rows, truth.events, schema, FEATURES)
    return _Data(truth, part, transformer, transformer.transform(truth.entities, truth.events, part))
