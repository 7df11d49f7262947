"""Claims: ``params:claims``, ``params:curves`` -> verdicts, sample-size curves and their advice. Needs no data."""

from kedro.pipeline import Node, Pipeline

from sequence_learning.pipelines.claims.nodes import (
    advise_by_size,
    measure_claims,
    measure_timings,
    plan_claims,
    write_claims,
)


def create_pipeline() -> Pipeline:
    """Plan, time, train, judge, write."""
    shared = ["params:encoders", "params:model", "params:training", "params:diagnosis"]
    return Pipeline(
        [
            Node(
                plan_claims,
                [*shared, "params:claims", "params:curves"],
                ["claims_plan", "curves_plan"],
                name="plan_claims",
            ),
            Node(measure_timings, ["params:encoders", "params:claims"], "length_timings", name="measure_timings"),
            Node(
                measure_claims,
                ["claims_plan", "curves_plan", "length_timings", "trial_store", "params:training", "params:claims"],
                ["claims", "claims_json", "sample_size_curves"],
                name="measure_claims",
            ),
            Node(
                advise_by_size,
                "sample_size_curves",
                ["sample_size_advice", "sample_size_plot"],
                name="advise_by_size",
            ),
            Node(
                write_claims,
                ["claims", "sample_size_advice", "sample_size_curves"],
                ["claims_section", "sample_size_section"],
                name="write_claims",
            ),
        ]
    )
