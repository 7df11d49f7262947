import json

import pandas as pd
import plotly.graph_objects as go
import pytest

from sequence_learning.encoders import ENCODERS
from sequence_learning.evaluation.plots import plot_ablations, plot_leaderboard, plot_learning_curves, plot_pareto

LEADERBOARD = pd.DataFrame(
    {
        "encoder": ["gru", "learned_weighted_average", "predict_the_mean"],
        "r2": [0.9, 0.5, 0.0],
        "r2_std": [0.01, 0.02, None],
        "r2_low": [0.8, 0.3, 0.0],
        "r2_high": [1.0, 0.7, 0.0],
        "latency_ms_batch_1": [0.5, 0.2, 0.01],
        "seeds": [3, 3, 1],
    }
)


def history(encoders: list[str]) -> pd.DataFrame:
    """Two seeds; the second stops after the first epoch."""
    rows = [(0, 0, 4.0, 2.0), (0, 1, 3.0, 1.0), (1, 0, 6.0, 4.0)]
    columns = ["seed", "epoch", "val_loss", "train_loss"]
    return pd.concat([pd.DataFrame(rows, columns=columns).assign(encoder=name) for name in encoders])


def test_every_model_has_a_point_with_its_spread_and_the_best_is_on_top() -> None:
    (points,) = plot_leaderboard(LEADERBOARD).data
    assert list(points.y) == ["predict the mean", "learned weighted average", "gru"]
    assert list(points.x) == [0.0, 0.5, 0.9]
    assert list(points.error_x.array) == pytest.approx([0.0, 0.2, 0.1])
    assert list(points.error_x.arrayminus) == pytest.approx([0.0, 0.2, 0.1])
    assert list(points.text) == ["0.000", "0.500", "0.900"]


def test_a_score_that_rounds_to_zero_has_no_sign() -> None:
    (points,) = plot_leaderboard(LEADERBOARD.replace({"r2": {0.0: -0.0002}})).data
    assert "0.000" in points.text


def test_the_leaderboard_says_what_is_measured() -> None:
    layout = plot_leaderboard(LEADERBOARD).layout
    assert "R²" in layout.title.text
    assert "3 seeds" in layout.title.text
    assert "R²" in layout.xaxis.title.text


def test_every_encoder_has_a_full_and_a_dotted_curve_of_one_colour() -> None:
    figure = plot_learning_curves(history(list(ENCODERS)))
    names = [name.replace("_", " ") for name in ENCODERS]
    for dash in ("solid", "dot"):
        assert [trace.name for trace in figure.data if trace.line.dash == dash] == names
    for name in names:
        assert len({trace.line.color for trace in figure.data if trace.name == name}) == 1
    assert len({trace.line.color for trace in figure.data}) == len(names)
    assert sum(trace.showlegend for trace in figure.data) == len(names)


def test_curves_are_means_over_the_seeds_still_training() -> None:
    validation, training = plot_learning_curves(history(["gru"])).data
    assert list(validation.x) == list(training.x) == [0, 1]
    assert list(validation.y) == [5.0, 3.0]
    assert list(training.y) == [3.0, 1.0]


def test_a_single_epoch_is_visible_as_a_marker() -> None:
    figure = plot_learning_curves(history(["gru"]).query("epoch == 0"))
    assert {trace.mode for trace in figure.data} == {"lines+markers"}


def test_figures_can_be_saved_as_json() -> None:
    for figure in (plot_leaderboard(LEADERBOARD), plot_learning_curves(history(["gru"]))):
        assert json.loads(figure.to_json())["data"]


def test_every_change_has_a_row_and_every_encoder_a_colour() -> None:
    rows = [("fusion", "gru", "concat", 0.5), ("fusion", "gru", "film", 0.6), ("fusion", "cnn", "film", 0.4)]
    summary = pd.DataFrame(rows, columns=["group", "encoder", "change", "val_r2"]).assign(
        r2=0.1, val_r2_std=[0.1, None, 0]
    )
    gru, cnn = plot_ablations(summary).data
    assert [list(axis) for axis in gru.y] == [["fusion", "fusion"], ["concat", "film"]]
    assert list(gru.x) == [0.5, 0.6]
    assert list(gru.error_x.array) == pytest.approx([0.1, 0.0])
    assert gru.marker.color != cnn.marker.color


def pareto(chosen: str | None = "learned_weighted_average") -> dict[str, go.Scatter]:
    candidates = pd.DataFrame({"encoder": ["gru", "learned_weighted_average"], "score": [0.9, 0.5]})
    return {trace.name: trace for trace in plot_pareto(LEADERBOARD, candidates, chosen, margin=0.1).data}


def test_the_chosen_model_stands_out_and_the_mean_is_left_out() -> None:
    traces = pareto()
    assert list(traces["chosen"].hovertext) == ["learned weighted average"]
    assert list(traces["encoder"].hovertext) == ["gru"]
    assert len(traces["baseline"].x) == 0
    assert list(traces["encoder"].x) == [0.5]


def test_the_front_joins_the_models_that_no_quicker_one_exceeds() -> None:
    slower = LEADERBOARD.assign(r2=[0.4, 0.5, 0.0])
    candidates = pd.DataFrame({"encoder": ["gru", "learned_weighted_average"], "score": [0.4, 0.5]})
    (front, *_) = plot_pareto(slower, candidates, None, margin=0.1).data
    assert list(front.y) == [0.5]
    (front, *_) = plot_pareto(LEADERBOARD, candidates, None, margin=0.1).data
    assert list(front.y) == [0.5, 0.9]


def test_scores_have_their_intervals_and_nothing_may_be_chosen() -> None:
    traces = pareto(chosen=None)
    assert list(traces["encoder"].error_y.array) == pytest.approx([0.2, 0.1])
    assert len(traces["chosen"].x) == 0
