"""Gradient-boosted trees with LightGBM, on tabular features alone or with summaries of the sequence beside them."""

from abc import abstractmethod
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import Field

from sequence_learning.baselines.base import Baseline, BaselineConfig, Round
from sequence_learning.baselines.summaries import ORDER_AWARE, ORDER_FREE, Summaries
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import Task

if TYPE_CHECKING:
    import lightgbm

Fraction = Annotated[float, Field(gt=0, le=1)]

_LOSSES: dict[Task, str] = {"regression": "l2", "binary": "binary_logloss", "multiclass": "multi_logloss"}


class BoostingConfig(BaselineConfig):
    """How the trees are grown, in LightGBM's own names where it has one.

    Attributes:
        learning_rate: how much of each tree counts.
        num_leaves: of each tree, at most.
        min_data_in_leaf: training rows in a leaf, at least; keeps trees small where there are few rows.
        feature_fraction: share of the columns that a tree may use, drawn by the seed.
        bagging_fraction: share of the training rows that a tree sees, drawn by the seed.
        lambda_l2: shrinks the leaves' values.
        n_rounds: trees (per class for multiclass), at most.
        patience: rounds without a better validation loss before fitting stops.
    """

    learning_rate: float = Field(0.03, gt=0)
    num_leaves: int = Field(10, ge=2)
    min_data_in_leaf: int = Field(20, ge=1)
    feature_fraction: Fraction = 0.5
    bagging_fraction: Fraction = 0.8
    lambda_l2: float = Field(10.0, ge=0)
    n_rounds: int = Field(2000, ge=1)
    patience: int = Field(100, ge=1)

    @property
    def most_rounds(self) -> int:
        """As configured."""
        return self.n_rounds


class AggregatesConfig(BoostingConfig):
    """The trees' options and those of the summaries.

    Attributes:
        last_k: newest steps whose values stand in the table one by one.
    """

    last_k: int = Field(8, ge=1)


