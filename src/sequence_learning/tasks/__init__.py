"""Synthetic data sets whose best possible score is known, each a file of its own, and their one registry.

The tasks of ``TASKS`` keep the contract of :class:`~.base.KnownTruthTask`::

    truth = task_class("content_selected")().generate()   # tables, and the best possible prediction of every row

To add one: a file with a class (and a config, if it has options of its own), and a line here. The dummy data set of
the main job, :mod:`~.mixed`, is a mixture and stands apart; ``kedro run --env known_truth --params data.name=<name>``
runs the main job on one of these instead.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sequence_learning.tasks.base import KnownTruthTask

#: Name in configuration and results -> ``module:class``, in the order in which they are shown.
TASKS = {
    "order_free": "order_free:OrderFree",
    "linear_recency": "linear_recency:LinearRecency",
    "exponential_recency": "exponential_recency:ExponentialRecency",
    "position_profile": "position_profile:PositionProfile",
    "content_selected": "content_selected:ContentSelected",
    "local_motif": "local_motif:LocalMotif",
    "running_state": "running_state:RunningState",
    "long_range_pair": "long_range_pair:LongRangePair",
    "tabular_selects": "tabular_selects:TabularSelects",
    "irregular_time": "irregular_time:IrregularTime",
    "tabular_only": "tabular_only:TabularOnly",
    "pure_noise": "pure_noise:PureNoise",
}


def task_class(name: str) -> type["KnownTruthTask"]:
    """The class registered under ``name``.

    Raises:
        ValueError: if no task has that name.
    """
    if name not in TASKS:
        raise ValueError(f"a task must be registered, got {name!r}; use one of: {', '.join(TASKS)}")
    module, _, attribute = TASKS[name].partition(":")
    cls: type[KnownTruthTask] = getattr(import_module(f"{__name__}.{module}"), attribute)
    return cls
