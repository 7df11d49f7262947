import math
from pathlib import Path
from typing import Any

import pytest

from sequence_learning.baselines import BASELINES
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.baseline_job import BaselineJob, read_baseline
from sequence_learning.fits.job import key_of


def job(name: str = "lightgbm_tabular", seed: int = 0, **options: Any) -> BaselineJob:
    return BaselineJob(BaselineParameters.model_validate({"name": name, **options}), seed)


def run(job: BaselineJob, data: ModelInput, folder: Path) -> list[Any]:
    told: list[Any] = []
    job.run(data, folder / "a.fit", folder / "a.state", told.append)
    return told


def test_it_says_which_model_and_how_long() -> None:
    found = job(seed=7, n_rounds=5)
    assert (found.model, found.seed, found.n_steps) == ("lightgbm_tabular", 7, 5)


def test_options_seed_and_name_change_the_key(regression_input: ModelInput) -> None:
    jobs = [job(), job(seed=1), job("lightgbm_length"), job(n_rounds=5), job(learning_rate=0.3)]
    assert len({key_of(one, regression_input) for one in jobs}) == len(jobs)
    assert key_of(job(), regression_input) == key_of(job(), regression_input)


@pytest.mark.parametrize("name", BASELINES)
def test_a_fit_is_kept_and_read_again(model_input: ModelInput, tmp_path: Path, name: str) -> None:
    options = {} if name == "predict_the_mean" else {"n_rounds": 4}
    told = run(job(name, 3, **options), model_input, tmp_path)
    kept = read_baseline(tmp_path / "a.fit")
    assert [path.name for path in tmp_path.iterdir()] == ["a.fit"]
    assert kept.baseline.name == name
    assert kept.costs["seed"] == 3
    assert math.isnan(kept.costs["parameters"])
    assert len(kept.rounds) == len(told)
    assert [record["val_loss"] for record in told] == [r["val_loss_by_round"] for r in kept.rounds]
    rows = model_input.rows("test")
    before = kept.baseline.predict(model_input, rows)
    run(job(name, 3, **options), model_input, tmp_path)
    for column, values in read_baseline(tmp_path / "a.fit").baseline.predict(model_input, rows).items():
        assert (values == before[column]).all()
