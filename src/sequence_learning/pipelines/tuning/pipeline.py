"""Tuning: ``model_input``, ``params:tuning``, ``params:search_spaces`` -> ``tuning_trials`` -> ``tuned_parameters``."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.tuning.nodes import (
    choose_tuned,
    plan_tuning,
    plot_tuning,
    search_options,
    summarise_tuning,
)

#: What other pipelines may read: it loads as nothing where nothing has been tuned.
OPTIONAL = ("tuned_parameters", "tuning_plot", "tuning_summary")


def create_pipeline() -> Pipeline:
    """Plan, search, summarise, choose, plot."""
    return Pipeline(
        [
            Node(
                plan_tuning,
                [
                    "model_input",
                    "precision_choices",
                    "params:tuning",
                    "params:search_spaces",
                    "params:encoders",
                    "params:baselines",
                    "params:model",
                    "params:training",
                ],
                "tuning_plan",
                name="plan_tuning",
            ),
            Node(
                search_options,
                ["model_input", "tuning_plan", "tuning_store", "params:training"],
                "tuning_trials",
                name="search_options",
            ),
            Node(
                summarise_tuning,
                ["tuning_trials", "params:tuning", "params:schema"],
                ["tuning_summary", "tuning_summary_json", "tuning_curves"],
                name="summarise_tuning",
            ),
            Node(choose_tuned, ["tuning_trials", "tuning_plan"], "tuned_parameters", name="choose_tuned"),
            Node(plot_tuning, ["tuning_curves", "params:schema"], "tuning_plot", name="plot_tuning"),
        ]
    )
