import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from sequence_learning.features.model_input import ModelInput
from sequence_learning.fits import job as module
from sequence_learning.fits.job import key_of, title_of
from tests.fits.jobs import Quick


@dataclass(frozen=True)
class Depends(Quick):
    on: Any = None

    def depends_on(self) -> dict[str, Any]:
        return {"on": self.on}


def test_the_key_names_model_and_seed_and_may_be_a_file_name(regression_input: ModelInput) -> None:
    assert re.fullmatch(r"learned_decay_seed_3_[0-9a-f]{16}", key_of(Quick("learned_decay", 3), regression_input))
    assert title_of(Quick("gru", 3)) == "gru seed 3"


def test_the_key_changes_with_what_the_fit_depends_on_and_with_the_data(regression_input: ModelInput) -> None:
    target = regression_input.target.copy()
    target[-1] = np.nextafter(target[-1], np.float32(9))
    keys = [
        key_of(Depends("gru", 0, {"rate": 1}), regression_input),
        key_of(Depends("gru", 0, {"rate": 2}), regression_input),
        key_of(Depends("gru", 1, {"rate": 1}), regression_input),
        key_of(Depends("lstm", 0, {"rate": 1}), regression_input),
        key_of(Depends("gru", 0, {"rate": 1}), replace(regression_input, target=target)),
    ]
    assert len(set(keys)) == len(keys)


def test_the_order_of_what_it_depends_on_does_not_matter(regression_input: ModelInput) -> None:
    first, second = {"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}
    assert key_of(Depends("gru", 0, first), regression_input) == key_of(Depends("gru", 0, second), regression_input)


@pytest.mark.parametrize("library", ["torch", "numpy", "lightgbm", "scikit-learn", "tabm"])
def test_another_version_of_a_library_gives_another_key(
    regression_input: ModelInput, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, version = key_of(Quick("gru"), regression_input), module.version
    monkeypatch.setattr(module, "version", lambda name: "99" if name == library else version(name))
    assert key_of(Quick("gru"), regression_input) != before
