"""Where the two tables come from, as typed parameters."""

from typing import Annotated, Literal

from pydantic import Field, RootModel

from sequence_learning.parameters import CompleteJourneyParameters, FlightsParameters, SyntheticParameters
from sequence_learning.tasks.parameters import TaskParameters


class KnownTruthParameters(TaskParameters):
    """Tables of a task whose best possible score is known: its ``name``, and its own options beside it."""

    source: Literal["task"]


class DataParameters(
    RootModel[
        Annotated[
            SyntheticParameters | FlightsParameters | CompleteJourneyParameters | KnownTruthParameters,
            Field(discriminator="source"),
        ]
    ]
):
    """One source and its options; ``source`` chooses."""
