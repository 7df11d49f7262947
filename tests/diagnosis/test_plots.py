import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from sequence_learning.diagnosis.matrix import BLIND, summarise
from sequence_learning.diagnosis.plots import plot_curves, plot_explanations, plot_matrix

NONE = float("nan")
BLIND_ROW = f"any model {BLIND}"


def matrix(*cells: tuple[str, str, list[float]]) -> pd.DataFrame:
    rows = [
        {"task": task, "model": model, "seed": i, "attained": value, "score": 0.25, "metric": "r2", "best": 1.0}
        | {"parameters": 1, "epochs": 1, "fit_seconds": 1.0}
        for task, model, values in cells
        for i, value in enumerate(values)
    ]
    return summarise(pd.DataFrame(rows))


def bounds(**tasks: float) -> pd.DataFrame:
    """The part of the verdicts that the figure shows."""
    return pd.DataFrame({"task": list(tasks), "blind_to_order": list(tasks.values())})


def written(figure: go.Figure) -> dict[tuple[str, str], str]:
    """What stands in each cell."""
    return {(note.x, note.y): note.text for note in figure.layout.annotations}


def test_every_cell_shows_what_is_attained_and_how_sure_that_is() -> None:
    figure = plot_matrix(
        matrix(
            ("order_free", "gru", [96.0, 98.0]),
            ("order_free", "statistical_aggregation", [97.0]),
            ("linear_recency", "gru", [-8.0, -8.0]),
            ("linear_recency", "statistical_aggregation", [20.0, 22.0]),
            ("pure_noise", "gru", [NONE, NONE]),
            ("pure_noise", "statistical_aggregation", [NONE, NONE]),
        ),
        bounds(order_free=100.0, linear_recency=77.7, pure_noise=NONE),
    )
    (heat,) = figure.data
    assert list(heat.x) == ["order free", "linear recency", "pure noise"]
    assert list(heat.y) == ["gru", "statistical aggregation", BLIND_ROW]
    # What is worse than knowing nothing is as pale as that; where nothing can be attained there is no colour.
    assert np.array(heat.z, dtype=float) == pytest.approx(
        np.array([[97, 0, NONE], [97, 21, NONE], [100, 77.7, NONE]]), nan_ok=True
    )
    cells = written(figure)
    assert len(cells) == 9
    assert "97.0" in cells["order free", "gru"]
    assert "± 12.7" in cells["order free", "gru"]
    assert "±" not in cells["order free", "statistical aggregation"]
    assert "-8.0" in cells["linear recency", "gru"]
    assert "0.25" in cells["pure noise", "gru"]  # the score itself
    assert "0.25" not in cells["order free", "gru"]
    assert cells["linear recency", BLIND_ROW] == "<b>77.7</b>"
    assert cells["pure noise", BLIND_ROW] == ""
    assert [place for place, text in cells.items() if "★" in text] == [("order free", "statistical aggregation")]


def test_a_model_that_was_not_measured_on_a_task_leaves_its_cell_empty() -> None:
    cells = matrix(("order_free", "gru", [96.0]), ("linear_recency", "cnn", [50.0]))
    figure = plot_matrix(cells, bounds(order_free=NONE, linear_recency=NONE))
    assert {place for place, text in written(figure).items() if text} == {
        ("order free", "gru"),
        ("linear recency", "cnn"),
    }
    assert np.isnan(np.array(figure.data[0].z, dtype=float)).tolist() == [[False, True], [True, False], [True, True]]


READ = pd.DataFrame(
    [
        ("position_profile", "learned", 0, "position weights", 0.9, [0.1, 0.6], [0.2, 0.5]),
        ("position_profile", "learned", 1, "position weights", 0.8, [0.2, 0.7], [0.2, 0.5]),
        ("irregular_time", "decay_in_time", 0, "half-lives", 1.25, [5.0], [4.0]),
    ],
    columns=["task", "model", "seed", "explains", "agreement", "learned", "true"],
)


def test_learned_numbers_stand_over_the_true_ones_a_panel_per_model() -> None:
    figure = plot_explanations(pd.concat([READ, pd.DataFrame([{"task": "order_free", "model": "gru", "seed": 0}])]))
    dots = [trace for trace in figure.data if trace.mode == "markers"]
    assert [(list(trace.x), list(trace.y)) for trace in dots] == [
        ([0.2, 0.5], [0.1, 0.6]),
        ([0.2, 0.5], [0.2, 0.7]),
        ([4.0], [5.0]),
    ]
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [list(line.x) == list(line.y) == [0, most] for line, most in zip(lines, (0.5, 4.0), strict=True)] == [
        True
    ] * 2
    first, second = (note.text for note in figure.layout.annotations)
    assert "correlation 0.85" in first
    assert "off by a factor of 1.25" in second


@pytest.mark.parametrize("columns", [["task", "model", "seed"], list(READ.columns)])
def test_without_an_explanation_the_figure_is_empty_and_has_its_title(columns: list[str]) -> None:
    nothing = pd.DataFrame([{"task": "order_free", "model": "gru", "seed": 0}]).reindex(columns=columns)
    figure = plot_explanations(nothing)
    assert len(figure.data) == 0
    assert "learned" in figure.layout.title.text


def test_every_model_has_a_curve_per_task_with_its_intervals() -> None:
    curves = pd.DataFrame(
        [
            ("order_free", 10, "gru", 50.0, 2.0),
            ("order_free", 20, "gru", 60.0, NONE),
            ("order_free", 10, "cnn", 5.0, 1.0),
            ("local_motif", 10, "gru", NONE, NONE),
        ],
        columns=["task", "train_rows", "model", "attained", "attained_interval"],
    )
    figure = plot_curves(curves)
    gru, motif, cnn, _ = figure.data
    assert (gru.name, motif.name, cnn.name) == ("gru", "gru", "cnn")
    assert (list(gru.x), list(gru.y), list(gru.error_y.array)) == ([10, 20], [50, 60], [2, 0])
    assert list(motif.x) == [10]
    assert gru.line.color == motif.line.color != cnn.line.color
    assert [trace.showlegend for trace in figure.data] == [True, False, True, False]
    assert [note.text for note in figure.layout.annotations] == ["order free", "local motif"]
