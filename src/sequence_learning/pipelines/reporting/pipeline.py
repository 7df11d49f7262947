"""Reporting: everything that was measured -> ``decision``, ``report``."""

from collections.abc import Iterable

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.reporting.nodes import SETTING, check_data, make_decision, write_report

#: What the report shows.
SHOWN = (
    "calibration",
    "candidates",
    "coverage",
    "coverage_plot",
    "data_by_column",
    "data_by_part",
    "data_problems",
    "decision",
    "differences",
    "drops",
    "drops_plot",
    "encoder_certificates",
    "failed_fits",
    "gradients_plot",
    "half_lives",
    "interpretation",
    "ladder",
    "ladder_plot",
    "latency",
    "latency_exponents",
    "latency_scaling_plot",
    "leaderboard",
    "leakage",
    "learning_curves",
    "machine",
    "pareto_plot",
    "permutation_plot",
    "position_weights_plot",
    "reliability_plot",
    "score_by_seconds_plot",
    "stability",
    "training_costs",
    "training_load",
    "tuning_plot",
    "tuning_summary",
)


def create_pipeline(settings: Iterable[str]) -> Pipeline:
    """Check the data, decide, write.

    Args:
        settings: the blocks of parameters that the job reads; the report shows no others, which would pass for used.
    """
    shown = {"report": "params:report", "tuning": "params:tuning", **{name: name for name in SHOWN}}
    shown |= {f"{SETTING}{block}": f"params:{block}" for block in (*settings, "report", "tuning")}
    return Pipeline(
        [
            Node(
                check_data,
                ["entities", "events", "split", "params:schema", "params:features"],
                ["data_by_part", "data_by_column", "leakage"],
                name="check_data",
            ),
            Node(
                make_decision,
                [
                    "scores",
                    "differences",
                    "leaderboard",
                    "history",
                    "leakage",
                    "failed_fits",
                    "params:schema",
                    "params:training",
                    "params:decision",
                ],
                ["decision", "candidates", "pareto_plot"],
                name="make_decision",
            ),
            Node(write_report, shown, "report", name="write_report"),
        ]
    )
