from sequence_learning.encoders import ENCODERS
from sequence_learning.pipeline_registry import register_pipelines


def test_names() -> None:
    stages = {"data_generation", "feature_preparation", "evaluation", "certify"}
    each = {f"train_{encoder}" for encoder in ENCODERS}
    assert set(register_pipelines()) == {"__default__", "train_all"} | stages | each


def test_the_default_is_the_main_job_and_needs_parameters_alone() -> None:
    pipelines = register_pipelines()
    assert pipelines["__default__"].nodes == pipelines["train_all"].nodes
    for name in ("train_all", "train_gru"):
        assert all(dataset.startswith("params:") for dataset in pipelines[name].inputs())


def test_stages_together_need_nothing_that_no_stage_makes() -> None:
    pipelines = register_pipelines()
    made = pipelines["train_all"].all_outputs()
    assert {name for name in pipelines["evaluation"].inputs() if not name.startswith("params:")} <= made


def test_one_encoder_trains_no_other() -> None:
    namespaces = {node.namespace for node in register_pipelines()["train_lstm"].nodes}
    assert namespaces == {None, "train", "train.lstm"}
