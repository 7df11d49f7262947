import pandas as pd
import plotly.graph_objects as go

from sequence_learning.report.blocks import Chart, Table
from sequence_learning.report.tuning import sections
from sequence_learning.tuning.curves import best_after
from sequence_learning.tuning.plots import plot_best_after
from sequence_learning.tuning.summary import summarise
from tests.tuning.small import make_tuning
from tests.tuning.test_summary import TRIALS


def test_a_search_has_a_section_with_its_curves_and_what_it_used() -> None:
    tuning = make_tuning(trials=6, cpu_seconds=20)
    summary = summarise("regression", TRIALS, tuning)
    (section,) = sections(plot_best_after(best_after(TRIALS, tuning), "r2"), summary)
    assert section.title == "Search with equal budgets"
    (chart,) = (block for block in section.blocks if isinstance(block, Chart))
    assert "validation R²" in chart.caption
    (table,) = (block for block in section.blocks if isinstance(block, Table))
    assert dict(zip(table.heads, table.rows[0], strict=True))["gain"] == "+0.100"


def test_without_a_search_there_is_none() -> None:
    assert sections(None, None) == []
    assert sections(go.Figure(), None) == []
    assert sections(None, pd.DataFrame()) == []
