"""What encoders say of themselves: the weights of positions, and half-lives."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import torch

from sequence_learning.encoders.learned_decay import LearnedDecay
from sequence_learning.evaluation.interpretation.positions import batches, mean_by_position
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import ColumnName, FeatureNames
from sequence_learning.model import SequenceModel

WEIGHTS = ["position", "weight", "relative_weight"]
HALF_LIVES = ["channel", "half_life", "unit"]


def weights_by_position(model: SequenceModel, model_input: ModelInput, rows: np.ndarray) -> pd.DataFrame:
    """How much the step at each position counts, for an encoder that weighs steps.

    A weight that is a share of 1 falls with the length of the row, and only long rows have old positions. Times the
    length it says how much more a step counts than in a plain mean, and can be compared between positions.

    Returns:
        ``position`` (0 for the newest); ``weight`` and ``relative_weight`` (times the row's length, so 1 for a plain
        mean), means over the rows that have that position and over heads (half-lives of channels, for the learned
        decay). No rows where the encoder has no such weights.
    """
    pieces = []
    with torch.inference_mode():
        for batch in batches(model_input, rows):
            weights = model.step_weights(batch)
            if weights is None:
                return pd.DataFrame(columns=WEIGHTS)
            weight = weights.mean(dim=2, keepdim=True)
            pieces.append((torch.cat([weight, weight * batch.lengths[:, None, None]], dim=2), batch.lengths))
    means = mean_by_position(pieces, WEIGHTS[1:])
    by_name = means.pivot_table(index="position", columns="name", values="mean").rename_axis(columns=None)
    return by_name.reset_index().reindex(columns=WEIGHTS)


def list_half_lives(model: SequenceModel, names: FeatureNames) -> pd.DataFrame:
    """The half-lives of the learned decay.

    Returns:
        ``channel`` (a column of what the encoder is given: of a categorical channel, one number of its embedding),
        ``half_life`` and ``unit`` (``steps`` or ``time``); as many rows per channel as it has half-lives, and none for
        another encoder.
    """
    encoder = model.encoder
    if not isinstance(encoder, LearnedDecay):
        return pd.DataFrame(columns=HALF_LIVES)
    columns = step_names(names, model.event_embedding.widths)
    half_lives = encoder.half_lives.detach().double().numpy()
    return pd.DataFrame(
        {
            "channel": np.repeat([str(column) for column in columns], half_lives.shape[1]),
            "half_life": half_lives.flatten(),
            "unit": encoder.unit,
        }
    )


def step_names(names: FeatureNames, widths: Sequence[int]) -> list[ColumnName]:
    """Names of the numbers that an encoder is given of a step, where categories are embedded this wide."""
    return [*names.values, *embedded_names(names.codes, widths)]  # noqa: PD011  # no table


def embedded_names(names: Sequence[ColumnName], widths: Sequence[int]) -> list[ColumnName]:
    """Names of the numbers that categories are embedded in."""
    return [ColumnName(name.source, f"[{i}]") for name, width in zip(names, widths, strict=True) for i in range(width)]
