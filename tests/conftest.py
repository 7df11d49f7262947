"""Fixtures of all tests. Nothing here imports PyTorch, so that tests that need none start fast."""

import os
import sys

import pytest
from hypothesis import settings

from sequence_learning.features.model_input import ModelInput
from tests.builders import TASKS, make_model_input

# Tensors are tiny here: a second thread helps none of them, and makes many wait where cores are shared.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Read when Ray is imported, which tests may do before the project does: workers are those of this environment.
os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
# Where it can be imported, jsonschema builds its grammar of addresses, which takes seconds and is used by nobody here.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

settings.register_profile("repeatable", deadline=None, max_examples=20, derandomize=True)
settings.load_profile("repeatable")


#: Files that take longest.
_FIRST = ("tests/training/test_cluster.py", "tests/graph/", "tests/encoders/test_contract.py", "tests/inference/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A worker runs a whole file, so those that take longest must not be what is left at the end."""
    items.sort(key=lambda item: next((i for i, file in enumerate(_FIRST) if item.nodeid.startswith(file)), len(_FIRST)))


@pytest.fixture(params=TASKS)
def model_input(request: pytest.FixtureRequest) -> ModelInput:
    """Prepared features of 60 rows, zero-length ones included; once for each kind of target."""
    return make_model_input(request.param)


@pytest.fixture(scope="session")
def regression_input() -> ModelInput:
    """The same with a regression target alone."""
    return make_model_input("regression")
