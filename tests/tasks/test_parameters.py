"""Tasks as typed parameters: what is accepted, what is refused, and the schema of their tables."""

from typing import Any

import pytest
from pydantic import ValidationError

from sequence_learning.features.transformer import FeatureTransformer
from sequence_learning.parameters import FeatureParameters
from sequence_learning.tasks import TASKS, task_class
from sequence_learning.tasks.local_motif import LocalMotif
from sequence_learning.tasks.parameters import TaskParameters
from tests.tasks.known_truth import lengths_of, make_task


@pytest.mark.parametrize("name", TASKS)
def test_a_name_alone_is_the_task_with_its_defaults(name: str) -> None:
    task = TaskParameters(name=name).build()

    assert type(task) is task_class(name)
    assert task.config == task_class(name).config_class()


def test_options_beside_the_name_are_the_tasks_own() -> None:
    parameters = TaskParameters.model_validate({"name": "local_motif", "motif": [1, 0], "num_samples": 50, "seed": 3})
    task = parameters.build()

    assert isinstance(task, LocalMotif)
    assert (task.config.motif, task.config.num_samples, task.config.seed) == ((1, 0), 50, 3)
    assert TaskParameters.model_validate_json(parameters.model_dump_json()) == parameters


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "motif"}, r"a task must be registered, got 'motif'; use one of: order_free"),
        ({"name": "order_free", "length": 3}, r"(?s)task order_free.*options must be known, got 'length'; correct"),
        ({"name": "order_free", "motif": [0, 1]}, "options must be known, got 'motif'"),
        (
            {"name": "order_free", "min_length": 9, "max_length": 8},
            "min_length must not exceed max_length, got 9 and 8; lower the first",
        ),
        ({"name": "order_free", "target": "multiclass"}, "'regression' or 'binary'"),
        ({"name": "order_free", "noise": 1.0}, r"(?s)noise.*less than 1"),
        ({"name": "order_free", "missing": 1.0}, r"(?s)missing.*less than 1"),
        ({"name": "order_free", "num_channels": 2}, r"(?s)num_channels.*greater than or equal to 3"),
        (
            {"name": "local_motif", "motif": [0, 3]},
            r"motif must be made of kinds from 0 to 2, got \[0, 3\]; correct it, or raise n_kinds",
        ),
        ({"name": "local_motif", "motif": [0]}, r"(?s)motif.*at least 2 items"),
        (
            {"name": "tabular_selects", "n_kinds": 5},
            "must choose a kind of its own, got n_segments 6 and n_kinds 5; make them equal",
        ),
        (
            {"name": "long_range_pair", "min_length": 1, "max_length": 1},
            r"(?s)min_length.*greater than or equal to 2.*max_length.*greater than or equal to 2",
        ),
        ({"name": "running_state", "reset_share": 0.0}, r"(?s)reset_share.*greater than 0"),
        ({"name": "exponential_recency", "half_lives": [1.0, float("inf")]}, r"(?s)half_lives.*less than or equal"),
        ({"name": "irregular_time", "half_life": float("inf")}, r"(?s)half_life.*finite"),
        ({"name": "content_selected", "sharpness": 1e3}, r"(?s)sharpness.*less than or equal"),
    ],
)
def test_what_does_not_fit_is_refused_and_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TaskParameters.model_validate(options)


@pytest.mark.parametrize("target", ["regression", "binary"])
@pytest.mark.parametrize("name", TASKS)
def test_the_schema_makes_features_of_the_tables(name: str, target: str) -> None:
    schema = TaskParameters.model_validate({"name": name, "target": target}).schema_
    truth = make_task(name, target=target, num_samples=60, missing=0.2).generate()
    transformer = FeatureTransformer.fit(truth.entities, truth.events, schema, FeatureParameters())
    part = truth.entities[["id"]].assign(part="train")["part"]
    model_input = transformer.transform(truth.entities, truth.events, part)

    assert model_input.target_spec.task == target
    assert (model_input.ages is not None) == task_class(name).has_times
    assert [b - a for a, b in zip(model_input.offsets, model_input.offsets[1:], strict=False)] == list(
        lengths_of(truth)
    )
