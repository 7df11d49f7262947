import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.baseline_job import BaselineJob
from sequence_learning.fits.configuration import configure
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.job import key_of
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.parameters import ModelParameters
from tests.builders import make_training

MODELS = {
    "gru": {"name": "gru", "hidden_size": 4},
    "cnn": {"name": "cnn"},
    "lightgbm_tabular": {"name": "lightgbm_tabular", "n_rounds": 5},
}


def keys(data: ModelInput, models: dict[str, object], **training: object) -> dict[tuple[str, int], str]:
    parameters = make_training(**training)
    jobs = plan_jobs(data, configure(models, ModelParameters(), parameters).values(), parameters.seeds, {})
    return {(job.model, job.seed): key_of(job, data) for job in jobs}


def test_every_model_is_fitted_with_every_seed(regression_input: ModelInput) -> None:
    training = make_training(seeds=(4, 2))
    configured = configure(MODELS, ModelParameters(d_head=8), training).values()
    jobs = plan_jobs(regression_input, configured, training.seeds, {})
    assert [(job.model, job.seed) for job in jobs] == [(name, seed) for name in MODELS for seed in (4, 2)]
    assert [type(job) for job in jobs] == [EncoderJob] * 4 + [BaselineJob] * 2
    gru = jobs[0]
    assert isinstance(gru, EncoderJob)
    assert gru.config.encoder.config.hidden_size == 4
    assert (gru.config.model.d_head, gru.config.spec) == (8, regression_input.spec)
    assert gru.parameters == training.model_copy(update={"precision": "32"})


def test_a_fit_owes_nothing_to_other_models_seeds_and_workers(regression_input: ModelInput) -> None:
    all_of_them = keys(regression_input, MODELS, seeds=(4, 2), n_workers=2)
    other_options = {**MODELS, "cnn": {"name": "cnn", "kernel_size": 5}}
    for others in (
        keys(regression_input, {"gru": MODELS["gru"]}, seeds=(4,), n_workers=1),
        keys(regression_input, other_options, seeds=(1, 4)),
    ):
        assert others["gru", 4] == all_of_them["gru", 4]
    assert keys(regression_input, other_options)["cnn", 0] != keys(regression_input, MODELS)["cnn", 0]
    # Baselines owe nothing to how encoders are trained.
    assert (
        keys(regression_input, MODELS, learning_rate=0.5)["lightgbm_tabular", 0]
        == keys(regression_input, MODELS)["lightgbm_tabular", 0]
    )


def test_a_fit_is_the_same_on_a_cluster_unless_several_processes_share_it(regression_input: ModelInput) -> None:
    here = keys(regression_input, MODELS)
    assert keys(regression_input, MODELS, backend="ray", cluster={"cpus_per_fit": 2, "retries": 9}) == here
    shared = keys(regression_input, MODELS, backend="ray", cluster={"n_nodes": 2})
    assert {name for name, key in shared.items() if key != here[name]} == {("gru", 0), ("cnn", 0)}
    assert keys(regression_input, MODELS, cluster={"n_nodes": 2}) == here


@pytest.mark.parametrize(
    ("accelerator", "gpus", "trained_on"),
    [("auto", 0, "cpu"), ("auto", 0.5, "gpu"), ("gpu", 1, "gpu"), ("cpu", 0, "cpu")],
)
def test_fits_on_a_cluster_use_the_gpus_that_they_ask_for(
    regression_input: ModelInput, accelerator: str, gpus: float, trained_on: str
) -> None:
    training = make_training(backend="ray", accelerator=accelerator, precision="auto", cluster={"gpus_per_fit": gpus})
    configured = configure({"gru": MODELS["gru"]}, ModelParameters(), training).values()
    (job,) = plan_jobs(regression_input, configured, [0], {"gru": "bf16"})
    assert isinstance(job, EncoderJob)
    assert (job.parameters.accelerator, job.parameters.precision) == (trained_on, "32")


def test_options_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="hiden_size"):
        configure({"gru": {"name": "gru", "hiden_size": 4}}, ModelParameters(), make_training())


def test_a_run_comes_to_its_first_fit_without_pytorch() -> None:
    """Its workers import it meanwhile, and would have to share the processor."""
    code = """
        import sys
        from pathlib import Path
        import yaml
        from sequence_learning.encoders import ENCODERS
        from sequence_learning.fits.configuration import configure
        from sequence_learning.fits.job import key_of
        from sequence_learning.fits.plan import plan_jobs
        from sequence_learning.fits.queue import workers_for_fits
        from sequence_learning.parameters import ModelParameters
        from sequence_learning.training import precision
        from sequence_learning.pipeline_registry import register_pipelines
        from tests.builders import make_model_input, make_training
        import sequence_learning.settings

        register_pipelines()
        precision.may_have_gpu = lambda: False
        data, training = make_model_input("regression"), make_training()
        blocks = yaml.safe_load(Path("conf/base/parameters_encoders.yml").read_text())["encoders"]
        jobs = plan_jobs(data, configure(blocks, ModelParameters(), training).values(), training.seeds, {})
        assert {job.model for job in jobs} == set(ENCODERS)
        for job in jobs:
            key_of(job, data)
        workers_for_fits(training)
        print([name for name in ("torch", "lightning", "sklearn") if name in sys.modules])
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("[]\n"), done.stdout + done.stderr