class Boosting(Baseline):
    """Gradient-boosted decision trees (Ke et al., *LightGBM*, 2017, https://papers.nips.cc/paper/6907).

    Trees grow on the training rows until the validation loss stops falling; those up to its lowest value are kept.
    Columns of codes are split as categories.

    Attributes:
        trees: the model in LightGBM's text format.
        summaries: what the table holds of the sequence; nothing if missing.
    """

    config_class: ClassVar[type[BaselineConfig]] = BoostingConfig
    trees: str
    summaries: Summaries | None = None

    @classmethod
    @abstractmethod
    def _summaries(cls, model_input: ModelInput, config: BaselineConfig) -> Summaries | None:
        """What the table will hold of the sequence."""

    @classmethod
    def fit(
        cls,
        model_input: ModelInput,
        config: BaselineConfig,
        seed: int,
        on_round: Callable[[Round], None] = lambda record: None,
    ) -> tuple[Self, list[Round]]:
        """Grow trees."""
        import lightgbm

        assert isinstance(config, BoostingConfig)
        summaries = cls._summaries(model_input, config)
        train, validation = (_data_set(model_input, part, summaries) for part in ("train", "validation"))
        rounds: list[Round] = []

        def note(env: Any) -> None:  # noqa: ANN401
            losses = {name: loss for name, _, loss, *_ in env.evaluation_result_list}
            record = Round(
                seed=seed,
                round=env.iteration,
                train_loss_by_round=losses["train"],
                val_loss_by_round=losses["validation"],
            )
            rounds.append(record)
            on_round(record)

        booster = lightgbm.train(
            _lightgbm_parameters(config, model_input, seed),
            train,
            num_boost_round=config.n_rounds,
            valid_sets=[train, validation],
            valid_names=["train", "validation"],
            callbacks=[note, lightgbm.early_stopping(config.patience, verbose=False)],
        )
        trees = booster.model_to_string(num_iteration=booster.best_iteration)
        return cls(trees=trees, summaries=summaries), rounds  # type: ignore[call-arg]  # subclasses know their name

    def predict(self, model_input: ModelInput, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Add up the leaves."""
        import torch

        from sequence_learning.training.predict import to_predictions

        outputs = np.zeros((0, model_input.target_spec.n_outputs))
        if len(rows):
            table = _table(model_input, rows, self.summaries)
            raw = self._booster.predict(table, raw_score=True, num_threads=1)
            outputs = np.asarray(raw).reshape(len(rows), -1)
        return to_predictions(torch.from_numpy(outputs), model_input.target_spec)

    @cached_property
    def _booster(self) -> "lightgbm.Booster":
        import lightgbm
        from threadpoolctl import threadpool_limits

        # On macOS, LightGBM and PyTorch each bring an OpenMP, and threads of both in one process may crash it:
        # https://github.com/pytorch/pytorch/issues/191933. Reading trees takes no number of threads of its own.
        with threadpool_limits(1, user_api="openmp"):
            return lightgbm.Booster(model_str=self.trees)


class LightGbmTabular(Boosting):
    """Trees on the tabular features alone."""

    name: Literal["lightgbm_tabular"] = "lightgbm_tabular"

    @classmethod
    def _summaries(cls, model_input: ModelInput, config: BaselineConfig) -> None:
        return None


class LightGbmLength(Boosting):
    """Trees on the tabular features and the number of events, of which they know nothing else."""

    name: Literal["lightgbm_length"] = "lightgbm_length"

    @classmethod
    def _summaries(cls, model_input: ModelInput, config: BaselineConfig) -> Summaries:
        return Summaries()


class LightGbmOrderFree(Boosting):
    """Trees on the tabular features and on those summaries of the sequence that do not depend on the events' order."""

    name: Literal["lightgbm_order_free"] = "lightgbm_order_free"

    @classmethod
    def _summaries(cls, model_input: ModelInput, config: BaselineConfig) -> Summaries:
        return Summaries.fit(model_input, model_input.rows("train"), ORDER_FREE)


class LightGbmAggregates(Boosting):
    """Trees on the tabular features and on all summaries of the sequence: what a practitioner tries first."""

    config_class: ClassVar[type[BaselineConfig]] = AggregatesConfig
    name: Literal["lightgbm_aggregates"] = "lightgbm_aggregates"

    @classmethod
    def _summaries(cls, model_input: ModelInput, config: BaselineConfig) -> Summaries:
        assert isinstance(config, AggregatesConfig)
        return Summaries.fit(model_input, model_input.rows("train"), (*ORDER_FREE, *ORDER_AWARE), config.last_k)


def _lightgbm_parameters(config: BoostingConfig, model_input: ModelInput, seed: int) -> dict[str, object]:
    task = model_input.target_spec.task
    return {
        "objective": task,
        "num_class": model_input.target_spec.n_outputs,
        "metric": _LOSSES[task],
        "learning_rate": config.learning_rate,
        "num_leaves": config.num_leaves,
        "min_data_in_leaf": config.min_data_in_leaf,
        "feature_fraction": config.feature_fraction,
        "bagging_fraction": config.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": config.lambda_l2,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }


def _data_set(model_input: ModelInput, part: str, summaries: Summaries | None) -> "lightgbm.Dataset":
    """Rows of one part for LightGBM, which cuts all parts at the bins of the training part."""
    import lightgbm

    rows = model_input.rows(part)
    n_numeric, n_codes = model_input.numeric.shape[1], model_input.categorical.shape[1]
    categorical = list(range(n_numeric, n_numeric + n_codes))
    names = [f"numeric_{i}" for i in range(n_numeric)] + [f"categorical_{i}" for i in range(n_codes)]
    if summaries is not None:
        categorical += [len(names) + position for position in summaries.categorical]
        names += summaries.columns
    return lightgbm.Dataset(
        _table(model_input, rows, summaries),
        label=model_input.target[rows],
        feature_name=names or "auto",
        categorical_feature=categorical,
    )


def _table(model_input: ModelInput, rows: np.ndarray, summaries: Summaries | None) -> np.ndarray:
    """Tabular numbers, tabular codes, then the summaries; one column of zeros where that would be nothing."""
    parts = [model_input.numeric[rows], model_input.categorical[rows].astype(np.float32)]
    if summaries is not None:
        parts.append(summaries.table(model_input, rows))
    table = np.concatenate(parts, axis=1)
    return table if table.shape[1] else np.zeros((len(rows), 1), dtype=np.float32)
