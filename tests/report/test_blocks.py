import numpy as np
import pandas as pd

from sequence_learning.report.blocks import Column, Section, Table

TABLE = pd.DataFrame(
    {"encoder": ["learned_decay", "gru"], "score": [0.25, np.nan], "rows": [1000, 2], "good": [True, False]}
)


def test_a_table_shows_the_columns_it_has_in_the_order_asked_for() -> None:
    table = Table.of(TABLE, {"rows": Column("n", "{:,}"), "absent": Column("?"), "encoder": Column("model")})
    assert table.heads == ["n", "model"]
    assert table.rows == [["1,000", "learned decay"], ["2", "gru"]]


def test_missing_numbers_are_empty_and_truth_is_said_in_words() -> None:
    table = Table.of(TABLE, {"score": Column("score", "{:.3f}"), "good": Column("good enough")})
    assert table.rows == [["0.250", "yes"], ["", "no"]]


def test_the_chosen_row_is_marked() -> None:
    columns = {"encoder": Column("model")}
    assert Table.of(TABLE, columns, marked="gru").marked == 1
    assert Table.of(TABLE, columns, marked="lstm").marked is None
    assert Table.of(TABLE, columns).marked is None


def test_anchors_hold_no_spaces() -> None:
    assert Section("What the sequence adds", []).anchor == "what-the-sequence-adds"
