"""The report of one run of the main job."""

from collections.abc import Mapping
from typing import Any

from sequence_learning.report import answer, data, models, tuning
from sequence_learning.report.page import render


def build_report(name: str, parameters: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    """One HTML page.

    Args:
        name: of the data.
        parameters: all that the job reads.
        found: tables, texts and figures by their names in the catalog; what belongs to the search for options is None
            where models were trained as configured.
    """
    decision = found["decision"]
    parts = [
        answer.pareto_section(found["pareto_plot"], found["candidates"], decision),
        answer.leaderboard_section(found["leaderboard"], found["differences"], found["failed_fits"], decision),
        answer.ladder_section(found["ladder"], found["ladder_plot"], found["drops"], found["drops_plot"]),
        models.training_section(
            found["learning_curves"], found["score_by_seconds_plot"], found["training_costs"], found["training_load"]
        ),
        *tuning.sections(found["tuning_plot"], found["tuning_summary"]),
        models.latency_section(
            found["latency"], found["latency_scaling_plot"], found["latency_exponents"], found["machine"]
        ),
        models.interpretation_section(
            found["interpretation"],
            found["position_weights_plot"],
            found["gradients_plot"],
            found["permutation_plot"],
            found["half_lives"],
            found["stability"],
        ),
        models.calibration_section(
            found["coverage"], found["coverage_plot"], found["calibration"], found["reliability_plot"]
        ),
        *([models.certificates_section(certificates)] if len(certificates := found["encoder_certificates"]) else []),
        data.data_section(found["data_by_part"], found["data_by_column"], found["leakage"], found["data_problems"]),
        data.settings_section(parameters),
    ]
    return render(
        f"Which encoder for {name.replace('_', ' ')}?",
        _subtitle(found),
        answer.decision_section(decision, found["ladder"]),
        parts,
    )


def _subtitle(found: Mapping[str, Any]) -> str:
    rows = found["data_by_part"].set_index("part")["rows"]
    seeds = int(found["leaderboard"]["seeds"].max())
    return (
        f"{len(found['leaderboard'])} models, {seeds} seeds each; {rows['train']:,} rows to train, "
        f"{rows['validation']:,} to validate, {rows['test']:,} to test."
    )
