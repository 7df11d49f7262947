"""Nodes of the prediction pipeline."""

from typing import Any

import pyarrow.dataset as pads

from sequence_learning.inference.bundle import Bundle
from sequence_learning.inference.ordered_tables import Table
from sequence_learning.inference.parameters import PredictParameters
from sequence_learning.inference.scoring import Scores
from sequence_learning.io.table_stream_dataset import summary_of


def score_tables(bundle: Bundle, entities: Table, events: Table, predict: PredictParameters) -> Scores:
    """Predictions in batches; they are computed while they are saved."""
    return Scores(bundle.within(predict.runtime), entities, events, predict)


def summarise_scoring(scored: pads.Dataset) -> dict[str, Any]:
    """What was met while scoring."""
    return summary_of(scored)
