from pathlib import Path

import pytest

from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import ENCODERS
from sequence_learning.tasks import TASKS, base, task_class
from sequence_learning.tasks.base import KnownTruthTask, TaskConfig

#: Encoders, and the two variants that only the diagnosis configures or that have a name of their own.
MODELS = {*ENCODERS, "statistical_aggregation_asked", "learned_decay_in_time"}


@pytest.mark.parametrize("name", TASKS)
def test_every_name_resolves_to_a_task_with_its_configuration(name: str) -> None:
    cls = task_class(name)

    assert issubclass(cls, KnownTruthTask)
    assert issubclass(cls.config_class, TaskConfig)
    assert cls().config == cls.config_class()


def test_every_file_with_a_task_is_registered_under_its_own_name() -> None:
    folder = Path(str(base.__file__)).parent
    others = {"__init__", "base", "ceiling", "mixed", "parameters", "sequences"}

    assert {path.stem for path in folder.glob("*.py")} - others == set(TASKS)
    for name, target in TASKS.items():
        assert target.partition(":")[0] == name


def test_no_class_is_registered_twice() -> None:
    assert len({task_class(name) for name in TASKS}) == len(TASKS)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"must be registered, got 'order'; use one of: order_free, .*pure_noise"):
        task_class("order")


@pytest.mark.parametrize("name", TASKS)
def test_the_models_that_theory_names_exist_and_do_not_contradict_each_other(name: str) -> None:
    cls = task_class(name)

    assert {cls.simplest or "gru", *cls.insufficient} <= MODELS
    assert len(set(cls.insufficient)) == len(cls.insufficient)
    assert cls.simplest not in cls.insufficient


def test_only_noise_has_no_simplest_model() -> None:
    assert [name for name in TASKS if task_class(name).simplest is None] == ["pure_noise"]


@pytest.mark.parametrize("name", TASKS)
def test_what_is_blind_to_sequences_cannot_do_tasks_of_sequences(name: str) -> None:
    assert ("tabular_only" in task_class(name).insufficient) == (name not in {"tabular_only", "pure_noise"})


@pytest.mark.parametrize("name", TASKS)
def test_what_is_blind_to_order_cannot_do_tasks_of_order(name: str) -> None:
    cls = task_class(name)
    # Times are channels too: a weighted average that looks at events sees how old they are.
    blind = {"statistical_aggregation"} if cls.has_times else {"statistical_aggregation", "learned_weighted_average"}

    assert not cls.order_matters or blind <= set(cls.insufficient)


def test_the_variant_in_time_is_one_that_is_certified() -> None:
    assert VARIANTS["learned_decay_in_time"][0] == "learned_decay"
