"""Sections about what the run was given: data and settings."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from sequence_learning.report.blocks import Column, Listing, Paragraph, Section, Table
from sequence_learning.validation.problem import SAMPLED


def data_section(
    by_part: pd.DataFrame, by_column: pd.DataFrame, leakage: pd.DataFrame, problems: pd.DataFrame
) -> Section:
    """What the data are, what is odd about them, and whether something in them tells the target that should not."""
    to_look_at = int((leakage["verdict"] == "look").sum())
    found = f"{to_look_at} of {len(leakage)} checks want a look" if to_look_at else "no check found a leak"
    columns = {
        "where": Column("where"),
        "rule": Column("what should hold"),
        "found": Column("what was found"),
        "rows": Column("rows", "{:,}"),
        "ids": Column("such as"),
        "remedy": Column("what to do"),
    }
    where = (problems["table"] + " " + problems["column"]).str.rstrip()
    warnings = [Table.of(problems.assign(where=where), columns, "Warnings")] if len(problems) else []
    broken = "1 rule is broken" if len(problems) == 1 else f"{len(problems)} rules are broken"
    of_a_sample = ", events by a sample" if (problems["rule"] == SAMPLED).any() else ""
    told = f"{broken}, but not so that it stops a run" if len(problems) else "the tables keep every rule"
    return Section(
        "Data and leakage checks",
        [
            Paragraph(
                f"Of what is checked before anything is trained, {told}. Tables in which ids repeat, events lie after "
                "the prediction, a feature equals the target or a class is in no training row are refused."
            ),
            *warnings,
            Paragraph(f"The rows by part and by column, and signs that the target leaks into the inputs: {found}."),
            Table.of(leakage, _all_columns(leakage), f"Leakage checks{of_a_sample}"),
            Table.of(by_part, _all_columns(by_part), "Parts"),
            Table.of(by_column, _all_columns(by_column), f"Columns{of_a_sample}", folded=True),
        ],
    )


def settings_section(parameters: Mapping[str, Any]) -> Section:
    """How to get the same again."""
    from omegaconf import OmegaConf

    return Section(
        "Settings",
        [
            Paragraph(
                "The same command with these parameters (in conf/ or by --params) gives the same scores again; times "
                "depend on the machine."
            ),
            Listing(OmegaConf.to_yaml(OmegaConf.create(_plain(parameters))), "All parameters"),
        ],
    )


def _all_columns(table: pd.DataFrame) -> dict[str, Column]:
    """Every column as it is, numbers with three digits."""
    forms = {name: "{:.3g}" if pd.api.types.is_float_dtype(table[name]) else "{}" for name in table}
    return {str(name): Column(str(name).replace("_", " "), form) for name, form in forms.items()}


def _plain(values: Any) -> Any:  # noqa: ANN401
    """Pydantic models and tuples as what YAML can write."""
    if hasattr(values, "model_dump"):
        values = values.model_dump(mode="json")
    if isinstance(values, Mapping):
        return {str(key): _plain(value) for key, value in values.items()}
    return [_plain(value) for value in values] if isinstance(values, (list, tuple)) else values
