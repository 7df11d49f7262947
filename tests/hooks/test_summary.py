import pandas as pd
from rich.console import Console

from sequence_learning.hooks.summary import leaderboard_table


def _printed(leaderboard: pd.DataFrame) -> list[str]:
    console = Console(width=120, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(leaderboard_table(leaderboard))
    return console.export_text().splitlines()


def test_rows_keep_their_order_and_a_baseline_has_blank_costs() -> None:
    leaderboard = pd.DataFrame(
        {
            "encoder": ["gru", "predict_the_mean"],
            "r2": [0.5, 0.0],
            "r2_std": [0.01, None],
            "seeds": [3, 1],
            "parameters": [12345, None],
            "latency_ms_batch_1": [0.25, None],
        }
    )
    lines = _printed(leaderboard)
    gru, baseline = (next(line for line in lines if name in line) for name in ("gru", "predict_the_mean"))
    assert lines.index(gru) < lines.index(baseline)
    for cell in ("0.5000 ± 0.0100", "12,345", "0.25"):
        assert cell in gru
    assert "±" not in baseline
    assert "nan" not in baseline
