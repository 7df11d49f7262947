from pathlib import Path

import pandas as pd
import pytest

from sequence_learning.evaluation.ablation import config_of, measure_all, plan_variations, summarise
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits.configuration import configure
from sequence_learning.fits.encoder_job import read_fit
from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.fits.plan import plan_jobs
from sequence_learning.fits.queue import run_all
from sequence_learning.fits.store import FitStore
from sequence_learning.metrics import METRICS, score
from sequence_learning.parameters import AblationParameters, EncoderParameters, ModelParameters
from sequence_learning.training.fit import fit
from sequence_learning.training.predict import original_target, predict
from tests.builders import make_model_input, make_training

ENCODERS = {name: EncoderParameters(name=name) for name in ("statistical_aggregation", "gru")}
DATA = make_model_input()
MODEL = ModelParameters(d_tabular=8, d_head=8)
TRAINING = make_training()


def ablations(changes: dict[str, object], encoders: tuple[str, ...] = ("gru",), run: str = "all") -> AblationParameters:
    groups = {"one": {"encoders": encoders, "changes": changes}, "other": {"encoders": ["gru"], "changes": {"as": {}}}}
    return AblationParameters.model_validate({"run": run, "groups": groups})


def test_every_change_meets_every_encoder_of_its_group() -> None:
    plan = plan_variations(DATA, ablations({"as": {}, "film": {}}, tuple(ENCODERS)), ENCODERS, MODEL, TRAINING)
    assert [(v.group, v.encoder.name, v.change) for v in plan] == [
        ("one", "statistical_aggregation", "as"),
        ("one", "statistical_aggregation", "film"),
        ("one", "gru", "as"),
        ("one", "gru", "film"),
        ("other", "gru", "as"),
    ]


def test_a_change_touches_what_it_names_and_nothing_else() -> None:
    change = {"encoder": {"hidden_size": 7}, "model": {"fusion": "film"}, "training": {"learning_rate": 0.5}}
    (as_it_is, changed) = plan_variations(
        DATA, ablations({"as": {}, "all": change}, run="one"), ENCODERS, MODEL, TRAINING
    )
    assert (as_it_is.encoder, as_it_is.model, as_it_is.training) == (ENCODERS["gru"], MODEL, TRAINING)
    assert changed.encoder.options == {"hidden_size": 7}
    assert changed.model == MODEL.model_copy(update={"fusion": "film"})
    assert changed.training == make_training(learning_rate=0.5)


def test_an_encoder_without_a_configuration_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"groups\.one must name configured encoders, got lstm; use some of: stat.*gru"
    ):
        plan_variations(DATA, ablations({"as": {}}, ("lstm",)), ENCODERS, MODEL, TRAINING)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoder": {"hidden": 3}}, "groups.one.changes.new, encoder gru: .*correct the name: hidden_size"),
        ({"model": {"fusion": "sum"}}, "groups.one.changes.new, encoder gru: .*Input should be 'concat'"),
        ({"training": {"epochs": 3}}, "groups.one.changes.new, encoder gru: .*correct the name: .*max_epochs"),
    ],
)
def test_a_change_that_does_not_fit_is_refused_with_its_place(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=rf"(?s){message}"):
        plan_variations(DATA, ablations({"new": change}), ENCODERS, MODEL, TRAINING)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("learned_decay", {"encoder": {"unit": "time", "shortest": 1, "longest": 9}}, "set schema.time"),
        ("learned_weighted_average", {"encoder": {"d_query": 5}}, "8 numbers, got d_query 5"),
        ("gru", {"training": {"loss": "focal"}}, "are for classes, got a regression target"),
    ],
)
def test_a_model_that_the_data_do_not_allow_is_refused_before_any_is_trained(
    name: str, change: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=rf"groups\.one\.changes\.new, encoder {name}: .*{message}"):
        plan_variations(
            DATA, ablations({"new": change}, (name,), run="one"), {name: EncoderParameters(name=name)}, MODEL, TRAINING
        )


