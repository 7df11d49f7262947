import pytest
from pydantic import ValidationError

from sequence_learning.spec import InputSpec, TargetSpec
from tests.builders import make_model_input


@pytest.mark.parametrize(
    ("spec", "n_outputs"),
    [
        (TargetSpec(task="regression", mean=1.0, std=2.0), 1),
        (TargetSpec(task="binary", classes=("no", "yes")), 1),
        (TargetSpec(task="multiclass", classes=("a", "b", "c", "d")), 4),
    ],
)
def test_outputs_are_one_or_one_per_class(spec: TargetSpec, n_outputs: int) -> None:
    assert spec.n_outputs == n_outputs


@pytest.mark.parametrize("std", [0.0, -1.0])
def test_a_target_needs_a_positive_spread(std: float) -> None:
    with pytest.raises(ValidationError, match=r"std\n.*greater than 0"):
        TargetSpec(task="regression", std=std)


def test_unknown_keys_are_refused() -> None:
    known = make_model_input().spec.model_dump()
    with pytest.raises(ValidationError, match=r"n_chanels\n.*Extra inputs are not permitted"):
        InputSpec.model_validate(known | {"n_chanels": 3})


def test_a_model_needs_an_output() -> None:
    known = make_model_input().spec.model_dump()
    with pytest.raises(ValidationError, match=r"n_outputs\n.*greater than or equal to 1"):
        InputSpec.model_validate(known | {"n_outputs": 0})


def test_a_spec_from_before_there_were_ages_has_none() -> None:
    spec = make_model_input().spec
    older = spec.model_dump(exclude={"has_ages", "n_time_channels"})
    assert InputSpec.model_validate(older) == spec
    assert not spec.has_ages
    assert make_model_input(ages=True).spec.has_ages


def test_specs_survive_json() -> None:
    for spec in (make_model_input("multiclass").spec, make_model_input("multiclass").target_spec):
        assert type(spec).model_validate_json(spec.model_dump_json()) == spec
