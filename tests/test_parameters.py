"""The typed parameters: what they refuse, in which words, and that the shipped configuration passes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.benchmark.parameters import BenchmarkParameters
from sequence_learning.diagnosis.parameters import ClaimsParameters, CurvesParameters, DiagnosisParameters
from sequence_learning.drafting.parameters import DraftParameters
from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.parameters import (
    Budget,
    CalibrationParameters,
    DecisionParameters,
    InterpretationParameters,
    LadderParameters,
    LatencyParameters,
    ReportParameters,
    RobustnessParameters,
)
from sequence_learning.inference.parameters import PredictParameters
from sequence_learning.packaging.parameters import BundleParameters
from sequence_learning.parameters import (
    AblationGroup,
    AblationParameters,
    Change,
    CompleteJourneyParameters,
    EncoderParameters,
    FeatureParameters,
    FlightsParameters,
    ModelParameters,
    SchemaParameters,
    SplitParameters,
    SyntheticParameters,
    TrainingParameters,
)
from sequence_learning.pipelines.data_generation.parameters import DataParameters, KnownTruthParameters
from sequence_learning.tasks import TASKS
from sequence_learning.tasks.running_state import RunningState
from sequence_learning.tuning.parameters import SearchSpaces, TuningParameters
from tests.builders import shipped_parameters

CONF = Path(__file__).parents[1] / "conf"
ENVIRONMENTS = ("base", "smoke", "flights", "complete_journey", "known_truth", "rare_class", "full")

SYNTHETIC = {
    "source": "synthetic", "num_samples": 100, "min_length": 0, "max_length": 5, "num_channels": 2,
    "num_tabular": 1, "noise": 0.2, "seed": 0,
}  # fmt: skip
FLIGHTS = {"source": "flights", "num_samples": 100, "hours": 6, "lag": 1, "seed": 0}
COMPLETE_JOURNEY = {"source": "complete_journey", "num_households": 10, "seed": 0}
KNOWN_TRUTH = {"source": "task", "name": "running_state", "num_samples": 50, "reset_share": 0.2}
SCHEMA = {"id": "id", "target": "y", "task": "regression", "order": "step", "channels": ["v"]}
TRAINING = {
    "seeds": [0, 1], "max_epochs": 1, "patience": 1, "batch_size": 2, "learning_rate": 0.1,
    "weight_decay": 0, "gradient_clip": 1,
}  # fmt: skip
VALID: dict[type[BaseModel], dict[str, Any]] = {
    SyntheticParameters: SYNTHETIC,
    FlightsParameters: FLIGHTS,
    CompleteJourneyParameters: COMPLETE_JOURNEY,
    SchemaParameters: SCHEMA,
    SplitParameters: {"method": "random"},
    FeatureParameters: {},
    ModelParameters: {},
    TrainingParameters: TRAINING,
    LatencyParameters: {"batch_sizes": [1, 2]},
    RobustnessParameters: {"last": [1]},
    InterpretationParameters: {"rows": 10},
    CalibrationParameters: {"coverage": 0.5},
    LadderParameters: {"blind_to_time": ["gru"]},
    ReportParameters: {"name": "mine"},
    Budget: {"latency_ms": 1.0},
    DecisionParameters: {"margin": 0.1, "budget": Budget(disk_kb=10.0)},
    Change: {},
    AblationGroup: {"encoders": ["gru"], "changes": {"as_configured": Change()}},
    AblationParameters: {"groups": {"one": AblationGroup(encoders=("gru",), changes={"as_configured": Change()})}},
}
NEEDS_A_COLUMN = " needs a column, got None; correct schema.split.column"
BLOCKS: dict[str, Any] = {
    "data": DataParameters,
    "draft": DraftParameters,
    "schema": SchemaParameters,
    "features": FeatureParameters,
    "model": ModelParameters,
    "training": TrainingParameters,
    "latency": LatencyParameters,
    "robustness": RobustnessParameters,
    "interpretation": InterpretationParameters,
    "calibration": CalibrationParameters,
    "decision": DecisionParameters,
    "ladder": LadderParameters,
    "report": ReportParameters,
    "bundle": BundleParameters,
    "predict": PredictParameters,
    "encoders": dict[str, EncoderParameters],
    "baselines": dict[str, BaselineParameters],
    "ablations": AblationParameters,
    "tuning": TuningParameters,
    "search_spaces": SearchSpaces,
    "diagnosis": DiagnosisParameters,
    "claims": ClaimsParameters,
    "curves": CurvesParameters,
    "benchmark": BenchmarkParameters,
}


def refusal(block: type[BaseModel], values: dict[str, Any]) -> ValidationError:
    with pytest.raises(ValidationError) as error:
        block.model_validate(values)
    return error.value


@pytest.mark.parametrize("block", VALID, ids=lambda b: b.__name__)
def test_valid_values_are_taken(block: type[BaseModel]) -> None:
    parameters = block.model_validate(VALID[block])

    assert {name: getattr(parameters, name) for name in VALID[block]} == {
        name: tuple(value) if isinstance(value, list) else value for name, value in VALID[block].items()
    }


@pytest.mark.parametrize("block", VALID, ids=lambda b: b.__name__)
def test_unknown_keys_are_refused_with_the_known_ones(block: type[BaseModel]) -> None:
    (error,) = refusal(block, VALID[block] | {"misspelt": 1, "forgotten": 2}).errors()

    assert error["msg"] == (
        "Value error, options must be known, got 'forgotten', 'misspelt'; "
        f"correct the name: {', '.join(block.model_fields)}"
    )


@pytest.mark.parametrize("block", VALID, ids=lambda b: b.__name__)
def test_parameters_never_change(block: type[BaseModel]) -> None:
    parameters = block.model_validate(VALID[block])
    name = next(iter(block.model_fields))

    with pytest.raises(ValidationError, match="frozen"):
        setattr(parameters, name, getattr(parameters, name))


@pytest.mark.parametrize(
    ("block", "changes", "message"),
    [
        (
            SyntheticParameters,
            {"min_length": 5, "max_length": 3},
            "min_length must not exceed max_length, got 5 and 3; lower the first",
        ),
        (
            SchemaParameters,
            {"channels": []},
            "events need at least one channel, got none; name columns in schema.channels",
        ),
        (
            SchemaParameters,
            {"prediction_time": "asked"},
            "schema.prediction_time needs schema.time, got 'asked' and None; name the time of events in schema.time",
        ),
        (
            SplitParameters,
            {"method": "random", "column": "day"},
            "schema.split.method 'random' takes no column, got 'day'; correct schema.split.column",
        ),
        (
            SplitParameters,
            {"method": "time"},
            "schema.split.method 'time' needs a column, got None; correct schema.split.column",
        ),
        (
            SplitParameters,
            {"method": "group"},
            "schema.split.method 'group' needs a column, got None; correct schema.split.column",
        ),
        (
            SplitParameters,
            {"method": "column"},
            "schema.split.method 'column' needs a column, got None; correct schema.split.column",
        ),
        (
            SplitParameters,
            {"validation": 0.25, "test": 0.75},
            "schema.split.validation and schema.split.test must leave rows for training, got 0.25 + 0.75; lower them",
        ),
        (TrainingParameters, {"seeds": [0, 1, 0]}, "training.seeds must differ, got [0, 1, 0]; remove the repetition"),
        (
            TrainingParameters,
            {"backend": "ray", "accelerator": "gpu"},
            (
                "training.accelerator 'gpu' needs fits that ask for a GPU, got training.cluster.gpus_per_fit 0; "
                "set it to 1, or to a part of 1 for fits that share one, or training.accelerator to cpu"
            ),
        ),
        (
            TrainingParameters,
            {"backend": "ray", "accelerator": "cpu", "cluster": {"gpus_per_fit": 1}},
            (
                "fits on CPUs need no GPU, got training.accelerator 'cpu' and training.cluster.gpus_per_fit 1; set the "
                "one to auto or the other to 0"
            ),
        ),
        (
            TrainingParameters,
            {"backend": "ray", "cluster": {"gpus_per_fit": 0.5, "n_devices": 2}},
            (
                "processes that train together need a GPU each, or none, got training.cluster.gpus_per_fit 0.5; set it "
                "to 1 or 0"
            ),
        ),
        (
            TrainingParameters,
            {"backend": "ray", "batch_size": 7, "cluster": {"n_devices": 2, "n_nodes": 2}},
            (
                "every process that trains an encoder needs two rows of a batch, got training.batch_size 7 for 4 of "
                "them; raise it, or lower n_devices or n_nodes"
            ),
        ),
        (
            LatencyParameters,
            {"batch_sizes": [2, 32]},
            "latency.batch_sizes must hold 1, because the decision is about the time of one row, got [2, 32]; add it",
        ),
        (
            LadderParameters,
            {"blind_to_time": ["gru", "grru"]},
            "ladder.blind_to_time must name registered models, got grru; use some of: "
            + ", ".join([*ENCODERS, *BASELINES]),
        ),
    ],
)
def test_a_broken_rule_is_told_with_its_value_and_its_remedy(
    block: type[BaseModel], changes: dict[str, Any], message: str
) -> None:
    (error,) = refusal(block, VALID[block] | changes).errors()

    assert error["msg"] == f"Value error, {message}"


@pytest.mark.parametrize(
    ("block", "field", "value"),
    [
        (SyntheticParameters, "num_samples", 9),
        (SyntheticParameters, "min_length", -1),
        (SyntheticParameters, "max_length", 0),
        (SyntheticParameters, "num_channels", 1),
        (SyntheticParameters, "num_tabular", 0),
        (SyntheticParameters, "noise", 1.0),
        (SyntheticParameters, "noise", -0.1),
        (SyntheticParameters, "missing", 1.0),
        (SyntheticParameters, "num_classes", 2),
        (SyntheticParameters, "seed", -1),
        (FlightsParameters, "num_samples", 9),
        (FlightsParameters, "hours", 0),
        (FlightsParameters, "lag", 0),
        (FlightsParameters, "seed", -1),
        (CompleteJourneyParameters, "num_households", 9),
        (CompleteJourneyParameters, "history_days", 0),
        (CompleteJourneyParameters, "horizon_days", 0),
        (CompleteJourneyParameters, "seed", -1),
        (SchemaParameters, "task", "ranking"),
        (SchemaParameters, "time_unit", "weeks"),
        (SplitParameters, "method", "alphabetical"),
        (SplitParameters, "validation", 0.0),
        (SplitParameters, "test", 1.0),
        (FeatureParameters, "scaling", "minmax"),
        (FeatureParameters, "min_category_count", 0),
        (FeatureParameters, "min_event_category_count", 0),
        (ModelParameters, "d_tabular", 0),
        (ModelParameters, "d_head", 0),
        (ModelParameters, "dropout", 1.0),
        (TrainingParameters, "seeds", []),
        (TrainingParameters, "max_epochs", 0),
        (TrainingParameters, "patience", 0),
        (TrainingParameters, "batch_size", 1),
        (TrainingParameters, "learning_rate", 0.0),
        (TrainingParameters, "weight_decay", -0.1),
        (TrainingParameters, "gradient_clip", 0.0),
        (TrainingParameters, "schedule", "linear"),
        (TrainingParameters, "ema_decay", 1.0),
        (TrainingParameters, "loss", "absolute"),
        (TrainingParameters, "focal_gamma", 0.0),
        (TrainingParameters, "class_weights", "rare"),
        (TrainingParameters, "precision", "16"),
        (TrainingParameters, "n_workers", -1),
        (TrainingParameters, "accelerator", "abacus"),
        (LatencyParameters, "batch_sizes", []),
        (LatencyParameters, "seconds", 0.0),
        (LatencyParameters, "scaling_seconds", 0.0),
        (LatencyParameters, "most_seconds", -1.0),
        (RobustnessParameters, "most_rows", 9),
        (RobustnessParameters, "seed", -1),
        (InterpretationParameters, "rows", 9),
        (InterpretationParameters, "steps", 1),
        (InterpretationParameters, "repeats", 0),
        (InterpretationParameters, "stable", 1.1),
        (InterpretationParameters, "seed", -1),
        (CalibrationParameters, "coverage", 0.0),
        (CalibrationParameters, "coverage", 1.0),
        (Budget, "latency_ms", 0.0),
        (Budget, "disk_kb", -1.0),
        (Budget, "memory_mb", 0.0),
        (Budget, "training_seconds", 0.0),
        (DecisionParameters, "margin", 0.0),
        (DecisionParameters, "confidence", 0.5),
        (DecisionParameters, "cost", "beauty"),
    ],
)
def test_a_value_out_of_its_range_is_refused_at_its_field(block: type[BaseModel], field: str, value: object) -> None:
    (error,) = refusal(block, VALID[block] | {field: value}).errors()

    assert error["loc"] == (field,)
    assert error["input"] == value


@pytest.mark.parametrize(
    ("block", "field"),
    [(LatencyParameters, "batch_sizes"), (LatencyParameters, "lengths"), (RobustnessParameters, "last")],
)
def test_sizes_are_positive(block: type[BaseModel], field: str) -> None:
    (error,) = refusal(block, {field: [1, 0]}).errors()

    assert error["loc"] == (field, 1)


@pytest.mark.parametrize(
    ("field", "value"),
    [("time", "gap"), ("periods", 0.0), ("periods", -1.0), ("periods", float("inf")), ("periods", "week")],
)
def test_a_wrong_way_to_use_times_is_refused_at_its_place(field: str, value: object) -> None:
    (error,) = refusal(FeatureParameters, {field: [value]}).errors()

    assert error["loc"] == (field, 0)
    assert error["input"] == value


@pytest.mark.parametrize("precision", [32, "32", "bf16"])
def test_a_precision_may_be_written_as_a_number(precision: object) -> None:
    training = TrainingParameters.model_validate(TRAINING | {"precision": precision})

    assert training.precision == str(precision)


def test_training_is_plain_until_told_otherwise() -> None:
    training = TrainingParameters.model_validate(TRAINING)

    assert (training.schedule, training.ema_decay, training.loss) == ("cosine", 0.0, "standard")
    assert (training.class_weights, training.precision) == ("none", "auto")


def test_times_are_off_until_a_column_is_named() -> None:
    schema, features = SchemaParameters.model_validate(SCHEMA), FeatureParameters()

    assert (schema.time, schema.prediction_time, schema.time_unit) == (None, None, "days")
    assert (features.time, features.periods) == (("delta", "age"), ())


def test_one_column_may_order_the_events_and_tell_their_time() -> None:
    schema = SchemaParameters.model_validate(SCHEMA | {"time": "step", "prediction_time": "asked"})

    assert schema.order == schema.time == "step"


def test_categorical_channels_alone_are_enough() -> None:
    schema = SchemaParameters.model_validate(SCHEMA | {"channels": [], "categorical_channels": ["kind"]})

    assert schema.categorical_channels == ("kind",)


@given(st.integers(1, 99), st.integers(1, 99))
@settings(max_examples=50, deadline=None)
def test_shares_are_taken_exactly_when_they_leave_rows_to_train(validation: int, test: int) -> None:
    shares = {"validation": validation / 100, "test": test / 100}
    if validation / 100 + test / 100 < 1:
        assert SplitParameters(method="random", **shares).test == test / 100
    else:
        assert "must leave rows for training" in str(refusal(SplitParameters, {"method": "random"} | shares))


def test_the_source_chooses_the_data() -> None:
    assert isinstance(DataParameters.model_validate(SYNTHETIC).root, SyntheticParameters)
    assert isinstance(DataParameters.model_validate(FLIGHTS).root, FlightsParameters)
    assert isinstance(DataParameters.model_validate(COMPLETE_JOURNEY).root, CompleteJourneyParameters)
    assert isinstance(DataParameters.model_validate(KNOWN_TRUTH).root, KnownTruthParameters)


def test_options_beside_the_name_of_a_task_are_its_own() -> None:
    data = DataParameters.model_validate(KNOWN_TRUTH)
    assert isinstance(data.root, KnownTruthParameters)
    task = data.root.build()

    assert isinstance(task, RunningState)
    assert (task.config.num_samples, task.config.reset_share) == (50, 0.2)
    assert data.model_dump() == KNOWN_TRUTH


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (FLIGHTS | {"source": "trains"}, "Input tag 'trains' found using 'source' does not match"),
        ({"num_samples": 100}, "Unable to extract tag using discriminator 'source'"),
        (FLIGHTS | {"num_channels": 3}, "got 'num_channels'; correct the name: source, num_samples, hours, lag, seed"),
        (
            KNOWN_TRUTH | {"name": "running"},
            f"a task must be registered, got 'running'; use one of: {', '.join(TASKS)}",
        ),
        (KNOWN_TRUTH | {"resets": 0.2}, "got 'resets'; correct the name: target, positives, "),
        (KNOWN_TRUTH | {"reset_share": 2}, "less than 1"),
        (KNOWN_TRUTH | {"target": "multiclass"}, "'regression' or 'binary'"),
        ({"source": "task"}, "Field required"),
    ],
)
def test_data_that_fits_no_source_is_refused(values: dict[str, Any], message: str) -> None:
    assert message in str(refusal(DataParameters, values))


def test_an_unknown_encoder_is_refused_with_the_names_of_all() -> None:
    message = str(refusal(EncoderParameters, {"name": "rnn"}))

    assert f"an encoder must be registered, got 'rnn'; use one of: {', '.join(ENCODERS)}" in message


@pytest.mark.parametrize(
    ("values", "messages"),
    [
        ({"name": "gru", "hidden": 8}, ("encoder gru: ", "got 'hidden'", "hidden_size, n_layers, dropout")),
        ({"name": "gru", "hidden_size": 0}, ("encoder gru: ", "hidden_size", "greater than or equal to 1")),
        ({"name": "tabular_only", "width": 8}, ("encoder tabular_only: ", "got 'width'")),
        (
            {"name": "transformer", "d_model": 6, "n_heads": 4},
            ("encoder transformer: ", "got 6 and 4; change one of them"),
        ),
    ],
)
def test_a_wrong_option_is_refused_naming_the_encoder(values: dict[str, Any], messages: tuple[str, ...]) -> None:
    text = str(refusal(EncoderParameters, values))

    assert [message for message in messages if message not in text] == []


def test_options_are_what_stands_beside_the_name() -> None:
    assert EncoderParameters.model_validate({"name": "gru", "hidden_size": 8}).options == {"hidden_size": 8}
    assert EncoderParameters.model_validate({"name": "tabular_only"}).options == {}


@pytest.mark.parametrize(
    ("block", "values", "message"),
    [
        (Change, {"training": {"seeds": [7]}}, "all changes share seeds and workers, got seeds; set training.seeds"),
        (Change, {"data": {}}, "must be known, got 'data'; correct the name: encoder, model, training"),
        (AblationGroup, {"encoders": ["gru", "gru"], "changes": {"a": {}}}, "may be named once, got ['gru', 'gru']"),
        (
            AblationParameters,
            {"run": "two", "groups": {"one": {"encoders": ["gru"], "changes": {"a": {}}}}},
            "must be all or a group, got 'two'; use one of: one",
        ),
    ],
)
def test_ablations_that_could_not_be_compared_are_refused(
    block: type[BaseModel], values: dict[str, Any], message: str
) -> None:
    assert message in str(refusal(block, values))


def shipped_blocks() -> list[Any]:
    return [
        pytest.param(name, values, id=f"{environment}-{name}")
        for environment in ENVIRONMENTS
        for name, values in shipped_parameters(environment).items()
    ]


@pytest.mark.parametrize(("name", "values"), shipped_blocks())
def test_every_block_of_the_shipped_configuration_is_valid(name: str, values: dict[str, Any]) -> None:
    validated = TypeAdapter(BLOCKS[name]).validate_python(values)

    assert TypeAdapter(BLOCKS[name]).dump_python(validated, mode="json", exclude_unset=True) == values


def test_the_base_configuration_has_every_block_and_every_model() -> None:
    base = shipped_parameters("base")

    assert set(base) == set(BLOCKS)
    assert {key: block["name"] for key, block in base["encoders"].items()} == {name: name for name in ENCODERS}
    assert {key: block["name"] for key, block in base["baselines"].items()} == {name: name for name in BASELINES}


def test_every_environment_is_checked() -> None:
    with_parameters = {path.parent.name for path in CONF.glob("*/parameters*.yml")}
    assert with_parameters == set(ENVIRONMENTS)
