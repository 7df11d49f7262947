from dataclasses import fields

import pandas as pd
import pytest

from sequence_learning.certificates.certificate import Certificate
from sequence_learning.certificates.certify import CERTIFICATES, all_variants, certificate_of, certify
from sequence_learning.certificates.plot import plot_certificates
from sequence_learning.certificates.subject import Subject
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import ENCODERS

LINEAR, TABULAR = (Subject.of(name, "configured", {}) for name in ("fixed_positional_weighting", "tabular_only"))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return certify([LINEAR, TABULAR])


def test_a_row_per_certificate_that_applies(table: pd.DataFrame) -> None:
    assert list(table.columns) == [field.name for field in fields(Certificate)]
    assert list(table["encoder"].drop_duplicates()) == ["fixed_positional_weighting", "tabular_only"]
    # A linear decay has no place to keep, no parameters, and this machine perhaps no GPU.
    given = table.loc[table["encoder"] == "fixed_positional_weighting", "certificate"]
    assert set(CERTIFICATES) - set(given) - {"cuda"} == {"place", "parameter gradient"}
    assert set(table.loc[table["encoder"] == "tabular_only", "certificate"]) == {"lengths", "overfit", "onnx"}
    assert table["holds"].all()


def test_workers_measure_what_this_process_does(table: pd.DataFrame) -> None:
    there = table[table["encoder"] == LINEAR.encoder].set_index("certificate")["measured"]
    for exact in ("padding", "order", "lengths", "gradcheck", "safetensors"):
        here = certificate_of(LINEAR, exact).measured
        assert there[exact] == pytest.approx(here, rel=1e-3, abs=1e-7)


def test_all_variants_are_certified() -> None:
    subjects = all_variants()
    assert [subject.variant for subject in subjects] == list(VARIANTS)
    assert {subject.encoder for subject in subjects} == set(ENCODERS)


def test_the_plot_tells_holds_from_broken_from_not_applicable(table: pd.DataFrame) -> None:
    with_one_broken = table.copy()
    with_one_broken.loc[with_one_broken["certificate"] == "padding", ["holds", "measured"]] = [False, float("nan")]
    figure = plot_certificates(with_one_broken)
    (heatmap,) = figure.data
    assert list(heatmap.y) == ["fixed positional weighting · configured", "tabular only · configured"]
    cells = dict(zip(heatmap.x, zip(*heatmap.text, strict=True), strict=True))
    hover = dict(zip(heatmap.x, zip(*heatmap.customdata, strict=True), strict=True))
    assert cells["padding"] == ("✗", "")
    assert cells["onnx"] == ("✓", "✓")
    assert "measured nan, must be <= 1e-06" in hover["padding"][0]
    assert hover["padding"][1] == "not applicable"
    assert f"{len(table) - 1} of {len(table)} hold" in figure.layout.title.text
