from dataclasses import replace

import numpy as np
import pytest

from sequence_learning.tuning import key as key_
from sequence_learning.tuning.key import fingerprint, key_of_data
from sequence_learning.tuning.parameters import FloatRange
from tests.builders import make_model_input
from tests.tuning.small import configured, make_search, make_tuning, with_other_test_rows


def test_the_key_changes_with_all_that_a_search_depends_on() -> None:
    search = make_search()
    rate = FloatRange(kind="float", low=0.001, high=0.2, log=True)
    others = {
        "as it is": search,
        "seed": replace(search, seed=1),
        "data": replace(search, data="other rows"),
        "trials": make_search(trials=7),
        "seconds": make_search(cpu_seconds=7),
        "pruning": make_search(prune_after=2),
        "space": replace(search, space={**search.space, "training.learning_rate": rate}),
        "model": make_search("statistical_aggregation"),
        "training": replace(search, configuration=configured(max_epochs=3)["gru"]),
        "option": replace(search, configuration=configured({"gru": {"name": "gru", "hidden_size": 4}})["gru"]),
    }
    keys = {what: other.key for what, other in others.items()}
    assert len(set(keys.values())) == len(keys), keys


def test_the_key_ignores_how_many_searches_there_are_and_who_runs_them() -> None:
    search = make_search()
    assert search.key == replace(search, tuning=make_tuning(searches=5, models=("gru",), use=True)).key
    assert search.key == replace(search, configuration=configured(n_workers=2, seeds=(3, 4))["gru"]).key


def test_the_key_changes_with_code_and_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    before = make_search().key
    with monkeypatch.context() as patched:
        patched.setattr(key_, "version", lambda library: "0")
        assert make_search().key != before
    monkeypatch.setattr(key_, "fingerprint", lambda name: "other")
    assert make_search().key != before


def test_code_of_other_models_does_not_count() -> None:
    assert fingerprint("gru") == fingerprint("lstm")  # one file
    assert len({fingerprint(name) for name in ("gru", "cnn", "lightgbm_tabular")}) == 3
    assert fingerprint("lightgbm_tabular") == fingerprint("lightgbm_length")


def test_the_key_of_data_is_that_of_rows_that_train_and_validate() -> None:
    model_input = make_model_input(ages=True)
    key = key_of_data(model_input)
    assert key == key_of_data(make_model_input(ages=True)) == key_of_data(with_other_test_rows(model_input))
    for name in ("values", "numeric", "target", "ages"):
        changed = np.array(getattr(model_input, name))
        # Entities of builders are spread over the parts, so that some of all belong to training rows.
        changed += 1
        assert key_of_data(replace(model_input, **{name: changed})) != key
    assert key_of_data(make_model_input(ages=False)) != key
