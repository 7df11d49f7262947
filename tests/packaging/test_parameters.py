import pytest
from pydantic import ValidationError

from sequence_learning.packaging.parameters import BundleParameters
from tests.builders import shipped_parameters


def test_an_unknown_encoder_and_unfit_names_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"bundle.encoder must be a registered encoder, got 'lightgbm_tabular'"):
        BundleParameters(name="x", encoder="lightgbm_tabular")
    for wrong in ({"registered_name": "a/b"}, {"alias": "a:b"}, {"registered_name": ""}):
        with pytest.raises(ValidationError):
            BundleParameters.model_validate({"name": "x"} | wrong)


@pytest.mark.parametrize("environment", ["base", "flights", "smoke"])
def test_the_shipped_bundle_bears_the_name_of_the_data(environment: str) -> None:
    shipped = BundleParameters.model_validate(shipped_parameters(environment)["bundle"])
    name = {"base": "synthetic"}.get(environment, environment)
    assert shipped == BundleParameters(name=name, registered_name=f"sequence_learning_{name}")
