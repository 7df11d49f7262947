import numpy as np

from sequence_learning.baselines.fit import BaselineCosts, fit_baseline
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.features.model_input import ModelInput
from sequence_learning.training.fit import Costs


def test_costs_have_the_names_and_the_order_of_an_encoders() -> None:
    assert list(BaselineCosts.__annotations__) == list(Costs.__annotations__)


def test_boosting_counts_rounds(regression_input: ModelInput) -> None:
    parameters = BaselineParameters.model_validate({"name": "lightgbm_tabular", "n_rounds": 9})
    told: list[dict[str, float]] = []
    fit = fit_baseline(regression_input, parameters, 4, lambda record: told.append(dict(record)))
    costs = fit.costs
    assert fit.baseline.name == "lightgbm_tabular"
    assert (costs["seed"], costs["epochs"]) == (4, 9)
    losses = [record["val_loss_by_round"] for record in fit.rounds]
    assert costs["kept_epoch"] == np.argmin(losses)
    assert [record["val_loss"] for record in told] == losses
    seconds = [record["seconds"] for record in told]
    assert 0 < seconds[0] <= seconds[-1] <= costs["fit_seconds"]
    assert np.isnan([costs["parameters"], costs["encoder_parameters"], costs["samples_per_second"]]).all()


def test_the_mean_has_neither_rounds_nor_size(regression_input: ModelInput) -> None:
    costs = fit_baseline(regression_input, BaselineParameters(name="predict_the_mean"), 4).costs
    assert costs["seed"] == 4
    assert costs["fit_seconds"] > 0
    absent = ("parameters", "encoder_parameters", "epochs", "kept_epoch", "samples_per_second")
    assert np.isnan([costs[name] for name in absent]).all()
