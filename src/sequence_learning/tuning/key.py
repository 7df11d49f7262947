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
    portions = [model_input.select(rows[portion]).fingerprint for portion in model_input.portions(rows)]
    return hashlib.sha256(json.dumps([portions, model_input.window_events]).encode()).hexdigest()[:16]


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
