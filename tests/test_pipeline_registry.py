import pytest

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.pipeline_registry import register_pipelines
from sequence_learning.pipelines.tuning.pipeline import OPTIONAL as OF_A_SEARCH

#: What earlier runs may have left; nothing is there at first.
OPTIONAL = (*OF_A_SEARCH, "fit_store", "precision_choices")


def test_names() -> None:
    stages = {
        "data_generation",
        "feature_preparation",
        "evaluation",
        "ablate",
        "certify",
        "diagnose",
        "claims",
        "benchmark",
        "benchmark_cluster",
        "benchmark_stream",
        "compare",
        "draft_schema",
        "measure_precision",
        "predict",
        "tune",
    }
    each = {f"train_{model}" for model in (*ENCODERS, *BASELINES)}
    assert set(register_pipelines()) == {"__default__", "train_all"} | stages | each


def test_the_default_is_the_main_job_and_needs_parameters_alone() -> None:
    pipelines = register_pipelines()
    assert pipelines["__default__"].nodes == pipelines["train_all"].nodes
    for name in ("train_all", "train_gru", "train_lightgbm_tabular", "train_predict_the_mean"):
        assert all(dataset.startswith("param") for dataset in pipelines[name].inputs() - set(OPTIONAL))


def test_stages_together_need_nothing_that_no_stage_makes() -> None:
    pipelines = register_pipelines()
    made = pipelines["train_all"].all_outputs() | set(OPTIONAL)
    assert {name for name in pipelines["evaluation"].inputs() if not name.startswith("param")} <= made


@pytest.mark.parametrize("model", ["lstm", "lightgbm_tabular", "predict_the_mean"])
def test_one_model_has_the_mean_beside_it_and_no_other(model: str) -> None:
    namespaces = {node.namespace for node in register_pipelines()[f"train_{model}"].nodes}
    assert namespaces == {None, "train", "train.predict_the_mean", f"train.{model}"}


def test_curves_decision_report_and_bundle_are_those_of_encoders() -> None:
    pipelines = register_pipelines()
    of_encoders = {"history", "learning_curves", "decision", "report", "best_seeds", "bundle"}
    for baseline in BASELINES:
        assert not of_encoders & pipelines[f"train_{baseline}"].all_outputs()
    for name in ("train_all", "train_gru", "evaluation"):
        assert of_encoders <= pipelines[name].all_outputs()
    (gather,) = (node for node in pipelines["train_all"].nodes if "history" in node.outputs)
    assert set(gather.inputs) == {f"train.{encoder}.history" for encoder in ENCODERS}


def test_all_that_takes_an_input_from_every_model_lies_in_their_group() -> None:
    for node in register_pipelines()["train_all"].nodes:
        if any(name.startswith("train.") for name in node.inputs):
            assert str(node.namespace).startswith("train")


def test_compare_is_the_main_job_on_tables_that_are_there() -> None:
    pipelines = register_pipelines()
    whole, compare = pipelines["train_all"], pipelines["compare"]
    assert {node.name for node in whole.nodes} - {node.name for node in compare.nodes} == {"generate_tables"}
    read = {name for name in compare.inputs() if not name.startswith("params:")}
    assert read - set(OPTIONAL) == {"entities", "events"}


def test_the_report_shows_the_settings_that_its_job_reads_and_no_others() -> None:
    pipelines = register_pipelines()
    for name in ("train_all", "compare", "train_gru"):
        (report,) = (node for node in pipelines[name].nodes if "report" in node.outputs)
        shown = {setting for setting in report.inputs if setting.startswith("params:")}
        read = {f"params:{given.removeprefix('params:').split('.')[0]}" for given in pipelines[name].inputs()}
        assert shown == read - {f"params:{table}" for table in ("entities", "events", *OPTIONAL)}
        assert ("params:data" in shown) == (name != "compare")
    (report,) = (node for node in pipelines["evaluation"].nodes if "report" in node.outputs)
    assert {"params:schema", "params:features", "params:training"} <= set(report.inputs)


def test_what_other_pipelines_read_of_a_search_is_made_by_it() -> None:
    assert set(OF_A_SEARCH) <= register_pipelines()["tune"].all_outputs()
