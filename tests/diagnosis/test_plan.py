import pytest
from pydantic import ValidationError

from sequence_learning.diagnosis.claims.check import plan_claims, trials_of
from sequence_learning.diagnosis.curves import plan_curves
from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters
from sequence_learning.diagnosis.plan import plan_matrix
from sequence_learning.encoders import ENCODERS
from sequence_learning.parameters import Change
from sequence_learning.tasks import TASKS, task_class
from tests.diagnosis.small import make_bench, shipped_bench

VARIANT = {"of": "gru", "change": {"encoder": {"hidden_size": 7}}, "tasks": ["linear_recency"]}


def test_every_encoder_meets_every_task_and_variants_only_theirs() -> None:
    bench = make_bench(tasks={"order_free": {}, "linear_recency": {}}, variants={"small_gru": VARIANT})
    encoders = ["tabular_only", "statistical_aggregation", "gru"]
    assert [(trial.task.name, trial.name) for trial in plan_matrix(bench)] == [
        *(("order_free", name) for name in encoders),
        *(("linear_recency", name) for name in [*encoders, "small_gru"]),
    ]


def test_trials_that_share_tables_follow_each_other() -> None:
    bench = make_bench(tasks={"order_free": {}, "linear_recency": {}}, seeds=[5, 3])
    order = [(trial.task.name, trial.seed) for trial in plan_matrix(bench)]
    assert order == [
        *[("order_free", 3)] * 3,
        *[("order_free", 5)] * 3,
        *[("linear_recency", 3)] * 3,
        *[("linear_recency", 5)] * 3,
    ]


def test_a_change_touches_what_it_names_and_nothing_else() -> None:
    bench = make_bench()
    change = Change(encoder={"hidden_size": 7}, model={"fusion": "film"}, training={"learning_rate": 0.5})
    (plain,) = bench.trials(bench.task("order_free"), "gru")
    (changed,) = bench.trials(bench.task("order_free"), "gru", change)
    assert changed.encoder.options == {"hidden_size": 7}
    assert changed.model == plain.model.model_copy(update={"fusion": "film"})
    assert changed.training == plain.training.model_copy(update={"learning_rate": 0.5})
    assert plain.model_dump(exclude={"encoder", "model", "training"}) == changed.model_dump(
        exclude={"encoder", "model", "training"}
    )


def test_options_of_a_task_stand_above_those_of_all_and_below_those_of_the_call() -> None:
    bench = make_bench(
        tasks={"order_free": {"max_length": 20, "noise": 0.3}}, options={"max_length": 10, "missing": 0.2}
    )
    assert bench.task("order_free", noise=0.4).options == {"max_length": 20, "missing": 0.2, "noise": 0.4}
    assert bench.task("linear_recency").options == {"max_length": 10, "missing": 0.2}


def test_a_plain_task_is_regression_with_nothing_missing_unless_told() -> None:
    bench = make_bench(
        tasks={"order_free": {"missing": 0.3, "noise": 0.3}}, options={"target": "binary", "max_length": 10}
    )
    assert bench.plain("order_free", noise=0.4).options == {
        "target": "regression",
        "missing": 0.0,
        "max_length": 10,
        "noise": 0.4,
    }
    assert bench.plain("linear_recency", missing=0.2).options["missing"] == 0.2


def test_arms_are_encoders_as_configured_by_name() -> None:
    bench = make_bench(seeds=[0, 1])
    task = bench.plain("order_free")
    assert bench.arms(task, "gru", "tabular_only") == {
        "gru": bench.trials(task, "gru"),
        "tabular_only": bench.trials(task, "tabular_only"),
    }
    assert bench.arms(task) == {}


def test_an_encoder_in_units_of_time_is_refused_on_a_task_without_times() -> None:
    """It would fail when it is trained, which may be hours later."""
    unit = {"unit": "time", "shortest": 1, "longest": 8}
    in_time = {"name": "learned_decay"} | unit
    message = "weighs by time needs a task with times, got learned_decay on order_free; set its unit to steps"
    with pytest.raises(ValueError, match=message):
        plan_matrix(make_bench({"learned_decay": in_time}))
    variant = {"of": "learned_decay", "change": {"encoder": unit}, "tasks": ["order_free"]}
    with pytest.raises(ValueError, match=message):
        plan_matrix(make_bench({"learned_decay": {"name": "learned_decay"}}, variants={"in_time": variant}))
    timed = make_bench({"learned_decay": in_time}, tasks={"irregular_time": {}})
    assert [trial.name for trial in plan_matrix(timed)] == ["learned_decay"]


