import logging
from pathlib import Path

import numpy as np
import pytest

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits import precision
from sequence_learning.fits.configuration import configure
from sequence_learning.fits.encoder_job import EncoderJob
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.precision import chosen_here, hardware, measure_precisions
from sequence_learning.fits.store import FitStore
from sequence_learning.parameters import ModelParameters
from tests.builders import SMALL, make_model_input, make_training


@pytest.fixture(scope="module")
def data() -> ModelInput:
    return make_model_input()


SMALL_MODEL = ModelParameters(d_tabular=8, d_head=8)
ENCODERS: dict[str, object] = {name: {"name": name, **SMALL[name]} for name in ("tabular_only", "learned_decay")}
MEASURED = {"hardware": hardware(make_training()), "encoders": {"tabular_only": "bf16", "learned_decay": "32"}}


def test_every_encoder_is_fitted_in_both_with_every_seed(data: ModelInput, tmp_path: Path) -> None:
    table = measure_precisions(data, FitStore(tmp_path), ENCODERS, SMALL_MODEL, make_training(seeds=(0, 3)))
    fits = table[["encoder", "precision", "seed"]].apply(tuple, axis=1).tolist()
    assert fits == [(name, bits, seed) for name in ENCODERS for seed in (0, 3) for bits in ("32", "bf16")]
    assert table["samples_per_second"].gt(0).all()
    # Close to each other, but not the same: bf16 has three decimal digits.
    by_precision = table.set_index(["encoder", "seed", "precision"])["val_score"].unstack()
    np.testing.assert_allclose(by_precision["32"], by_precision["bf16"], atol=0.05)
    assert (by_precision["32"] != by_precision["bf16"]).all()


def test_what_another_machine_measured_is_measured_anew(
    data: ModelInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = []
    for machine in ("one", "one", "another"):
        monkeypatch.setattr(precision, "processor_name", lambda machine=machine: machine)
        table = measure_precisions(data, FitStore(tmp_path), ENCODERS, SMALL_MODEL, make_training())
        seconds.append(table["samples_per_second"].tolist())
    assert seconds[0] == seconds[1] != seconds[2]


def test_a_fit_that_fails_is_missing_and_the_others_are_not(
    data: ModelInput, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails_in_bf16(self: EncoderJob, *arguments: object) -> None:
        if self.parameters.precision == "bf16":
            raise RuntimeError("the processor cannot")
        whole(self, *arguments)  # type: ignore[arg-type]

    whole = EncoderJob.run
    monkeypatch.setattr(EncoderJob, "run", fails_in_bf16)
    table = measure_precisions(data, FitStore(tmp_path), ENCODERS, SMALL_MODEL, make_training())
    failed = table["precision"] == "bf16"
    assert table.loc[failed, ["samples_per_second", "val_score"]].isna().all(axis=None)
    assert table.loc[~failed, ["samples_per_second", "val_score"]].notna().all(axis=None)


def test_what_was_measured_on_this_hardware_is_taken_and_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    assert chosen_here(MEASURED, make_training(precision="auto")) == MEASURED["encoders"]
    assert caplog.messages == ["training.precision auto: bf16 for tabular_only, as measured"]


@pytest.mark.parametrize("measured", [{}, MEASURED | {"hardware": {"trains_on": "another", "torch": "2"}}])
def test_nothing_is_taken_from_another_machine_and_that_is_told(
    measured: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert chosen_here(measured, make_training(precision="auto")) == {}
    assert (
        "bf16 was not measured for these data on this machine with this PyTorch, so training computes with 32 bits"
        in caplog.messages[0]
    )
    assert "measure_precision" in caplog.messages[0]


@pytest.mark.parametrize("precision", ["32", "bf16"])
def test_a_precision_that_is_asked_for_is_what_is_taken(data: ModelInput, precision: str) -> None:
    training = make_training(precision=precision)
    assert chosen_here(MEASURED, training) == {}
    configured = configure(ENCODERS, SMALL_MODEL, training).values()
    jobs = plan_jobs(data, configured, training.seeds, {"tabular_only": "bf16"})
    assert {job.parameters.precision for job in jobs if isinstance(job, EncoderJob)} == {precision}


def test_auto_is_settled_for_every_encoder_before_its_fit(data: ModelInput) -> None:
    configured = configure(ENCODERS, SMALL_MODEL, make_training(precision="auto")).values()
    jobs = plan_jobs(data, configured, [0], {"tabular_only": "bf16"})
    found = {job.model: job.parameters.precision for job in jobs if isinstance(job, EncoderJob)}
    assert found == {"tabular_only": "bf16", "learned_decay": "32"}
