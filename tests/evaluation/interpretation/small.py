"""Models whose weights are set by hand, so that what they look at is known."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import ColumnName, FeatureNames
from sequence_learning.parameters import EncoderParameters, ModelParameters
from sequence_learning.training.checkpoint import Checkpoint, CheckpointConfig
from tests.builders import make_model_input

#: Columns that stand in the encoding of :func:`reader` as they are.
LAST = {"name": "statistical_aggregation", "statistics": ["last"]}


def names_of(model_input: ModelInput) -> FeatureNames:
    """``channel_0``, ``channel_1``, ... ``code_0``, ... ``number_0``, ... ``category_0``, ..."""
    spec = model_input.spec
    return FeatureNames(
        values=tuple(ColumnName(f"channel_{i}") for i in range(spec.n_channels)),
        codes=tuple(ColumnName(f"code_{i}") for i in range(len(spec.event_categories))),
        numeric=tuple(ColumnName(f"number_{i}") for i in range(spec.n_numeric)),
        categorical=tuple(ColumnName(f"category_{i}") for i in range(len(spec.categories))),
    )


def reader(
    model_input: ModelInput,
    encoding: dict[int, float],
    encoder: dict[str, Any] | None = None,
    seed: int = 0,
    **model: Any,
) -> Checkpoint:
    """A model whose output is a weighted sum of some numbers of the encoding, and of nothing else."""
    config = CheckpointConfig(
        seed=seed,
        encoder=EncoderParameters.model_validate(encoder or LAST),
        model=ModelParameters(**({"d_tabular": 8, "d_head": 8} | model)),
        spec=model_input.spec,
        target_spec=model_input.target_spec,
    )
    torch.manual_seed(seed)
    built = config.build_model()
    weights = {name: tensor.numpy().copy() for name, tensor in built.state_dict().items()}
    for name in ("head.0.weight", "head.0.bias", "head.3.weight", "head.3.bias"):
        weights[name][:] = 0
    first = built.fusion.d_out - built.fusion.d_encoding
    for column, weight in encoding.items():
        # What is above zero and what is below go through a hidden unit each.
        weights["head.0.weight"][:2, first + column] = [weight, -weight]
    weights["head.3.weight"][0, :2] = [1, -1]
    weights["encoding_norm.running_var"][:] = 1 - 1e-5
    return Checkpoint(config, weights)


def newest_reading(model_input: ModelInput, channel: int) -> ModelInput:
    """The target is that channel's newest reading; every row has events."""
    newest = model_input.offsets[1:] - 1
    return replace(model_input, target=model_input.values[newest, channel])


def with_events(n_rows: int = 60, **changes: Any) -> ModelInput:
    """Rows of one to six events."""
    lengths = np.random.default_rng(1).integers(1, 7, n_rows).tolist()
    return make_model_input(lengths=lengths, **changes)
