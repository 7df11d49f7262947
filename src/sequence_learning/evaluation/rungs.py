"""What a model knows of the data: the rungs of a ladder, each knowing more than the one before."""

from typing import Literal, get_args

from sequence_learning.baselines.base import Baseline
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.parameters import EncoderParameters
from sequence_learning.spec import InputSpec

Rung = Literal["mean", "tabular", "length", "order_free", "order_aware", "time_aware"]

#: From nothing but the training targets to the times of events.
RUNGS: tuple[Rung, ...] = get_args(Rung)

#: Rungs whose models do not look at the sequence.
BLIND_TO_EVENTS: tuple[Rung, ...] = ("mean", "tabular")

_BASELINES: dict[str, Rung] = {
    "predict_the_mean": "mean",
    "lightgbm_tabular": "tabular",
    "lightgbm_length": "length",
    "lightgbm_order_free": "order_free",
    "lightgbm_aggregates": "order_aware",
}


def rung_of(model: EncoderParameters | BaselineParameters | Baseline, spec: InputSpec) -> Rung:
    """What the model knows, trained on features of this shape.

    Whatever reads the events' own values is aware of time as soon as some of them are made of times.
    """
    if isinstance(model, EncoderParameters):
        rung, needs_ages = _rung_of_encoder(model), model.config.needs_ages
    else:
        rung, needs_ages = _BASELINES[model.name], False
    reads_events = rung in {"order_free", "order_aware"}
    return "time_aware" if reads_events and (needs_ages or spec.n_time_channels) else rung


def _rung_of_encoder(encoder: EncoderParameters) -> Rung:
    if encoder.name == "tabular_only":
        return "tabular"
    return "order_free" if encoder.config.order_free else "order_aware"
