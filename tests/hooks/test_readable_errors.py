import sys

import pytest
from kedro.io import DatasetError
from kedro.validation.exceptions import ParameterValidationError

from sequence_learning.features.errors import DataError
from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.hooks.readable_errors import ReadableErrors
from sequence_learning.hooks.refusal import RunRefusedError


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Types of errors that the interpreter was left to show, while the hook is in place."""
    left: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: left.append(kind.__name__))
    for _ in range(2):  # a notebook creates several contexts
        ReadableErrors().after_context_created()
    return left


@pytest.mark.parametrize("kind", [DataError, FitsFailedError, ParameterValidationError, RunRefusedError])
def test_a_users_mistake_is_one_message(
    shown: list[str], capsys: pytest.CaptureFixture[str], kind: type[Exception]
) -> None:
    message = "columns must be [bold]; correct them " + "and so on " * 30
    sys.excepthook(kind, kind(message), None)
    assert capsys.readouterr().err == f"{kind.__name__}: {message}\n"
    assert shown == []


def test_a_missing_key_is_told_where_it_went(shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    error = ParameterValidationError("training: patience\n  Field required")
    sys.excepthook(ParameterValidationError, error, None)
    assert "takes the place of the whole block in conf/base" in capsys.readouterr().err
    assert shown == []


def test_a_mistake_that_kedro_found_while_saving_is_shown_alone(
    shown: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    error, inner = DatasetError("scored: Failed while saving"), DatasetError("Failed while saving data to dataset")
    error.__cause__, inner.__cause__ = inner, DataError("ids must be unique; remove the repeated rows")
    sys.excepthook(DatasetError, error, None)
    assert capsys.readouterr().err == "DataError: ids must be unique; remove the repeated rows\n"
    assert shown == []


def test_other_errors_are_shown_as_ever(shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    sys.excepthook(ZeroDivisionError, ZeroDivisionError(), None)
    assert shown == ["ZeroDivisionError"]
    assert capsys.readouterr().err == ""
