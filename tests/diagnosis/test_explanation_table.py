import pandas as pd

from sequence_learning.diagnosis.explanation_table import list_explanations

READ = {"explains": "half-lives", "agreement": 1.5, "learned": [2.0], "true": [3.0]}
ROW = {"task": "irregular_time", "model": "learned_decay", "seed": 1, "score": 0.5}


def test_trials_whose_model_could_be_read_are_listed() -> None:
    table = list_explanations(pd.DataFrame([ROW | {"model": "gru"}, ROW | READ]))
    assert table.to_dict("records") == [{name: (ROW | READ)[name] for name in table.columns}]
    assert set(READ) < set(table.columns)


def test_without_any_the_table_is_empty_and_has_its_columns() -> None:
    empty = list_explanations(pd.DataFrame([ROW]))
    assert len(empty) == 0
    assert list(empty.columns) == list(list_explanations(pd.DataFrame([ROW | READ])).columns)
