import pandas as pd
import pytest

from sequence_learning.evaluation.ablation import measure_all, plan_variations, summarise
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import AblationParameters, EncoderParameters, ModelParameters
from tests.builders import make_training

ENCODERS = {name: EncoderParameters(name=name) for name in ("statistical_aggregation", "gru")}
MODEL = ModelParameters(d_tabular=8, d_head=8)


def ablations(changes: dict[str, object], encoders: tuple[str, ...] = ("gru",), run: str = "all") -> AblationParameters:
    groups = {"one": {"encoders": encoders, "changes": changes}, "other": {"encoders": ["gru"], "changes": {"as": {}}}}
    return AblationParameters.model_validate({"run": run, "groups": groups})


def test_every_change_meets_every_encoder_of_its_group() -> None:
    plan = plan_variations(ablations({"as": {}, "film": {}}, tuple(ENCODERS)), ENCODERS, MODEL, make_training())
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
        ablations({"as": {}, "all": change}, run="one"), ENCODERS, MODEL, make_training()
    )
    assert (as_it_is.encoder, as_it_is.model, as_it_is.training) == (ENCODERS["gru"], MODEL, make_training())
    assert changed.encoder.options == {"hidden_size": 7}
    assert changed.model == MODEL.model_copy(update={"fusion": "film"})
    assert changed.training == make_training(learning_rate=0.5)


def test_an_encoder_without_a_configuration_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"groups\.one must name configured encoders, got lstm; use some of: stat.*gru"
    ):
        plan_variations(ablations({"as": {}}, ("lstm",)), ENCODERS, MODEL, make_training())


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
        plan_variations(ablations({"new": change}), ENCODERS, MODEL, make_training())


def test_a_part_that_cannot_change_is_refused() -> None:
    with pytest.raises(ValueError, match="must be known, got 'data'; correct the name: encoder, model, training"):
        ablations({"new": {"data": {"num_samples": 3}}})


def test_a_group_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match=r"ablations\.run must be all or a group, got 'two'; use one of: one, other"):
        ablations({"as": {}}, run="two")


def test_every_variation_is_scored_with_every_seed_on_rows_it_did_not_train_on(model_input: ModelInput) -> None:
    training = make_training(seeds=(0, 1), max_epochs=1)
    changes = ablations({"as": {}, "tabm": {"model": {"backbone": "tabm"}}}, run="one")
    measured = measure_all(model_input, plan_variations(changes, ENCODERS, MODEL, training))
    assert measured[["encoder", "change", "seed"]].to_numpy().tolist() == [
        ["gru", change, seed] for change in ("as", "tabm") for seed in (0, 1)
    ]
    metric = {"regression": "r2", "binary": "auc", "multiclass": "accuracy"}[model_input.target_spec.task]
    assert measured[[metric, f"val_{metric}", "parameters", "fit_seconds"]].notna().all(axis=None)
    assert measured.groupby("change")["parameters"].nunique().eq(1).all()


def test_gains_are_paired_over_seeds_with_the_first_change() -> None:
    rows = [("as", 0, 0.5), ("as", 1, 0.7), ("new", 0, 0.6), ("new", 1, 0.9)]
    measured = pd.DataFrame(rows, columns=["change", "seed", "r2"]).assign(
        group="g", encoder="gru", val_r2=0.1, parameters=3, encoder_parameters=2, epochs=1, fit_seconds=4.0
    )
    first, second = summarise("regression", measured).to_dict("records")
    assert (first["change"], first["r2"], first["seeds"]) == ("as", pytest.approx(0.6), 2)
    assert pd.isna(first["gain"])
    assert second["gain"] == pytest.approx(0.15)
    assert second["gain_std"] == pytest.approx(0.05 * 2**0.5)
    assert second["val_r2"] == pytest.approx(0.1)
