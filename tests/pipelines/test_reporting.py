from typing import Any

import pytest

from sequence_learning.evaluation.parameters import ReportParameters
from sequence_learning.pipelines.reporting.nodes import write_report
from sequence_learning.report import report
from tests.tuning.small import make_tuning


@pytest.mark.parametrize("use", [True, False])
def test_a_search_is_shown_only_where_its_options_are_used(use: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(report, "build_report", lambda name, settings, found: shown.update(found, **settings) or "page")
    tuning = make_tuning(use=use)
    given = {"setting_tuning": tuning, "tuning_plot": "plot", "tuning_summary": "table", "ladder": "ladder"}
    assert write_report(ReportParameters(name="data"), tuning, **given) == "page"
    assert shown["tuning"] == tuning
    assert shown["ladder"] == "ladder"
    assert (shown["tuning_plot"], shown["tuning_summary"]) == (("plot", "table") if use else (None, None))