def test_every_variation_is_scored_with_every_seed_on_validation_and_test_rows(
    model_input: ModelInput, tmp_path: Path
) -> None:
    training = make_training(seeds=(0, 1), max_epochs=1)
    changes = ablations({"as": {}, "tabm": {"model": {"backbone": "tabm"}}}, run="one")
    plan = plan_variations(model_input, changes, ENCODERS, MODEL, training)
    measured, failed = measure_all(model_input, plan, FitStore(tmp_path), {})
    assert failed.empty
    assert measured[["encoder", "change", "seed"]].to_numpy().tolist() == [
        ["gru", change, seed] for change in ("as", "tabm") for seed in (0, 1)
    ]
    assert measured[["parameters", "fit_seconds"]].notna().all(axis=None)
    second = measured.iloc[1]
    model = fit(model_input, config_of(model_input, plan[0], seed=1), training).checkpoint.load_model()
    task = model_input.target_spec.task
    for part, prefix in (("validation", "val_"), ("test", "")):
        rows = model_input.rows(part)
        own = pd.DataFrame({"target": original_target(model_input, rows), **predict(model, model_input, rows)})
        assert {name: second[prefix + name] for name in METRICS[task]} == pytest.approx(score(task, own), nan_ok=True)


def test_gains_are_paired_over_seeds_with_the_first_change() -> None:
    rows = [("as", 0, 0.5, 3.0), ("as", 1, 0.7, 2.0), ("new", 0, 0.6, 2.0), ("new", 1, 0.9, 1.5)]
    measured = pd.DataFrame(rows, columns=["change", "seed", "val_r2", "val_rmse"]).assign(
        group="g", encoder="gru", r2=0.1, val_mae=1.0, parameters=3, encoder_parameters=2, epochs=1, fit_seconds=4.0
    )
    first, second = summarise("regression", measured).to_dict("records")
    assert (first["change"], first["val_r2"], first["seeds"]) == ("as", pytest.approx(0.6), 2)
    assert pd.isna(first["gain"])
    assert second["gain"] == pytest.approx(0.15)
    assert second["gain_std"] == pytest.approx(0.05 * 2**0.5)
    assert second["r2"] == pytest.approx(0.1)
    assert (second["val_rmse"], second["difference_rmse"]) == pytest.approx((1.75, -0.75))
    assert second["difference_rmse_std"] == pytest.approx(0.25 * 2**0.5)
    assert second["difference_mae"] == 0
    assert pd.isna(first["difference_rmse"])


def test_a_fit_that_fails_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    diverging = {"training": {"learning_rate": 1e30}}
    changes = ablations({"as": {}, "diverging": diverging}, run="one")
    plan = plan_variations(DATA, changes, ENCODERS, MODEL, make_training(seeds=(0, 1), max_epochs=1))
    measured, failed = measure_all(DATA, plan, FitStore(tmp_path), {})
    assert failed[["model", "seed"]].to_numpy().tolist() == [["gru diverging", 0], ["gru diverging", 1]]
    assert failed["reason"].str.contains("validation loss must be finite").all()
    first, second = summarise("regression", measured).to_dict("records")
    assert (first["seeds"], second["seeds"]) == (2, 0)
    assert pd.isna(second["gain"])


def test_nothing_is_told_where_every_fit_fails(tmp_path: Path) -> None:
    diverging = ablations({"as": {"training": {"learning_rate": 1e30}}}, run="one")
    plan = plan_variations(DATA, diverging, ENCODERS, MODEL, make_training(max_epochs=1))
    with pytest.raises(FitsFailedError, match=r"every fit failed; gru as with seed 0: .* must be finite"):
        measure_all(DATA, plan, FitStore(tmp_path), {})


def test_fits_of_the_main_job_are_not_repeated(tmp_path: Path) -> None:
    training = make_training(max_epochs=1)
    configured = configure({"gru": ENCODERS["gru"]}, MODEL, training).values()
    outcomes, _ = run_all(plan_jobs(DATA, configured, training.seeds, {}), DATA, FitStore(tmp_path), 1)
    kept = read_fit(FitStore(tmp_path).file(outcomes[0].key)).costs["fit_seconds"]
    plan = plan_variations(DATA, ablations({"as": {}}, run="one"), ENCODERS, MODEL, training)
    measured, _ = measure_all(DATA, plan, FitStore(tmp_path), {})
    assert measured["fit_seconds"].tolist() == [kept]
