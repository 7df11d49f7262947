from pathlib import Path

import pytest
import yaml

from sequence_learning.encoders import ENCODERS, encoder_class, encoder_config_class
from sequence_learning.encoders.base import SequenceEncoder

CONF = Path(__file__).parents[2] / "conf" / "base" / "parameters_encoders.yml"
BLOCKS = yaml.safe_load(CONF.read_text())["encoders"]


@pytest.mark.parametrize("name", ENCODERS)
def test_every_name_resolves_to_an_encoder(name: str) -> None:
    assert issubclass(encoder_class(name), SequenceEncoder)


@pytest.mark.parametrize("name", ENCODERS)
def test_options_are_found_without_the_encoder(name: str) -> None:
    assert encoder_config_class(name) is encoder_class(name).config_class


def test_no_class_is_registered_twice() -> None:
    assert len({encoder_class(name) for name in ENCODERS}) == len(ENCODERS)


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"must be registered, got 'gruu'; use one of: tabular_only, .*transformer"):
        encoder_class("gruu")


def test_configuration_has_one_block_per_encoder() -> None:
    assert set(BLOCKS) == set(ENCODERS)


@pytest.mark.parametrize("key", BLOCKS)
def test_a_block_names_the_encoder_it_is_filed_under_and_fits_it(key: str) -> None:
    options = dict(BLOCKS[key])
    assert options.pop("name") == key
    encoder = encoder_class(key)(3, encoder_class(key).config_class.model_validate(options))
    assert encoder.d_out >= 0


@pytest.mark.parametrize("name", ENCODERS)
def test_unknown_options_are_refused_by_name(name: str) -> None:
    with pytest.raises(ValueError, match="options must be known, got 'hiden'"):
        encoder_class(name).config_class.model_validate({"hiden": 1})


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("cnn", {"kernel_size": 4}, "kernel_size must be odd, so that a filter is centred, got 4; use 5"),
        ("cnn", {"dropout": 1.0}, r"dropout\n.*less than 1"),
        ("transformer", {"d_model": 10, "n_heads": 4}, "multiple of twice n_heads .*, got 10 and 4"),
        ("cnn", {"block": "inception", "channels": 6}, "multiple of 4 for inception blocks, got 6; use 8"),
        ("transformer", {"d_model": 7, "n_heads": 1}, r"d_model\n.*multiple of 2"),
        ("statistical_aggregation", {"statistics": ["max", "max"]}, r"named once, got \['max', 'max'\]"),
        (
            "statistical_aggregation",
            {"statistics": []},
            "at least one statistic or quantile must be taken, got neither; name some",
        ),
        ("statistical_aggregation", {"statistics": ["median"]}, "'mean', 'max', 'sum', 'min', 'std' or 'last'"),
        ("fixed_positional_weighting", {"decay": "cubic"}, "'linear' or 'exponential'"),
        ("fixed_positional_weighting", {"half_life": 0}, r"half_life\n.*greater than 0"),
        ("learned_static_positional_weighting", {"n_positions": 0}, r"n_positions\n.*greater than or equal to 1"),
        ("learned_weighted_average", {"d_hidden": 0}, r"d_hidden\n.*greater than or equal to 1"),
        ("lstm", {"hidden_size": 0}, r"hidden_size\n.*greater than or equal to 1"),
        ("gru", {"n_layers": 0}, r"n_layers\n.*greater than or equal to 1"),
    ],
)
def test_bad_options_are_refused_with_their_reason(name: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        encoder_class(name).config_class.model_validate(options)


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_have_defaults(name: str) -> None:
    assert encoder_class(name)(3).d_out == encoder_class(name)(3, encoder_class(name).config_class()).d_out
