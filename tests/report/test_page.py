import re
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest

from sequence_learning.report.blocks import Chart, Listing, Paragraph, Points, Section, Table
from sequence_learning.report.page import render

_VOID = {"meta", "link", "br", "img", "hr", "input"}


class _Balance(HTMLParser):
    """Fails where an element is closed that was not open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(*blocks: object) -> str:
    decision = Section("Use <gru> & rest", [Paragraph("Because it is best.")])
    return render("Which encoder?", "15 models", decision, [Section("Some part", list(blocks))])  # type: ignore[arg-type]


FIGURE = go.Figure(go.Scatter(x=[1], y=[2], name="</script><b>")).update_layout(
    title="A title", template="plotly_white"
)


def test_the_decision_comes_before_everything_else() -> None:
    html = page(Paragraph("Evidence."))
    assert html.index("Use &lt;gru&gt; &amp; rest") < html.index("Because it is best.") < html.index("Evidence.")


@pytest.mark.parametrize(
    "block",
    [
        Paragraph("a < b"),
        Points([("Head", "text"), ("", "more")]),
        Table(["a", "b"], [["x", "1.5"]], "caption", marked=0),
        Table(["a"], [["x"]], "caption", folded=True),
        Listing("seeds:\n- 1", "All parameters"),
        Chart(FIGURE, "What it shows"),
    ],
    ids=lambda block: block.kind,
)
def test_every_block_gives_elements_that_close(block: object) -> None:
    parser = _Balance()
    parser.feed(re.sub(r"<script>.*?</script>", "", page(block), flags=re.DOTALL))
    assert parser.open == []


def test_numbers_are_aligned_and_names_are_not() -> None:
    html = page(Table(["a"], [["1,000"], ["-0.5"], ["+0.1"], ["gru"], [""]]))
    assert re.findall(r'<td( class="number")?>([^<]*)</td>', html) == [
        (' class="number"', "1,000"),
        (' class="number"', "-0.5"),
        (' class="number"', "+0.1"),
        ("", "gru"),
        ("", ""),
    ]


def test_a_label_cannot_end_the_script_that_holds_its_figure() -> None:
    html = page(Chart(FIGURE, "What it shows"))
    (figure,) = re.findall(r'<script type="application/json">(.*?)</script>', html, re.DOTALL)
    assert "<" not in figure
    assert "A title" not in figure


def test_the_page_needs_nothing_from_elsewhere() -> None:
    with_chart, without = page(Chart(FIGURE)), page(Paragraph("x"))
    for html in (with_chart, without):
        assert not re.search(r"<(script|link|img)[^>]*\s(src|href)=", html)
    assert "Plotly" in with_chart
    assert len(without) < 10_000 < len(with_chart) < 6_000_000