def test_the_training_of_the_diagnosis_stands_above_that_of_the_project() -> None:
    (trial,) = plan_matrix(make_bench({"gru": {"name": "gru"}}, training={"max_epochs": 9}))
    assert trial.training.max_epochs == 9
    assert trial.training.batch_size == 8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": {"order": {}}}, "tasks must be registered, got order; use some of: order_free"),
        ({"tasks": {}}, "at least 1 item"),
        ({"seeds": [1, 1]}, r"diagnosis.seeds must differ, got \[1, 1\]"),
        ({"variants": {"new": VARIANT | {"tasks": ["order"]}}}, "tasks must be registered, got order"),
        ({"variants": {"new": VARIANT | {"tasks": []}}}, "at least 1 item"),
        (
            {"variants": {"new": VARIANT | {"of": "rnn"}}},
            "must be a configured encoder, got 'rnn'; use one of: tab.*gru",
        ),
        ({"variants": {"new": VARIANT | {"change": {"encoder": {"size": 1}}}}}, "correct the name: hidden_size"),
        ({"variants": {"new": VARIANT | {"change": {"model": {"fusion": "sum"}}}}}, "Input should be 'concat'"),
        ({"variants": {"new": VARIANT | {"change": {"training": {"seeds": [1]}}}}}, "all changes share seeds"),
        ({"variants": {"new": VARIANT | {"chance": {}}}}, "options must be known, got 'chance'"),
        ({"tasks": {"linear_recency": {"half_life": 3}}}, "task linear_recency: .*'half_life'"),
        ({"options": {"nose": 0.1}}, "task order_free: .*'nose'"),
        ({"training": {"epochs": 3}}, "options must be known, got 'epochs'"),
        ({"rows": {"train": 1, "validation": 10, "test": 30}}, "greater than or equal to 2"),
    ],
)
def test_a_mistake_is_refused_before_anything_is_trained(changes: dict[str, object], message: str) -> None:
    tasks = {"tasks": {"order_free": {}, "linear_recency": {}}}
    with pytest.raises((ValueError, ValidationError), match=rf"(?s){message}"):
        plan_matrix(make_bench(**tasks | changes))


def test_a_variant_that_bears_the_name_of_an_encoder_is_refused() -> None:
    """Its rows would be averaged with the encoder's."""
    with pytest.raises(ValueError, match="variants must have names of their own, got gru; rename"):
        plan_matrix(make_bench(variants={"gru": VARIANT}))


@pytest.mark.parametrize(
    ("train_rows", "validation", "epochs", "patience"),
    [
        (1000, 200, 20, 5),  # as configured
        (500, 125, 40, 10),  # half the rows, twice the epochs
        (2500, 200, 8, 5),
        (10_000, 200, 8, 5),  # two would do, but schedule and early stopping need some
        (100, 25, 200, 50),
        (10, 2, 300, 75),  # a hundred times fewer rows, fifteen times the epochs
        (2, 1, 300, 75),
    ],
)
def test_another_size_keeps_the_number_of_steps(train_rows: int, validation: int, epochs: int, patience: int) -> None:
    bench = make_bench(rows={"train": 1000, "validation": 200, "test": 400}, training={"max_epochs": 20, "patience": 5})
    rows, change = bench.sized(train_rows)
    assert rows.model_dump() == {"train": train_rows, "validation": validation, "test": 400}
    assert change == Change(training={"max_epochs": epochs, "patience": patience})


def test_the_size_as_configured_is_the_same_trial() -> None:
    bench = make_bench(rows={"train": 1000, "validation": 200, "test": 400}, training={"max_epochs": 20})
    rows, change = bench.sized(1000)
    task = bench.task("order_free")
    assert bench.trials(task, "gru", change, rows=rows) == bench.trials(task, "gru")


@pytest.mark.parametrize("environment", ["base", "smoke"])
def test_the_shipped_configuration_can_be_planned_and_names_what_is_registered(environment: str) -> None:
    bench, parameters = shipped_bench(environment)
    claims = plan_claims(bench, ClaimsParameters.model_validate(parameters["claims"]))
    plans = (
        plan_matrix(bench),
        trials_of(claims),
        plan_curves(bench, CurvesParameters.model_validate(parameters["curves"])),
    )
    for trials in plans:
        assert trials
        assert {trial.task.name for trial in trials} <= set(TASKS)
        assert {trial.encoder.name for trial in trials} <= set(ENCODERS)
        assert {trial.seed for trial in trials} == set(bench.diagnosis.seeds)


def test_the_shipped_matrix_has_all_tasks_all_encoders_and_all_models_that_theory_names() -> None:
    bench, _ = shipped_bench("base")
    assert list(bench.diagnosis.tasks) == list(TASKS)
    measured = {name: {trial.name for trial in plan_matrix(bench) if trial.task.name == name} for name in TASKS}
    for name, models in measured.items():
        assert set(ENCODERS) <= models
        assert task_class(name).simplest in {*models, None}
        assert set(task_class(name).insufficient) <= models


def test_every_model_can_be_built_for_the_data_of_its_task() -> None:
    """The shipped plan would otherwise fail after hours: encoders that weigh by time meet data that have it."""
    bench, _ = shipped_bench("base")
    for trial in plan_matrix(bench):
        assert trial.encoder.config.needs_ages <= trial.task.build().has_times


def test_what_differs_on_a_single_task_does_so_for_every_model_and_a_change_has_the_last_word() -> None:
    shipped, _ = shipped_bench("base")
    pair = {trial.training.patience for trial in plan_matrix(shipped) if trial.task.name == "long_range_pair"}
    others = {trial.training.patience for trial in plan_matrix(shipped) if trial.task.name != "long_range_pair"}
    assert (pair, others) == ({15}, {5})
    (trial, *_) = shipped.trials(shipped.task("long_range_pair"), "gru", Change(training={"patience": 3}))
    assert (trial.training.patience, trial.training.max_epochs) == (3, 40)
