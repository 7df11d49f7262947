"""Prepared features of a stream of events."""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
import pyarrow.dataset as pads

from sequence_learning.features.columns import input_columns
from sequence_learning.features.events import chunks
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import StreamParameters

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeatureStream:
    """Features of consecutive rows, prepared while it is iterated.

    Attributes:
        transformer: as it was fitted.
        entities: all rows.
        events: theirs.
        part: ``train``, ``validation`` or ``test`` for each row.
        stream: how much is in memory at once.
    """

    transformer: FeatureTransformer
    entities: pd.DataFrame
    events: pads.Dataset
    part: "pd.Series[str]"
    stream: StreamParameters

    @property
    def window_mb(self) -> float:
        """How much of the prepared events is to be in memory at once, in a million bytes."""
        return self.stream.window_mb

    def __iter__(self) -> Iterator[ModelInput]:
        schema, columns, unknown = self.transformer.schema_, self.transformer.columns, Counter[str]()
        _, of_events = input_columns(columns, schema)
        with chunks(self.entities, self.events, schema.id, of_events, self.stream) as pieces:
            for rows, events in pieces:
                unknown.update(self.transformer.unseen(self.entities.iloc[:0], events))
                yield self.transformer.transform(self.entities.iloc[rows], events, self.part.iloc[rows])
        for name, n_events in unknown.items():
            if n_events:
                logger.warning(
                    "events %r: %s have a category that was not in the sample of training rows, so it is unknown to "
                    "all models; raise features.stream.sample_events, if it is no new one",
                    name,
                    f"{n_events:,}",
                )
