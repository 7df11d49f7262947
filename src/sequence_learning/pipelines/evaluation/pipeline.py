"""Evaluation: what each model left behind -> scores, differences, leaderboard, ladder, costs, calibration."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.evaluation.nodes import (
    build_ladder,
    build_leaderboard,
    calibrate,
    compare_models,
    fit_blind_to_time,
    gather_models,
    gather_predictions,
    gather_tables,
    measure_coverage,
    measure_training_costs,
    plot_leaderboard,
    plot_learning_curves,
)
from sequence_learning.pipelines.training.pipeline import GROUP, namespace_of


def create_pipeline(encoders: Iterable[str], baselines: Iterable[str]) -> Pipeline:
    """Compare these encoders and baselines; what only encoders have is left out where there are none."""
    encoders, baselines = list(encoders), list(baselines)
    comparison = _gather(encoders, baselines) + _comparison()
    return comparison + _gather_histories(encoders) + _of_encoders() if encoders else comparison


def _gather(encoders: list[str], baselines: list[str]) -> Pipeline:
    """What takes an input from every model.

    It lies inside the training group, as all that gathers, so that Kedro-Viz shows a few results of the folded group
    and not as many per model.
    """
    models = [*encoders, *baselines]
    results, predictions = _by_model(models, "results"), _by_model(models, "predictions")
    fitted = _by_model(encoders, "checkpoints") | _by_model(baselines, "fitted")
    return Pipeline(
        [
            Node(gather_tables, list(results), "results", name="gather_results"),
            Node(gather_predictions, _named(models, predictions), "predictions", name="gather_predictions"),
            Node(gather_models, _named(models, fitted), "fitted_models", name="gather_models"),
        ],
        namespace=GROUP,
        inputs=fitted | results | predictions,
        outputs={"results", "predictions", "fitted_models"},
    )


def _gather_histories(encoders: list[str]) -> Pipeline:
    histories = _by_model(encoders, "history")
    return Pipeline(
        [Node(gather_tables, list(histories), "history", name="gather_histories")],
        namespace=GROUP,
        inputs=histories,
        outputs={"history"},
    )


def _comparison() -> Pipeline:
    return Pipeline(
        [
            Node(
                compare_models,
                ["predictions", "split", "params:schema", "params:decision"],
                ["scores", "differences"],
                name="compare_models",
            ),
            Node(
                build_leaderboard,
                ["results", "scores", "latency", "footprint", "params:schema"],
                ["leaderboard", "leaderboard_json"],
                name="build_leaderboard",
            ),
            Node(plot_leaderboard, "leaderboard", "leaderboard_plot", name="plot_leaderboard"),
        ]
    )


def _of_encoders() -> Pipeline:
    return Pipeline(
        [
            Node(plot_learning_curves, "history", "learning_curves", name="plot_learning_curves"),
            Node(
                measure_training_costs,
                ["results", "history", "params:schema"],
                ["training_costs", "score_by_seconds_plot"],
                name="measure_training_costs",
            ),
            Node(
                measure_coverage,
                ["predictions", "split", "params:calibration"],
                ["coverage", "coverage_plot"],
                name="measure_coverage",
            ),
            Node(calibrate, ["predictions", "params:schema"], ["calibration", "reliability_plot"], name="calibrate"),
            Node(
                fit_blind_to_time,
                [
                    "fitted_models",
                    "model_input",
                    "fit_store",
                    "precision_choices",
                    "split",
                    "params:encoders",
                    "params:baselines",
                    "tuned_parameters",
                    "params:model",
                    "params:training",
                    "params:tuning",
                    "params:ladder",
                ],
                ["predictions_blind_to_time", "failed_fits_blind_to_time"],
                name="fit_blind_to_time",
            ),
            Node(
                build_ladder,
                [
                    "predictions",
                    "predictions_blind_to_time",
                    "model_input",
                    "split",
                    "params:encoders",
                    "params:baselines",
                    "params:schema",
                    "params:decision",
                ],
                ["ladder", "ladder_plot"],
                name="build_ladder",
            ),
        ]
    )


def _by_model(models: list[str], output: str) -> dict[str, str]:
    """That output of each model, by a name that is one here: without dots."""
    return {f"{model}_{output}": f"{namespace_of(model)}.{output}" for model in models}


def _named(models: list[str], datasets: dict[str, str]) -> dict[str, str]:
    """Arguments by the name of the model, for nodes that must know which is which."""
    return dict(zip(models, datasets, strict=True))
