"""Nodes of the data generation pipeline."""

import logging

import pandas as pd

from sequence_learning.parameters import (
    CompleteJourneyParameters,
    FlightsParameters,
    SchemaParameters,
    SyntheticParameters,
)
from sequence_learning.pipelines.data_generation.parameters import DataParameters
from sequence_learning.sources.complete_journey import read_complete_journey
from sequence_learning.sources.flights import read_flights
from sequence_learning.tasks.base import KnownTruthTask
from sequence_learning.tasks.ceiling import attainable
from sequence_learning.tasks.mixed import generate_mixed

logger = logging.getLogger(__name__)


def generate_tables(data: DataParameters, schema: SchemaParameters) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Make ``entities`` and ``events`` from the chosen source."""
    source = data.root
    if isinstance(source, SyntheticParameters):
        return generate_mixed(source, schema.task)
    if isinstance(source, FlightsParameters):
        return read_flights(source)
    if isinstance(source, CompleteJourneyParameters):
        return read_complete_journey(source)
    return _generate_task(source.build())


def _generate_task(task: KnownTruthTask) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables; what could be attained on them is logged, since they do not tell."""
    truth = task.generate()
    scores = ", ".join(f"{name} {value:.3f}" for name, value in attainable(truth, task.config.target).items())
    logger.info("The best possible score on these tables, in expectation, is %s, see %s", scores, type(task).__module__)
    return truth.entities, truth.events
