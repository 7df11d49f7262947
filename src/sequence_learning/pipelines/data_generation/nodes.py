"""Nodes of the data generation pipeline."""

import pandas as pd

from sequence_learning.parameters import DataParameters, SchemaParameters, SyntheticParameters
from sequence_learning.sources.flights import read_flights
from sequence_learning.tasks.mixed import generate_mixed


def generate_tables(data: DataParameters, schema: SchemaParameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make ``entities`` and ``events`` from the chosen source."""
    if isinstance(data.root, SyntheticParameters):
        return generate_mixed(data.root, schema.task)
    return read_flights(data.root)
