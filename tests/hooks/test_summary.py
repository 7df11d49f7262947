from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console
from rich.table import Table
from rich.text import Text

from sequence_learning.baselines import BASELINES
from sequence_learning.benchmark.summary import summarise
from sequence_learning.encoders import ENCODERS
from sequence_learning.hooks.summary import (
    ablations_table,
    benchmark_table,
    certificates_summary,
    claims_table,
    decision_lines,
    draft_lines,
    failure_lines,
    leaderboard_table,
    pool_words,
    scoring_words,
    tuning_table,
    verdicts_table,
)
from tests.benchmark.small import make_pool, make_rounds


def _printed(summary: Table | Text) -> list[str]:
    console = Console(width=80, record=True, quiet=False, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    console.print(summary)
    return console.export_text().splitlines()


def test_rows_keep_their_order_and_a_baseline_has_blank_costs() -> None:
    leaderboard = pd.DataFrame(
        {
            "encoder": ["gru", "predict_the_mean"],
            "r2": [0.5, -0.0001],
            "r2_low": [0.49, 0.0],
            "r2_high": [0.51, 0.0],
            "parameters": [12345, None],
            "latency_ms_batch_1": [0.25, None],
        }
    )
    lines = _printed(leaderboard_table(leaderboard))
    gru, baseline = (next(line for line in lines if name in line) for name in ("gru", "predict_the_mean"))
    assert lines.index(gru) < lines.index(baseline)
    for cell in ("0.500 ± 0.010", "12,345", "0.25"):
        assert cell in gru
    assert " 0.000 ± 0.000" in baseline  # without a sign
    assert "nan" not in baseline


def test_the_longest_name_fits_into_80_columns() -> None:
    longest = max([*ENCODERS, *BASELINES], key=len)
    leaderboard = pd.DataFrame(
        {
            "encoder": [longest],
            "r2": [-0.1234],
            "r2_low": [-0.1357],
            "r2_high": [-0.1111],
            "parameters": [123456],
            "fit_seconds": [123.4],
            "latency_ms_batch_1": [12.34],
            "latency_ms_batch_32": [98.76],
            "latency_ms_batch_1024": [123.45],
        }
    )
    (row,) = (line for line in _printed(leaderboard_table(leaderboard)) if longest in line)
    for cell in ("-0.123 ± 0.012", "123,456", "123", "12.34", "123.45"):
        assert cell in row
    assert "98.76" not in row


def test_models_that_were_left_out_are_told_with_seeds_and_reasons() -> None:
    failed = pd.DataFrame(
        {"model": ["gru", "gru", "cnn"], "seed": [0, 1, 1], "reason": ["OSError: [Errno 28] full"] * 2 + ["a nan"]}
    )
    assert _printed(failure_lines(failed)) == [
        "Failed: gru with seed 0, 1: OSError: [Errno 28] full",
        "Failed: cnn with seed 1: a nan",
    ]


@pytest.mark.parametrize("beside", ["Trees do better, and should be considered first.", ""])
def test_the_last_word_is_the_decision_beside_models_that_are_no_encoders(beside: str) -> None:
    said = decision_lines({"headline": "Use gru: R² 0.7.", "reason": "It scores highest.", "beside_baselines": beside})
    assert _printed(said)[-2 - bool(beside) :] == ["Use gru: R² 0.7.", "It scores highest.", *filter(None, [beside])]


def test_a_draft_is_followed_by_what_it_leaves_open_and_the_next_command() -> None:
    path = Path("conf/mine/parameters_schema.yml")
    lines = _printed(draft_lines(path, 'schema:\n  target: "<the column>"\n  task: binary\n', "mine"))
    assert lines == [
        "Draft of the schema  conf/mine/parameters_schema.yml",
        "To be filled in      target",
        "                     (or delete it and add --params draft.target=<column>)",
        "Look it through, then kedro run --pipeline compare --env mine",
    ]
    assert len(_printed(draft_lines(path, "schema:\n  target: a\n", "mine"))) == 2


def test_changes_are_shown_by_group_with_their_gain() -> None:
    ablations = pd.DataFrame(
        {
            "group": ["fusion", "fusion"],
            "encoder": ["learned_static_positional_weighting"] * 2,
            "change": ["concat", "sequence_only"],
            "r2": [0.5, 0.6],
            "val_r2": [0.5, 0.6],
            "gain": [None, 0.1],
            "gain_std": [None, 0.02],
            "seeds": [3, 3],
            "parameters": [1234, 5678],
            "fit_seconds": [3.2, 4.1],
        }
    )
    lines = _printed(ablations_table(ablations))
    assert any(line.strip() == "fusion" for line in lines)
    first, second = (next(line for line in lines if name in line) for name in ("concat", "5,678"))
    assert "±" not in first
    assert any("std. over seeds" in line for line in lines)
    for cell in ("0.600", "+0.100 ± 0.020", "5,678"):
        assert cell in second
    assert max(len(line) for line in lines) <= 80


def test_certificates_are_counted_and_broken_ones_named() -> None:
    kept = {
        "encoder": "gru",
        "variant": "configured",
        "certificate": "padding",
        "measured": 1e-9,
        "relation": "<=",
        "limit": 1e-6,
        "holds": True,
        "meaning": "Padding changes nothing.",
    }
    broken = kept | {
        "variant": "gru_mean",
        "measured": 0.25,
        "holds": False,
        "meaning": "ValueError: [bold] sizes " * 5,
    }
    lines = _printed(certificates_summary(pd.DataFrame([kept, broken])))
    assert lines[:3] == [
        "1 of 2 certificates hold",
        "broken: gru, gru_mean",
        "  padding 0.25, must be <= 1e-06",
    ]
    assert "[bold]" in lines[3]
    assert max(map(len, lines)) <= 80
    assert _printed(certificates_summary(pd.DataFrame([kept]))) == ["1 of 1 certificates hold"]


def test_what_theory_did_not_expect_is_said() -> None:
    verdicts = pd.DataFrame(
        {
            "task": ["exponential_recency", "pure_noise"],
            "best": ["gru", "cnn"],
            "best_attained": [93.21, 0.4],
            "named": ["learned_static_positional_weighting", None],
            "named_attained": [80.04, None],
            "enough": [False, True],
            "named_is_close": [False, True],
            "insufficient_are_below": [True, True],
        }
    )
    lines = _printed(verdicts_table(verdicts))
    whole = " ".join(" ".join(lines).split())
    assert all(len(line) <= 80 for line in lines)
    for cell in ("exponential_recency", "93.2 gru", "80.0 learned static", "best is low"):
        assert cell in whole
    (noise,) = (line for line in lines if "pure_noise" in line)
    assert noise.split() == ["pure_noise", "0.4", "cnn", "yes"]
    found = " ".join(" ".join(_printed(verdicts_table(verdicts.assign(enough=False)))).split())
    assert "something found" in found


def test_every_claim_is_shown_with_its_verdict() -> None:
    claims = pd.DataFrame(
        {"approach": ["RNN", "1D CNN"], "claim": ["is slow", "sees all"], "verdict": ["depends", "not confirmed"]}
    )
    lines = _printed(claims_table(claims))
    assert any("RNN is slow" in line and line.rstrip().endswith("depends") for line in lines)
    assert any("1D CNN sees all" in line and line.rstrip().endswith("not confirmed") for line in lines)


def test_scoring_tells_rates_and_what_was_unknown() -> None:
    summary = {
        "rows": 12345,
        "events": 67890,
        "rows_without_events": 7,
        "unseen": {"shop": {"values": 0, "share": 0.0}, "kind": {"values": 1200, "share": 0.01768}},
        "seconds": 3.21,
        "rows_per_second": 3845.8,
        "peak_memory_mb": 1234.5,
        "bundle": {"data": "flights", "encoder": "learned_decay", "seed": 3, "made": "2026-11-23T08:11:00Z"},
    }
    assert _printed(scoring_words(summary)) == [
        "12,345 rows with 67,890 events",
        "scored by learned decay, seed 3, trained on flights, made 2026-11-23T08:11:00Z",
        "3.2 s, 3,846 rows/s, at most 1,234 MB of memory",
        "7 rows have no events",
        "values taken as unknown: kind 1,200 (1.77%)",
    ]
    known = {"shop": {"values": 0, "share": 0.0}}
    assert _printed(scoring_words(summary | {"unseen": known}))[-1] == "every category is known"


def test_a_search_tells_what_it_gained_and_what_it_used() -> None:
    rows = pd.DataFrame(
        {
            "model": ["learned_static_positional_weighting", "gru"],
            "metric": "r2",
            "trials": [36, 7],
            "trials_allowed": 36,
            "pruned": [20, 3],
            "cut_off": [0, 1],
            "cpu_seconds": [99.6, 225.1],
            "cpu_seconds_allowed": 225.0,
            "default": [0.5, None],
            "best": [0.512, 0.7],
            "gain": [0.012, None],
            "gain_low": [0.002, None],
            "gain_high": [0.022, None],
        }
    )
    lines = _printed(tuning_table(rows))
    assert max(len(line) for line in lines) <= 80
    (first,) = (line for line in lines if "0.512" in line)
    for cell in ("0.500", "+0.012 ± 0.010", "36/36", "20", "100/225"):
        assert cell in first
    (second,) = (line for line in lines if line.startswith("gru"))
    assert second.split() == ["gru", "0.700", "7/36", "4", "225/225"]


def test_ratios_stand_beside_their_goals() -> None:
    benchmark = summarise(make_rounds().assign(rows_per_second=lambda rounds: rounds["rows_per_second"] * 1000))
    lines = _printed(benchmark_table(benchmark.replace("gru", "learned_static_positional_weighting")))
    assert any(line.startswith("variable length") for line in lines)
    (missed,) = (line for line in lines if "missed" in line)
    (beyond,) = (line for line in lines if line.endswith("beyond"))
    assert beyond.split()[2:] == ["310k", "100k", "3.10", "3.00-3.20", "4", "beyond"]
    assert missed.startswith("learned static positional weighting ")
    assert missed.split()[4:] == ["85k", "100k", "0.85", "0.80-1.10", "0.9", "missed"]
    assert max(map(len, lines)) <= 80
    assert [line.split()[2:] for line in lines if line.startswith("statistical aggregation")][-1] == [
        "30",
        "15",
        "2.00",
    ]


def test_the_queue_stands_beside_plain_loops() -> None:
    lines = _printed(pool_words(make_pool()))
    assert lines[0] == "Queue of 6 fits, 2 side by side: 11.0 s; plain loops one by one: 18.0 s"
    assert "times as fast as plain loops one by one: 1.65 (1.50 to 1.80), goal ≥ 1.9: missed" in " ".join(
        line.strip() for line in lines
    )
