"""Nodes of the reporting pipeline."""

import logging
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from sequence_learning.baselines import BASELINES
from sequence_learning.evaluation import plots
from sequence_learning.evaluation.cautions import cautions
from sequence_learning.evaluation.data_summary import summarise_columns, summarise_parts
from sequence_learning.evaluation.decision import decide
from sequence_learning.evaluation.decision_words import against_baselines, in_words
from sequence_learning.evaluation.leakage import check_leakage
from sequence_learning.evaluation.parameters import DecisionParameters, ReportParameters
from sequence_learning.features.events import Events, count_by_id, sampled
from sequence_learning.metrics import METRICS
from sequence_learning.parameters import FeatureParameters, SchemaParameters, TrainingParameters
from sequence_learning.tuning.parameters import TuningParameters

logger = logging.getLogger(__name__)

#: Before the name of a block of parameters, where the report takes it beside tables and figures.
SETTING = "setting_"


def check_data(
    entities: pd.DataFrame, events: Events, split: pd.DataFrame, schema: SchemaParameters, features: FeatureParameters
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The data by part and by column, and whether anything tells the target that should not.

    Where events are streamed, their columns are those of a sample of rows, and so is what is looked at for leakage.
    """
    rows, theirs = sampled(entities, events, schema, features.stream)
    drawn, their_split = (table.iloc[rows].reset_index(drop=True) for table in (entities, split))
    by_part = summarise_parts(entities, count_by_id(events, schema.id), split, schema)
    by_column = summarise_columns(entities, theirs, split, schema)
    return by_part, by_column, check_leakage(drawn, theirs, their_split, schema)


def make_decision(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    leaderboard: pd.DataFrame,
    history: pd.DataFrame,
    leakage: pd.DataFrame,
    failed_fits: pd.DataFrame,
    schema: SchemaParameters,
    training: TrainingParameters,
    parameters: DecisionParameters,
) -> tuple[dict[str, Any], pd.DataFrame, go.Figure]:
    """What to use, as text; the candidates; and score against latency. What is to be minded is also logged."""
    made = decide(scores, differences, leaderboard, BASELINES, parameters)
    metric = METRICS[schema.task][0]
    words = in_words(made, metric)
    to_mind = cautions(history, list(made.candidates["encoder"]), training.max_epochs, leakage, failed_fits)
    for caution in to_mind:
        logger.warning(caution)
    said = {
        "headline": words.headline,
        "reason": words.reason,
        "cautions": to_mind,
        "would_change": words.would_change,
        "beside_baselines": against_baselines(made, differences, scores[scores["encoder"].isin(BASELINES)]),
        "verdict": made.verdict,
        "chosen": made.chosen,
        "best": made.best,
        "metric": metric,
        **parameters.model_dump(mode="json"),
    }
    return said, made.candidates, plots.plot_pareto(leaderboard, made.candidates, made.chosen, parameters.margin)


def write_report(report: ReportParameters, tuning: TuningParameters, **found: Any) -> str:  # noqa: ANN401
    """The page that holds everything.

    Args:
        report: how to speak of it.
        tuning: whether models were trained with tuned options; else an earlier search does not concern this run.
        found: tables, texts and figures under their names in the catalog, and blocks of parameters behind ``SETTING``.
    """
    from sequence_learning.report.report import build_report

    if not tuning.use:
        found |= {"tuning_plot": None, "tuning_summary": None}
    settings = {name.removeprefix(SETTING): block for name, block in found.items() if name.startswith(SETTING)}
    return build_report(report.name, settings, found)
