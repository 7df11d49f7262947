"""One trial: a task, a model and a seed, scored against the best possible prediction on the same rows."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.evaluation.metrics import METRICS, score
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.split import split_entities
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import (
    EncoderParameters,
    FeatureParameters,
    ModelParameters,
    SplitParameters,
    TrainingParameters,
)
from sequence_learning.tasks.base import KnownTruth
from sequence_learning.tasks.parameters import TaskParameters
from sequence_learning.training.checkpoint import CheckpointConfig


@dataclass(frozen=True)
class Trial:
    """One model on one task with one seed, which draws the tables, splits them and starts the training.

    Attributes:
        task: its ``seed`` is replaced.
        model: name of the model in results.
        encoder: its configuration.
        rest: likewise of the rest of the model.
        training: its ``seeds`` and ``n_workers`` do not matter.
        split: its ``seed`` is replaced.
        features: how raw columns become numbers.
        seed: of everything that is random.
    """

    task: TaskParameters
    model: str
    encoder: EncoderParameters
    rest: ModelParameters
    training: TrainingParameters
    split: SplitParameters
    features: FeatureParameters
    seed: int

    @property
    def key(self) -> str:
        """A hash of all that the result depends on but the code; the name is not part of it."""
        parts = {
            "task": self.task.model_dump(mode="json") | {"seed": self.seed},
            "encoder": self.encoder.model_dump(mode="json"),
            "rest": self.rest.model_dump(mode="json"),
            "training": self.training.model_dump(mode="json", exclude={"seeds", "n_workers"}),
            "split": self.split.model_dump(mode="json") | {"seed": self.seed},
            "features": self.features.model_dump(mode="json"),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:24]


def run_trial(trial: Trial, on_epoch: Callable[[Mapping[str, Any]], None] = lambda record: None) -> dict[str, Any]:
    """Draw, train, score.

    Returns:
        ``task``, ``model``, ``seed``; ``metric`` and its values on test rows: ``score`` of the model, ``best`` of the
        Bayes-optimal prediction; ``attained``, see :func:`attained`; ``train_rows``; and the costs of the fit.
    """
    from sequence_learning.training.fit import fit, single_thread
    from sequence_learning.training.predict import original_target, predict

    truth, model_input = _prepared(*_data_of(trial))
    config = CheckpointConfig(
        seed=trial.seed,
        encoder=trial.encoder,
        model=trial.rest,
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    result = fit(model_input, config, trial.training, on_epoch)
    model, rows = result.checkpoint.load_model(), model_input.rows("test")
    with single_thread():
        columns = predict(model, model_input, rows)
    target = original_target(model_input, rows)
    task = model_input.target_spec.task
    metric = METRICS[task][0]
    own = score(task, pd.DataFrame({"target": target, **columns}))[metric]
    best = score(task, pd.DataFrame({"target": target, **_as_columns(truth.best[rows], task)}))[metric]
    return {
        "task": trial.task.name,
        "model": trial.model,
        "seed": trial.seed,
        "metric": metric,
        "score": own,
        "best": best,
        "attained": attained(metric, own, best),
        "train_rows": len(model_input.rows("train")),
        **{name: value for name, value in result.costs.items() if name != "seed"},
    }


def attained(metric: str, own: float, best: float) -> float | None:
    """Percent of the attainable: how far a score lies between knowing nothing (0) and the best possible (100).

    None where next to nothing is attainable.
    """
    nothing = {"r2": 0.0, "auc": 0.5}[metric]
    return None if best - nothing < 0.02 else 100 * (own - nothing) / (best - nothing)


def _as_columns(best: np.ndarray, task: str) -> dict[str, np.ndarray]:
    return {"prediction": best} if task == "regression" else {"p_0": 1 - best, "p_1": best}


def _data_of(trial: Trial) -> tuple[str, str, str]:
    task = TaskParameters.model_validate(trial.task.model_dump() | {"seed": trial.seed})
    split = trial.split.model_copy(update={"seed": trial.seed})
    return task.model_dump_json(), split.model_dump_json(), trial.features.model_dump_json()


@lru_cache(maxsize=1)
def _prepared(task_json: str, split_json: str, features_json: str) -> tuple[KnownTruth, ModelInput]:
    """Trials that follow each other in a process mostly share their tables."""
    task = TaskParameters.model_validate_json(task_json)
    truth, schema = task.build().generate(), task.schema_
    part = split_entities(truth.entities, schema.id, SplitParameters.model_validate_json(split_json))["part"]
    features = FeatureParameters.model_validate_json(features_json)
    training_rows = truth.entities[(part == "train").to_numpy()]
    transformer = FeatureTransformer.fit(training_rows, truth.events, schema, features)
    return truth, transformer.transform(truth.entities, truth.events, part)
