"""Sections as one HTML file that needs nothing beside it."""

import json
import re
from collections.abc import Sequence
from functools import cache

import jinja2
from markupsafe import Markup

from sequence_learning.report.blocks import Chart, Section


def render(title: str, subtitle: str, decision: Section, sections: Sequence[Section]) -> str:
    """The page: the decision first, then a table of contents, then the evidence.

    Charts are drawn by the plotly.js that the page carries, after the text has been shown; all else works without
    scripts.
    """
    charts = [block for section in (decision, *sections) for block in section.blocks if isinstance(block, Chart)]
    return _template().render(
        title=title,
        subtitle=subtitle,
        decision=decision,
        sections=sections,
        plotly=Markup(_plotly()) if charts else "",  # noqa: S704  # a script, from the package
    )


def _as_json(chart: Chart) -> Markup:
    """A figure for a script element, which a ``</script>`` in some label must not end."""
    figure = json.loads(str(chart.figure.to_json()))
    figure["layout"].pop("title", None)  # the caption says it
    figure["layout"].pop("template", None)  # the page's own, once
    return Markup(json.dumps(figure).replace("<", "\\u003c"))  # noqa: S704


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("sequence_learning.report", "."), autoescape=True, undefined=jinja2.StrictUndefined
    )
    environment.filters["figure"] = _as_json
    environment.tests["number"] = _is_number
    return environment.get_template("page.html.j2")


def _is_number(text: str) -> bool:
    """Whether a cell is a number: it is aligned to the right."""
    return re.fullmatch(r"[-+]?\d[\d,]*(\.\d+)?(e[-+]?\d+)?%?", text) is not None
