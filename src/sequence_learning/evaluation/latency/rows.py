"""The test rows that costs are measured on, prepared and raw."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sequence_learning.features.events import Events, events_of
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.transformer import FeatureTransformer


def typical_rows(model_input: ModelInput, n: int) -> np.ndarray:
    """``n`` test rows at random, some more than once where there are fewer; a single one is of median length."""
    rows = model_input.rows("test")
    if n == 1:
        by_length = rows[np.argsort(model_input.lengths_of(rows), kind="stable")]
        return by_length[[len(by_length) // 2]]
    return np.random.default_rng(0).choice(rows, n, replace=n > len(rows))


@dataclass(frozen=True)
class RawTables:
    """What the features were made of.

    Attributes:
        entities: a row per row of the prepared features, in their order.
        events: of these entities.
        transformer: as it was fitted.
    """

    entities: pd.DataFrame
    events: Events
    transformer: FeatureTransformer

    def select(self, rows: np.ndarray) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Some entities and their events, as tables of their own.

        An entity that is chosen more than once becomes several: then all get numbers for names.
        """
        key = self.transformer.schema_.id
        entities = self.entities.iloc[rows]
        if entities[key].is_unique:
            return entities, events_of(self.events, key, entities[key])
        numbers = pd.DataFrame({key: entities[key].to_numpy(), "_number": np.arange(len(rows))})
        events = events_of(self.events, key, entities[key]).merge(numbers, on=key)
        return entities.assign(**{key: numbers["_number"].to_numpy()}), events.drop(columns=key).rename(
            columns={"_number": key}
        )

    def transform(self, entities: pd.DataFrame, events: pd.DataFrame) -> ModelInput:
        """Prepare what :meth:`select` gave."""
        return self.transformer.transform(entities, events, pd.Series(["test"] * len(entities)))
