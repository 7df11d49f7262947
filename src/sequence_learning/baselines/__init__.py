"""What encoders are compared with: models that are no neural networks, and the one registry of them.

A baseline keeps the contract of :class:`~.base.Baseline` and goes through the same splits, seeds, metrics, leaderboard
and MLflow runs as an encoder::

    fitted, rounds = LightGbmTabular.fit(model_input, BoostingConfig(), seed=0)
    fitted.predict(model_input, model_input.rows("test"))   # {"prediction": (N,)}

To add one: a file with a config and a class, a line in ``BASELINES``, a block in
``conf/base/parameters_baselines.yml``.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sequence_learning.baselines.base import Baseline

#: Name in configuration, results and MLflow -> ``module:class``; text, so that nothing heavy is imported to list them.
BASELINES = {
    "predict_the_mean": "predict_the_mean:PredictTheMean",
    "lightgbm_tabular": "boosting:LightGbmTabular",
    "lightgbm_length": "boosting:LightGbmLength",
    "lightgbm_order_free": "boosting:LightGbmOrderFree",
    "lightgbm_aggregates": "boosting:LightGbmAggregates",
}


def baseline_class(name: str) -> type["Baseline"]:
    """The class registered under ``name``.

    Raises:
        ValueError: if no baseline has that name.
    """
    if name not in BASELINES:
        raise ValueError(f"a baseline must be registered, got {name!r}; use one of: {', '.join(BASELINES)}")
    module, _, attribute = BASELINES[name].partition(":")
    cls: type[Baseline] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return cls


def load_baseline(stored: dict[str, Any]) -> "Baseline":
    """A fitted baseline from its JSON, which says its name."""
    return baseline_class(stored["name"]).model_validate(stored)
