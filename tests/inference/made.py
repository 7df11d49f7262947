"""Raw tables, and bundles of untrained models that read them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference import Bundle
from sequence_learning.inference.bundle import inputs_of
from sequence_learning.inference.calibration import Calibration
from sequence_learning.parameters import EncoderParameters, FeatureParameters, ModelParameters, SchemaParameters, Task
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from tests.builders import SMALL

#: Events of the entities; those of the graph's example have 0, 1, 5 and 7.
LENGTHS = [0, 0, 1, 3, 40, 12, 0, 7, 2, 1, 5, 9]
LABELS: dict[Task, list[str]] = {"binary": ["no", "yes"], "multiclass": ["high", "low", "middle"]}


def raw_tables(task: Task = "regression", lengths: Sequence[int] = LENGTHS) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers with so many events, in no order; values of every kind are missing."""
    rng, n, n_events = np.random.default_rng(0), len(lengths), sum(lengths)
    customers = np.array([f"c{i}" for i in range(n)])
    entities = pd.DataFrame(
        {
            "customer": customers,
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.normal(40, 10, n)),
            "visits": rng.integers(0, 9, n),
            "country": rng.choice(np.array(["de", "fr", None], dtype=object), n),
            "asked": pd.Timestamp("2026-03-01"),
            "spent": rng.normal(100, 20, n) if task == "regression" else np.resize(np.array(LABELS[task]), n),
        }
    )
    events = pd.DataFrame(
        {
            "customer": np.repeat(customers, lengths),
            "at": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 80_000, n_events), unit="min"),
            "amount": np.where(rng.random(n_events) < 0.1, np.nan, rng.normal(5, 2, n_events)),
            "shop": rng.integers(1, 4, n_events),
        }
    )
    return entities, events.sample(frac=1, random_state=0)


def customers_schema(task: Task = "regression", *, timed: bool = True) -> SchemaParameters:
    times = {"time": "at", "prediction_time": "asked"} if timed else {}
    roles = {
        "id": "customer", "target": "spent", "task": task, "numeric": ["age", "visit*"], "categorical": ["country"],
        "order": "at", "channels": ["amount"], "categorical_channels": ["shop"],
    }  # fmt: skip
    return SchemaParameters.model_validate(roles | times)


def fitted_transformer(task: Task = "regression", *, timed: bool = True) -> FeatureTransformer:
    periods = (7.0,) if timed else ()
    return FeatureTransformer.fit(
        *raw_tables(task), customers_schema(task, timed=timed), FeatureParameters(periods=periods)
    )


def random_checkpoint(transformer: FeatureTransformer, encoder: str, **options: Any) -> Checkpoint:
    """A model whose weights are all random, those that start at zero included."""
    import torch

    torch.manual_seed(0)
    weighing = {"unit": "time", "shortest": 0.5, "longest": 4.0}
    chosen = weighing if encoder == "learned_decay" and transformer.event_time else SMALL[encoder]
    config = CheckpointConfig(
        seed=3,
        encoder=EncoderParameters(name=encoder, **chosen),
        model=ModelParameters(d_tabular=8, d_head=8, n_members=3, **options),
        spec=transformer.spec,
        target_spec=transformer.target,
    )
    model = config.build_model()
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight), alpha=0.1)
    return Checkpoint(config, {name: weight.numpy() for name, weight in model.state_dict().items()})


def small_calibration(task: Task) -> Calibration:
    return Calibration(coverage=0.9, half_width=12.5) if task == "regression" else Calibration(temperature=1.7)


def packed(
    task: Task = "regression", encoder: str = "statistical_aggregation", *, timed: bool = True, **options: Any
) -> tuple[Bundle, Checkpoint]:
    """A bundle, and the model in it."""
    transformer = fitted_transformer(task, timed=timed)
    checkpoint = random_checkpoint(transformer, encoder, **options)
    inputs = inputs_of(transformer, *raw_tables(task))
    return Bundle.pack(checkpoint, transformer, small_calibration(task), data="customers", inputs=inputs), checkpoint
