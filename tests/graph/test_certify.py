"""The pipeline ``certify``; that all certificates hold is tested in tests/encoders/test_contract.py."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from sequence_learning.certificates import certify
from sequence_learning.certificates.subject import Subject
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import ENCODERS
from sequence_learning.pipelines.certification.nodes import certify_encoders

measure = certify.certify


def test_table_plot_and_summary_are_left_behind(
    kedro_run: Callable[..., None],
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[Subject] = []

    def only_one(subjects: Iterable[Subject]) -> pd.DataFrame:
        asked.extend(subjects)
        return measure(asked[:1])

    monkeypatch.setattr(certify, "certify", only_one)
    kedro_run("certify")
    assert [(subject.encoder, subject.variant) for subject in asked] == [
        *((encoder, "configured") for encoder in ENCODERS),
        *((encoder, variant) for variant, (encoder, _) in VARIANTS.items()),
    ]
    reporting = project / "data/08_reporting/smoke"
    table = pd.read_parquet(reporting / "certificates.parquet")
    from_json = pd.DataFrame(json.loads((reporting / "certificates.json").read_text()))
    pd.testing.assert_frame_equal(from_json, table, atol=1e-12, check_dtype=False)
    assert (reporting / "certificates_plot.json").exists()
    printed = capsys.readouterr().out
    assert f"{len(table)} of {len(table)} certificates hold" in printed
    assert str(reporting) in printed
    (run,) = mlflow.search_runs(search_all_experiments=True, output_format="list")
    assert run.info.status == "FINISHED"
    logged = {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}
    assert {"certificates.json", "certificates_plot.html"} <= logged


def test_a_misspelt_option_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"encoder gru: .*\n.*options must be known, got 'hiden'"):
        certify_encoders({"gru": {"name": "gru", "hiden": 1}})
