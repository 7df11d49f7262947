"""An untrained model of small tables, bundled, and new tables for it to score."""

from contextlib import nullcontext
from functools import cache
from unittest.mock import patch

import numpy as np
import pandas as pd
import torch

from sequence_learning import exported_model
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.inference.bundle import Bundle, inputs_of
from sequence_learning.inference.calibration import Calibration
from sequence_learning.parameters import EncoderParameters, FeatureParameters, ModelParameters, SchemaParameters, Task
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from tests.builders import SMALL


def tables(n_rows: int = 40, seed: int = 0, most: int = 6) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Entities with up to ``most`` events each, the first, fourth, ... without any; events are in disorder."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"customer {k}" for k in rng.permutation(n_rows)])
    lengths = rng.integers(1, most + 1, n_rows)
    lengths[::3] = 0
    owners = rng.permutation(np.repeat(ids, lengths))
    entities = pd.DataFrame(
        {
            "id": ids,
            "asked_at": np.full(n_rows, 20.0),
            "size": np.where(rng.random(n_rows) < 0.2, np.nan, rng.normal(size=n_rows)),
            "shop": rng.choice(["x", "y", "z"], n_rows),
            "y": rng.normal(size=n_rows),
        }
    )
    events = pd.DataFrame(
        {
            "id": owners,
            "at": rng.integers(0, 20, len(owners)).astype(float),  # some at the same time: their order must stay
            "price": rng.normal(size=len(owners)),
            "kind": rng.choice(["u", "v"], len(owners)),
        }
    )
    return entities, events


@cache
def bundle(task: Task = "regression") -> Bundle:
    """With random weights and time channels; for classes without an ONNX graph."""
    schema = SchemaParameters.model_validate(
        {
            "id": "id", "target": "y", "task": task, "numeric": ["size"], "categorical": ["shop"], "order": "at",
            "time": "at", "prediction_time": "asked_at", "channels": ["price"], "categorical_channels": ["kind"],
        }
    )  # fmt: skip
    entities, events = tables()
    if task != "regression":
        entities["y"] = entities["y"].rank().mod(2 if task == "binary" else 3).map({0: "no", 1: "yes", 2: "maybe"})
    transformer = FeatureTransformer.fit(entities, events, schema, FeatureParameters())
    config = CheckpointConfig(
        seed=0,
        encoder=EncoderParameters(name="gru", **SMALL["gru"]),
        model=ModelParameters(d_tabular=8, d_head=8),
        spec=transformer.spec,
        target_spec=transformer.target,
    )
    torch.manual_seed(0)
    checkpoint = Checkpoint(config, {name: w.numpy() for name, w in config.build_model().state_dict().items()})
    calibration = Calibration(coverage=0.9, half_width=1.5) if task == "regression" else Calibration(temperature=1.3)
    inputs = inputs_of(transformer, entities, events)
    # An export takes seconds, and one task is enough for what is done with it here.
    with nullcontext() if task == "regression" else patch(f"{exported_model.__name__}.export_model", return_value=b""):
        return Bundle.pack(checkpoint, transformer, calibration, data="shops", inputs=inputs)
