"""The model card: what a person must know before using the model, from measured values alone."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jinja2
import pandas as pd

from sequence_learning.evaluation.decision_words import FEW_UNITS
from sequence_learning.evaluation.labels import metric_name, shown
from sequence_learning.inference.bundle import Bundle

_UNDEFINED = "not defined"


@dataclass(frozen=True)
class Findings:
    """What the run found, beside the bundle.

    Attributes:
        metrics: as :func:`~sequence_learning.packaging.measured.measure` gives them, with ``difference`` by runtime.
        decision: as the reporting pipeline gives it.
        by_part: rows, lengths and targets of every part.
        leakage: a row per check of the data.
    """

    metrics: Mapping[str, Any]
    decision: Mapping[str, Any]
    by_part: pd.DataFrame
    leakage: pd.DataFrame


def write_card(bundle: Bundle, found: Findings) -> str:
    """The card in Markdown."""
    schema, manifest, metrics = bundle.schema, bundle.manifest, found.metrics
    metric = metric_name(metrics["metric"])
    return _template().render(
        data=shown(manifest.data),
        encoder=shown(manifest.encoder),
        target=schema.target,
        kind="A neural network that reads tabular features beside a sequence of events",
        made=manifest.made.date().isoformat(),
        package=manifest.package,
        schema=schema,
        classes=bundle.transformer.target.classes,
        columns=_columns(bundle),
        rows=_rows(found),
        split=_split(bundle),
        metric=metric,
        confidence=f"{metrics['confidence']:.0%}",
        seed=manifest.seed,
        model=metrics["model"],
        mean=metrics["encoder"],
        test=metrics["test"],
        calibration=metrics["calibration"],
        difference=metrics["difference"],
        why=_why(bundle, found.decision),
        warnings=list(_warnings(bundle, found)),
    )


def _columns(bundle: Bundle) -> list[tuple[str, list[str]]]:
    roles = {
        "entities": ("id", "prediction_time", "numeric", "categorical"),
        "events": ("id", "order", "time", "channels", "categorical_channels"),
    }
    return [
        (f"{table}, {role.replace('_', ' ')}", [f"`{name}`" for name in ([names] if isinstance(names, str) else names)])
        for table, named in roles.items()
        for role in named
        if (names := getattr(bundle.schema, role))
    ]


def _rows(found: Findings) -> dict[str, Any]:
    """By part, what is known of its rows."""
    return {str(row["part"]): row.to_dict() for _, row in found.by_part.iterrows()}


def _split(bundle: Bundle) -> str:
    split = bundle.schema.split
    return "chance" if split.method == "random" else f"{split.method}, `{split.column}`"


def _why(bundle: Bundle, decision: Mapping[str, Any]) -> str:
    if decision["chosen"] == bundle.manifest.encoder:
        return f"{decision['headline']} {decision['reason']}"
    return (
        f"It was asked for (`bundle.encoder`). The decision of the run was another: {decision['headline']} "
        f"{decision['reason']}"
    )


def _warnings(bundle: Bundle, found: Findings) -> Iterator[str]:
    rows = _rows(found)
    train, method = rows["train"], bundle.schema.split.method
    if bundle.schema.max_length is None:
        yield f"Sequences of more than {train['length_max']:,.0f} events: no training row had as many."
    if train["empty"] == 0:
        yield "Rows without events: it answers, but no training row was without."
    if method != "time":
        yield f"A forecast of how well it will do later: rows were split by {_split(bundle)}, not by time."
    if found.decision["chosen"] == bundle.manifest.encoder and found.decision["verdict"] == "tabular":
        yield "Conclusions from the sequence: no encoder was shown to predict better than the tabular features alone."
    low = found.metrics["model"]["low"]
    if low is None or low <= _score_of_chance(bundle, rows):
        yield "Anything that matters: its score is not shown to be better than chance."
    if found.metrics["encoder"]["units"] < FEW_UNITS:
        yield (
            f"Close calls: the test rows are of {found.metrics['encoder']['units']} independent units, so intervals "
            "are somewhat too narrow."
        )
    for finding in found.leakage[found.leakage["verdict"] == "look"].to_dict("records"):
        yield f"Decisions before someone has looked at this: {finding['check']} ({finding['found']}); {finding['why']}."


def _score_of_chance(bundle: Bundle, rows: Mapping[str, Any]) -> float:
    """The ranking metric of a model that knows nothing: R² 0, AUC a half, accuracy the share of the largest class."""
    if bundle.schema.task == "regression":
        return 0.0
    if bundle.schema.task == "binary":
        return 0.5
    return max(float(rows["test"][f"share_{name}"]) for name in bundle.transformer.target.classes)


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(  # noqa: S701  # Markdown, of which no browser is shown the source
        loader=jinja2.PackageLoader("sequence_learning.packaging", "."),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    for name, form in _FORMS.items():
        environment.filters[name] = _in(form)
    environment.filters["percent"] = lambda share: f"{100 * share:.3g}%"
    return environment.get_template("card.md.j2")


#: How numbers are written.
_FORMS = {"number": "{:,.0f}", "three": "{:z.3f}", "short": "{:.3g}", "tiny": "{:.1g}"}


def _in(form: str) -> Callable[[float | None], str]:
    return lambda value: _UNDEFINED if value is None else form.format(value)
