"""Keys under which searches are kept: hashes of all that they depend on."""

import hashlib
import json
from importlib.metadata import version
from typing import Any

import numpy as np

from sequence_learning import source_code
from sequence_learning.encoders import ENCODERS
from sequence_learning.features.model_input import ModelInput
from sequence_learning.source_code import LIBRARIES, OF_A_BASELINE, OF_A_FIT

#: What can change the choice of the next trial, beside what can change the score of one.
_SEARCH = (
    "fits/configuration.py",
    "tuning/objective.py",
    "tuning/search.py",
    "tuning/space.py",
    "tuning/study.py",
)


def key_of_data(model_input: ModelInput) -> str:
    """A hash of the training and validation rows. Test rows do not count: a search never sees them."""
    rows = np.concatenate([model_input.rows("train"), model_input.rows("validation")])
    events = model_input.events_of(rows)
    arrays = [
        model_input.values[events],
        model_input.codes[events],
        model_input.lengths_of(rows),
        model_input.numeric[rows],
        model_input.categorical[rows],
        model_input.target[rows],
        model_input.part[rows],
        *([model_input.ages[events]] if model_input.ages is not None else []),
    ]
    whole = hashlib.sha256()
    for array in arrays:
        whole.update(f"{array.dtype}{array.shape}".encode())
        whole.update(np.ascontiguousarray(array).tobytes())
    whole.update(model_input.spec.model_dump_json().encode())
    whole.update(model_input.target_spec.model_dump_json().encode())
    return whole.hexdigest()[:16]


def key_of(name: str, parts: dict[str, Any]) -> str:
    """A hash of what a search is given, of the code and of the libraries.

    Args:
        name: of the model.
        parts: as JSON.
    """
    whole = json.dumps([name, parts, fingerprint(name), *map(version, ("optuna", *LIBRARIES))], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


def fingerprint(name: str) -> str:
    """A hash of the code that a model's search depends on; other encoders do not count."""
    if name in ENCODERS:
        return source_code.fingerprint(*OF_A_FIT, *_SEARCH, encoder=name)
    return source_code.fingerprint(*OF_A_BASELINE, *_SEARCH)
