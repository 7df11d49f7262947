"""Attributions of models that read known numbers, and what holds for every model."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders import ENCODERS, encoder_class
from sequence_learning.evaluation.interpretation import positions
from sequence_learning.evaluation.interpretation.gradients import GRADIENTS, attribute, gradients_by_position
from sequence_learning.features.model_input import ModelInput
from sequence_learning.features.names import ColumnName
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters
from tests.builders import SMALL, make_checkpoint, make_model_input
from tests.evaluation.interpretation.small import names_of, reader

ROWS = np.arange(20)
DIFFERENTIABLE = [
    name for name in ENCODERS if encoder_class(name).config_class.model_validate(SMALL[name]).differentiable
]


def explained(model: SequenceModel, data: ModelInput, n_steps: int = 4) -> pd.DataFrame:
    return gradients_by_position(model, data, names_of(data), ROWS, n_steps)


def batch_of(data: ModelInput) -> SequenceBatch:
    return TabularSequenceDataset(data).__getitems__(ROWS.tolist())


def double(model: SequenceModel, batch: SequenceBatch) -> tuple[SequenceModel, SequenceBatch]:
    """Where rounding is no excuse."""
    numbers = {name: t.double() for name in ("values", "numeric", "ages") if (t := getattr(batch, name)) is not None}
    return model.double(), replace(batch, **numbers)


def without_inputs(model: SequenceModel, batch: SequenceBatch) -> torch.Tensor:
    """The outputs for zeros in place of all numbers and embeddings."""
    with torch.no_grad():
        for table in (*model.event_embedding.tables, *model.tabular.embed_categories.tables):  # type: ignore[union-attr, misc]
            table.weight.zero_()
        return model(replace(batch, values=batch.values * 0, numeric=batch.numeric * 0))  # noqa: PD011


@pytest.mark.parametrize("encoder", DIFFERENTIABLE)
def test_attributions_add_up_to_the_change_of_the_output(encoder: str) -> None:
    data = make_model_input("regression")
    model, batch = double(make_checkpoint(data, encoder).load_model(), batch_of(data))
    found = attribute(model, batch, n_steps=400)
    total = found.channels.sum(dim=(1, 2)) + found.tabular.sum(dim=1)
    change = model(batch).detach() - without_inputs(model, batch)
    torch.testing.assert_close(total, change.squeeze(1), atol=3e-3, rtol=0)
    assert change.abs().mean() > 0.02


@pytest.mark.parametrize("fusion", ["gated", "film", "query"])
def test_they_do_so_for_every_fusion_and_an_ensemble(fusion: str) -> None:
    data = make_model_input("regression", ages=True)
    torch.manual_seed(0)
    parameters = ModelParameters(d_tabular=8, fusion=fusion, backbone="tabm", n_members=2, numbers="piecewise_linear")
    model = SequenceModel(data.spec, EncoderParameters(name="gru"), parameters).eval()
    model, batch = double(model, batch_of(data))
    found = attribute(model, batch, n_steps=200)
    total = found.channels.sum(dim=(1, 2)) + found.tabular.sum(dim=1)
    change = model(batch).detach() - without_inputs(model, batch)
    torch.testing.assert_close(total, change.squeeze(1), atol=3e-3, rtol=0)


def test_a_class_is_explained_by_the_logit_of_the_predicted_one() -> None:
    data = make_model_input("multiclass")
    model, batch = double(make_checkpoint(data, "gru").load_model(), batch_of(data))
    outputs = model(batch).detach()
    found = attribute(model, batch, n_steps=200)
    change = (outputs - without_inputs(model, batch)).gather(1, outputs.argmax(dim=1, keepdim=True))
    total = found.channels.sum(dim=(1, 2)) + found.tabular.sum(dim=1)
    torch.testing.assert_close(total, change.squeeze(1), atol=3e-3, rtol=0)


def test_a_model_that_reads_one_channel_of_the_newest_event_says_so() -> None:
    data = make_model_input()
    table = explained(reader(data, {1: 2.0}).load_model(), data)
    assert table.columns.tolist() == GRADIENTS
    counts = table[table["importance"] > 1e-6]
    assert counts[["kind", "feature", "position"]].to_numpy().tolist() == [["channel", "channel_1", 0]]
    rows = ROWS[data.lengths_of(ROWS) > 0]
    newest = data.values[data.offsets[rows + 1] - 1, 1]  # noqa: PD011
    assert counts["importance"].item() == pytest.approx(2 * np.abs(newest).mean(), rel=1e-4)
    assert counts["rows"].item() == len(rows)


def test_columns_of_one_raw_column_are_added_up_before_the_absolute_value() -> None:
    """Two columns that speak against each other count less together."""
    data = make_model_input()
    same = replace(data, values=np.repeat(data.values[:, :1], 3, axis=1))  # noqa: PD011
    model = reader(data, {0: 1.0, 1: -0.75}).load_model()
    names = names_of(data)
    merged = replace(names, values=(ColumnName("a"), ColumnName("a", "missing"), ColumnName("b")))
    newest = [
        gradients_by_position(model, same, given, ROWS, 4).query("position == 0").set_index("feature")["importance"]
        for given in (names, merged)
    ]
    assert newest[0]["channel_1"] == pytest.approx(0.75 * newest[0]["channel_0"])
    assert newest[1].index.tolist() == ["a", "b", "code_0"]
    assert newest[1]["a"] == pytest.approx(0.25 * newest[0]["channel_0"])
    assert newest[1]["b"] < 1e-6 < newest[1]["a"]


def test_a_category_is_the_sum_over_its_embedding() -> None:
    data = make_model_input()
    model = reader(data, {3: 1.0, 4: 1.0}).load_model()  # behind three channels
    table = explained(model, data)
    counts = table[table["importance"] > 1e-6]
    assert counts[["feature", "position"]].to_numpy().tolist() == [["code_0", 0]]
    rows = ROWS[data.lengths_of(ROWS) > 0]
    codes = torch.from_numpy(data.codes[data.offsets[rows + 1] - 1]).long()
    embedded = model.event_embedding(codes).detach().sum(dim=1)
    assert counts["importance"].item() == pytest.approx(embedded.abs().mean().item(), rel=1e-4)


def test_tabular_features_have_no_position() -> None:
    data = make_model_input()
    table = explained(make_checkpoint(data, "gru").load_model(), data)
    tabular = table[table["kind"] == "tabular"]
    assert tabular["feature"].tolist() == ["number_0", "number_1", "category_0", "category_1"]
    assert tabular["position"].isna().all()
    assert (tabular["importance"] > 0).all()
    assert (tabular["rows"] == len(ROWS)).all()
    channels = table[table["kind"] == "channel"]
    assert channels.groupby("feature")["position"].apply(list).map(len).eq(data.lengths_of(ROWS).max()).all()


def test_small_batches_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    data = make_model_input(ages=True)
    model = make_checkpoint(data, "gru").load_model()
    expected = explained(model, data)
    monkeypatch.setattr(positions, "MOST_STEPS", 30)
    monkeypatch.setattr("sequence_learning.evaluation.interpretation.gradients.MOST_STEPS", 30)
    pd.testing.assert_frame_equal(explained(model, data), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("data", "model"),
    [
        (make_model_input(n_numeric=0, categories=()), {}),
        (make_model_input(), {"backbone": "none"}),
        (make_model_input(n_channels=0), {}),
        (make_model_input(event_categories=()), {}),
    ],
    ids=["no tabular column", "no tabular branch", "no numbers", "no codes"],
)
def test_inputs_may_be_missing(data: ModelInput, model: dict[str, str]) -> None:
    torch.manual_seed(0)
    built = SequenceModel(data.spec, EncoderParameters(name="gru"), ModelParameters(**model)).eval()
    table = explained(built, data)
    assert table.loc[table["kind"] == "channel", "importance"].gt(0).all()
    if model:
        assert not table.loc[table["kind"] == "tabular", "importance"].any()


def test_rows_may_have_no_events_at_all() -> None:
    data = make_model_input(lengths=[0] * 20)
    table = explained(make_checkpoint(data, "gru").load_model(), data)
    assert set(table["kind"]) == {"tabular"}


def test_the_model_is_left_as_it_was() -> None:
    data = make_model_input()
    model = make_checkpoint(data, "gru").load_model()
    before = model(batch_of(data)).detach()
    explained(model, data)
    torch.testing.assert_close(model(batch_of(data)).detach(), before, rtol=0, atol=0)
