import pandas as pd
import pytest

from sequence_learning.report.blocks import Table
from sequence_learning.report.data import data_section
from sequence_learning.validation.problem import SAMPLED, Problem, as_table

BY_PART = pd.DataFrame({"part": ["train"], "rows": [3]})
BY_COLUMN = pd.DataFrame({"table": ["events"], "column": ["amount"], "mean": [0.123456]})
LEAKAGE = pd.DataFrame({"check": ["labels"], "verdict": ["fine"]})


def captions(rule: str) -> dict[str, Table]:
    problem = Problem("warning", rule, "events", "amount", "1", 0, (), "look")
    section = data_section(BY_PART, BY_COLUMN, LEAKAGE, as_table([problem]))
    return {block.caption: block for block in section.blocks if isinstance(block, Table)}


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        (SAMPLED, ["Warnings", "Leakage checks, events by a sample", "Parts", "Columns, events by a sample"]),
        ("should vary", ["Warnings", "Leakage checks", "Parts", "Columns"]),
    ],
)
def test_tables_that_a_sample_stands_behind_say_so(rule: str, names: list[str]) -> None:
    tables = captions(rule)
    assert list(tables) == names
    assert tables[names[-1]].rows == [["events", "amount", "0.123"]]
