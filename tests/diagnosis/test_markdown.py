"""The tables of the README."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from sequence_learning.diagnosis.markdown import advice_section, claims_section, matrix_section, table

PROJECT = Path(__file__).parents[2]

MATRIX = pd.DataFrame(
    {
        "task": ["order_free", "order_free", "pure_noise"],
        "model": ["gru", "statistical_aggregation", "gru"],
        "role": ["", "simplest", ""],
        "attained": [97.25, 99.61, np.nan],
        "attained_interval": [0.52, np.nan, np.nan],
        "score": [0.87, 0.89, -0.0021],
        "metric": "r2",
    }
)
VERDICTS = pd.DataFrame(
    {
        "task": ["order_free", "linear_recency", "pure_noise"],
        "best": ["statistical_aggregation", "gru", "gru"],
        "best_attained": [99.61, 99.0, -0.21],
        "named": ["statistical_aggregation", "fixed_positional_weighting", None],
        "named_attained": [99.61, 96.5, np.nan],
        "named_gap": [0.0, -2.5, np.nan],
        "named_gap_interval": [0.0, 1.25, np.nan],
        "blind_to_order": [100.0, 77.7, np.nan],
        "closest_insufficient": ["learned_decay", "statistical_aggregation", None],
        "insufficient_attained": [69.5, 77.0, np.nan],
        "enough": [True, True, False],
        "named_is_close": [True, False, True],
        "insufficient_are_below": [True, True, True],
    }
)
EXPLANATIONS = pd.DataFrame(
    {
        "task": ["irregular_time"] * 2 + ["position_profile"],
        "model": ["learned_decay_in_time"] * 2 + ["static"],
        "explains": ["half-lives"] * 2 + ["position weights"],
        "agreement": [1.024, 1.1, 0.9991],
    }
)


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"


def test_models_are_rows_and_tasks_columns_and_the_choice_of_theory_has_a_star() -> None:
    lines = matrix_section(MATRIX, VERDICTS, EXPLANATIONS).splitlines()
    assert lines[0] == "| model | order free | pure noise |"
    assert lines[2:4] == ["| gru | 97.2 ± 0.5 | R² -0.002 |", "| statistical aggregation | ★ **99.6** |  |"]


def test_where_nothing_can_be_attained_the_score_bears_the_name_of_its_metric() -> None:
    binary = MATRIX.assign(metric="auc", score=0.5021)
    assert "| AUC 0.502 |" in matrix_section(binary, VERDICTS, EXPLANATIONS)


def verdict_lines(verdicts: pd.DataFrame) -> list[str]:
    judged = matrix_section(MATRIX, verdicts, EXPLANATIONS).split("\n\n")[1]
    return judged.splitlines()[2:]


def test_verdicts_name_the_models_and_say_what_failed() -> None:
    order_free, recency, noise = verdict_lines(VERDICTS)
    assert "| statistical aggregation 99.6 | statistical aggregation 99.6 | 100 | learned decay 69.5 |" in order_free
    assert "| 78 | statistical aggregation 77.0 | yes | **no** | yes |" in recency
    assert noise == "| pure noise | gru, score -0.002 |  |  |  | **something found in noise** |  |  |"


def test_the_choice_of_theory_has_its_distance_to_another_best() -> None:
    _, recency, _ = verdict_lines(VERDICTS)
    assert "| gru 99.0 | fixed positional weighting 96.5 (-2.5 ± 1.2) |" in recency
    _, recency, _ = verdict_lines(VERDICTS.assign(named_gap_interval=np.nan))
    assert "| fixed positional weighting 96.5 (-2.5) |" in recency
    _, recency, _ = verdict_lines(VERDICTS.assign(named_gap=np.nan, named_attained=np.nan))
    assert "| gru 99.0 |  | 78 |" in recency  # it was not measured


def test_explanations_list_every_seed() -> None:
    section = matrix_section(MATRIX, VERDICTS, EXPLANATIONS)
    assert "| half-lives | off by a factor of 1.02, 1.10 |" in section
    assert "| position weights | correlation 0.999 |" in section
    assert "agreement" not in matrix_section(MATRIX, VERDICTS, EXPLANATIONS.iloc[:0])


def test_claims_and_advice_are_tables() -> None:
    claims = pd.DataFrame([{"approach": "RNN", "claim": "c", "experiment": "e", "figure": "f", "verdict": "depends"}])
    assert claims_section(claims).splitlines()[2] == "| RNN | c | e | f | depends |"
    curves = pd.DataFrame(
        {"task": "t_1", "train_rows": [1000] * 2, "model": ["a", "b"], "attained": [1.0, 2.0], "attained_interval": 0.5}
    )
    advice = pd.DataFrame([{"task": "t_1", "train_rows": 1000, "use": "a"}])
    assert advice_section(advice, curves).splitlines()[2] == "| t 1 | 1,000 | 1.0 ± 0.5 | 2.0 ± 0.5 | a |"


def test_the_readme_has_the_sections_that_are_written_into_it() -> None:
    catalog = yaml.safe_load((PROJECT / "conf/readme/catalog.yml").read_text())
    readme = (PROJECT / "README.md").read_text()
    base = (PROJECT / "conf/base/catalog.yml").read_text()
    assert catalog
    for name, entry in catalog.items():
        assert entry["filepath"] == "README.md"
        assert f"\n{name}:" in base
        assert readme.count(f"<!-- {entry['section']}: begin -->") == 1
        assert readme.index(f"<!-- {entry['section']}: begin -->") < readme.index(f"<!-- {entry['section']}: end -->")
