from pathlib import Path

import pytest
import yaml

from sequence_learning.baselines import BASELINES, baseline_class, load_baseline
from sequence_learning.baselines.base import Baseline
from sequence_learning.baselines.parameters import BaselineParameters
from sequence_learning.encoders import ENCODERS

CONF = Path(__file__).parents[2] / "conf" / "base" / "parameters_baselines.yml"
BLOCKS = yaml.safe_load(CONF.read_text())["baselines"]


@pytest.mark.parametrize("name", BASELINES)
def test_every_name_resolves_to_a_baseline_that_bears_it(name: str) -> None:
    assert issubclass(baseline_class(name), Baseline)
    assert baseline_class(name).model_fields["name"].default == name


def test_no_baseline_bears_the_name_of_an_encoder() -> None:
    # Both have a pipeline train_<name> and a namespace.
    assert not set(BASELINES) & set(ENCODERS)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    message = r"must be registered, got 'lightgbm'; use one of: predict_the_mean, .*lightgbm_aggregates"
    with pytest.raises(ValueError, match=message):
        baseline_class("lightgbm")
    with pytest.raises(ValueError, match=message):
        load_baseline({"name": "lightgbm"})


def test_configuration_has_one_block_per_baseline() -> None:
    assert set(BLOCKS) == set(BASELINES)


@pytest.mark.parametrize("key", BLOCKS)
def test_a_block_names_the_baseline_it_is_filed_under_and_fits_it(key: str) -> None:
    assert BLOCKS[key]["name"] == key
    assert isinstance(BaselineParameters.model_validate(BLOCKS[key]).config, baseline_class(key).config_class)


@pytest.mark.parametrize("name", BASELINES)
def test_unknown_options_are_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match=f"baseline {name}: (.|\n)*options must be known, got 'num_leafs'"):
        BaselineParameters.model_validate({"name": name, "num_leafs": 1})


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_have_defaults(name: str) -> None:
    assert BaselineParameters(name=name).config == baseline_class(name).config_class()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_leaves": 1}, r"num_leaves\n.*greater than or equal to 2"),
        ({"feature_fraction": 0.0}, r"feature_fraction\n.*greater than 0"),
        ({"bagging_fraction": 1.1}, r"bagging_fraction\n.*less than or equal to 1"),
        ({"n_rounds": 0}, r"n_rounds\n.*greater than or equal to 1"),
        ({"last_k": 0}, r"last_k\n.*greater than or equal to 1"),
    ],
)
def test_bad_options_are_refused_with_their_reason(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BaselineParameters.model_validate({"name": "lightgbm_aggregates", **options})
