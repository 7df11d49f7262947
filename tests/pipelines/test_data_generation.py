"""Each source gives the tables that its own function makes; a task also says what can be attained on them."""

import logging
from typing import Any

import pandas as pd
import pytest

from sequence_learning.parameters import (
    CompleteJourneyParameters,
    FlightsParameters,
    SchemaParameters,
    SyntheticParameters,
)
from sequence_learning.pipelines.data_generation.nodes import generate_tables
from sequence_learning.pipelines.data_generation.parameters import DataParameters
from sequence_learning.sources.complete_journey import read_complete_journey
from sequence_learning.sources.flights import read_flights
from sequence_learning.tasks import TASKS
from sequence_learning.tasks.mixed import generate_mixed
from sequence_learning.tasks.parameters import TaskParameters
from tests.builders import shipped_parameters

Tables = tuple[pd.DataFrame, pd.DataFrame]
SYNTHETIC = {
    "source": "synthetic", "num_samples": 60, "min_length": 0, "max_length": 5, "num_channels": 2,
    "num_tabular": 1, "noise": 0.2, "seed": 0,
}  # fmt: skip
FLIGHTS = {"source": "flights", "num_samples": 60, "hours": 3, "lag": 2, "seed": 0}
COMPLETE_JOURNEY = {"source": "complete_journey", "num_households": 20, "seed": 0}
SMALL = {"num_samples": 60, "max_length": 9, "seed": 3}


def tables_of(data: dict[str, Any], task: str = "regression") -> Tables:
    schema = {"id": "id", "target": "target", "task": task, "order": "step", "channels": ["channel_*"]}
    return generate_tables(DataParameters.model_validate(data), SchemaParameters.model_validate(schema))


def assert_same(tables: Tables, others: Tables) -> None:
    for table, other in zip(tables, others, strict=True):
        pd.testing.assert_frame_equal(table, other)


def test_the_dummy_data_have_the_schemas_kind_of_target() -> None:
    assert_same(tables_of(SYNTHETIC, "binary"), generate_mixed(SyntheticParameters.model_validate(SYNTHETIC), "binary"))


def test_flights_are_read() -> None:
    assert_same(tables_of(FLIGHTS), read_flights(FlightsParameters.model_validate(FLIGHTS)))


def test_baskets_are_read() -> None:
    parameters = CompleteJourneyParameters.model_validate(COMPLETE_JOURNEY)
    assert_same(tables_of(COMPLETE_JOURNEY), read_complete_journey(parameters))


@pytest.mark.parametrize("target", ["regression", "binary"])
@pytest.mark.parametrize("name", TASKS)
def test_a_tasks_tables_are_drawn_with_its_options(name: str, target: str) -> None:
    options = {"name": name, "target": target} | SMALL
    truth = TaskParameters.model_validate(options).build().generate()

    assert_same(tables_of({"source": "task"} | options, target), (truth.entities, truth.events))


@pytest.mark.parametrize(
    ("options", "best"),
    [
        ({"name": "running_state", "noise": 0.3}, "r2 0.700, see sequence_learning.tasks.running_state"),
        ({"name": "pure_noise"}, "r2 0.000, see sequence_learning.tasks.pure_noise"),
        (
            {"name": "order_free", "target": "binary", "noise": 0.0},
            "auc 1.000, average_precision 1.000, accuracy 1.000, see sequence_learning.tasks.order_free",
        ),
    ],
)
def test_what_can_be_attained_is_logged(options: dict[str, Any], best: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "sequence_learning"):
        tables_of({"source": "task"} | SMALL | options)

    assert caplog.messages == [f"The best possible score on these tables, in expectation, is {best}"]


def columns_of(schema: Any) -> dict[str, Any]:
    return SchemaParameters.model_validate(schema).model_dump(exclude={"split"})


@pytest.mark.parametrize("environment", ["known_truth", "rare_class"])
def test_the_shipped_environment_says_what_the_columns_are(environment: str) -> None:
    shipped = shipped_parameters(environment)
    data = DataParameters.model_validate(shipped["data"]).root

    assert isinstance(data, TaskParameters)
    assert columns_of(shipped["schema"]) == columns_of(data.schema_)


@pytest.mark.parametrize("name", TASKS)
def test_the_shipped_environment_takes_every_task_by_name(name: str) -> None:
    shipped = shipped_parameters("known_truth")
    data = DataParameters.model_validate(shipped["data"] | {"name": name}).root

    assert isinstance(data, TaskParameters)
    without_times = data.schema_.model_copy(update={"time": None, "prediction_time": None})
    assert columns_of(shipped["schema"]) == columns_of(without_times)
