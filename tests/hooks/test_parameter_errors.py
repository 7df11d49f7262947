"""Messages of Kedro and Pydantic as they are, and what is made of them."""

import pytest
from kedro.validation import ParameterValidator
from kedro.validation.exceptions import ParameterValidationError

from sequence_learning.hooks.parameter_errors import in_plain_words
from sequence_learning.options import Options
from sequence_learning.parameters import EncoderParameters, ModelParameters, TrainingParameters

_HEAD = "parameters must keep their rules; correct them in conf/ or --params:"
_TYPES = {"training": TrainingParameters, "model": ModelParameters, "encoders.gru": EncoderParameters}


class _Needed(Options):
    count: int


def told(given: dict[str, object], types: dict[str, type] = _TYPES) -> list[str]:
    with pytest.raises(ParameterValidationError) as caught:
        ParameterValidator(None)._apply_validation(given, types)
    return in_plain_words(str(caught.value)).splitlines()


def test_each_rule_has_the_name_of_its_parameter_and_the_value() -> None:
    given = {"model": {"dropout": 3, "n_layers": "many"}, "encoders": {"gru": {"name": "gru", "hidden_size": -4}}}
    assert told(given) == [
        _HEAD,
        "- model.n_layers: Input should be a valid integer, unable to parse string as an integer, got 'many'",
        "- model.dropout: Input should be less than 1, got 3",
        "- encoders.gru.hidden_size: Input should be greater than or equal to 1, got -4",
    ]


def test_a_list_is_told_whole() -> None:
    given = {"encoders": {"gru": {"name": "gru", "n_layers": [1, 2]}}}
    assert told(given) == [_HEAD, "- encoders.gru.n_layers: Input should be a valid integer, got [1, 2]"]


def test_what_has_its_own_words_keeps_them() -> None:
    head, line = told({"training": {"max_epoch": 3}})
    assert head == _HEAD
    assert line.startswith("- training: options must be known, got 'max_epoch'; correct the name: seeds, ")
    assert line.endswith(", cluster")


def test_a_missing_one_is_named_without_its_block() -> None:
    assert told({"needed": {}}, {"needed": _Needed}) == [_HEAD, "- needed.count: Field required"]


def test_a_message_of_another_kind_stays_as_it_is() -> None:
    assert in_plain_words("columns must be numbers\nand so on") == "columns must be numbers\nand so on"
    assert in_plain_words("Parameter validation failed:\n- Parameter 'x': is none").endswith("\n- x: is none")
