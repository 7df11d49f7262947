import copy
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
import torch
from torch.nn import functional as F  # noqa: N812

from sequence_learning.batch import SequenceBatch
from sequence_learning.dataloaders import TabularSequenceDataset
from sequence_learning.encoders import ENCODERS
from sequence_learning.encoders.configs.statistical_aggregation import StatisticalAggregationConfig
from sequence_learning.encoders.statistical_aggregation import StatisticalAggregation
from sequence_learning.features.model_input import ModelInput
from sequence_learning.fusion import FUSIONS
from sequence_learning.model import SequenceModel
from sequence_learning.parameters import EncoderParameters, ModelParameters
from tests.builders import SMALL, make_model_input


def batch_of(model_input: ModelInput, rows: list[int]) -> SequenceBatch:
    return TabularSequenceDataset(model_input).__getitems__(rows)


def build(model_input: ModelInput, encoder: str, dropout: float = 0.0) -> SequenceModel:
    torch.manual_seed(0)
    parameters = ModelParameters(d_tabular=8, d_head=32, dropout=dropout)
    return SequenceModel(model_input.spec, EncoderParameters(name=encoder, **SMALL[encoder]), parameters)


def alike_but_for_their_sequences() -> SequenceBatch:
    batch = batch_of(make_model_input(lengths=[0, 1, 2, 3, 4, 5, 6, 6]), list(range(8)))
    return replace(batch, numeric=torch.zeros(8, 2), categorical=torch.zeros(8, 2, dtype=torch.int64))


def lowest_loss(model: SequenceModel, batch: SequenceBatch, n_steps: int = 300, enough: float = 1e-3) -> float:
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    lowest = float("inf")
    for _ in range(n_steps):
        loss = F.mse_loss(model(batch).squeeze(1), batch.target)
        lowest = min(lowest, loss.item())
        if lowest < enough:
            break
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return lowest


@pytest.mark.parametrize("encoder", ENCODERS)
def test_there_is_one_output_or_one_per_class(model_input: ModelInput, encoder: str) -> None:
    output = build(model_input, encoder)(batch_of(model_input, [0, 1, 2, 7]))
    assert output.shape == (4, 3 if model_input.target_spec.task == "multiclass" else 1)
    assert torch.isfinite(output).all()


def test_without_the_sequence_rows_that_look_alike_cannot_be_told_apart() -> None:
    batch = alike_but_for_their_sequences()
    spread = batch.target.var(unbiased=False).item()
    assert lowest_loss(build(make_model_input(), "tabular_only"), batch) == pytest.approx(spread, rel=1e-3)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_prediction_does_not_depend_on_the_rest_of_its_batch(encoder: str) -> None:
    model_input = make_model_input()
    model = build(model_input, encoder)
    model(batch_of(model_input, list(range(30))))
    model.eval()
    rows = [7, 1, 2, 3, 20]
    alone = torch.cat([model(batch_of(model_input, [row])) for row in rows])
    torch.testing.assert_close(model(batch_of(model_input, rows)), alone, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_members_of_buckets_are_those_of_their_rows_in_one_batch(encoder: str) -> None:
    model_input = make_model_input()
    model = build(model_input, encoder, dropout=0.0)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    parts = [[0, 7], [1, 20, 3], [2]]
    together = copy.deepcopy(model).members(batch_of(model_input, list(chain(*parts))))
    in_buckets = model.members(*(batch_of(model_input, part) for part in parts))
    torch.testing.assert_close(in_buckets, together, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_a_batch_without_any_event_is_predicted_and_learned_from(encoder: str) -> None:
    model_input = make_model_input(lengths=[0, 0, 0])
    model = build(model_input, encoder)
    output = model(batch_of(model_input, [0, 1, 2]))
    assert torch.isfinite(output).all()
    output.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters() if p.grad is not None)
    assert model.tabular.backbone[0].weight.grad.any()


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize(
    "columns",
    [
        {"n_numeric": 0, "categories": ()},
        {"n_channels": 0},
        {"event_categories": ()},
        {"n_numeric": 0},
        {"categories": ()},
    ],
)
@pytest.mark.filterwarnings("ignore:Initializing zero-element tensors")
def test_any_kind_of_column_may_be_absent(encoder: str, columns: dict[str, int]) -> None:
    model_input = make_model_input(**columns)
    assert build(model_input, encoder)(batch_of(model_input, [0, 1, 2])).shape == (3, 1)


@pytest.mark.parametrize("numbers", ["raw", "piecewise_linear", "periodic"])
@pytest.mark.parametrize("backbone", ["mlp", "tabm"])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_every_branch_goes_with_every_fusion(model_input: ModelInput, numbers: str, backbone: str, fusion: str) -> None:
    options = {"numbers": numbers, "backbone": backbone, "fusion": fusion, "d_tabular": 8, "n_members": 3}
    model = SequenceModel(
        model_input.spec, EncoderParameters(name="gru", hidden_size=4), ModelParameters.model_validate(options)
    )
    batch = batch_of(model_input, list(range(20)))
    members = model.members(batch)
    of_members = (3,) if backbone == "tabm" else ()
    assert members.shape == (20, *of_members, model_input.spec.n_outputs)
    members.square().sum().backward()
    assert [name for name, weight in model.named_parameters() if weight.grad is None] == []
    model.eval()
    torch.testing.assert_close(model(batch), model.members(batch).reshape(20, -1, members.shape[-1]).mean(dim=1))


@pytest.mark.parametrize("fusion", FUSIONS)
def test_an_encoding_is_fixed_unless_what_the_tabular_features_say_changes_it(fusion: str) -> None:
    encoder = EncoderParameters(name="statistical_aggregation")
    spec = make_model_input(event_categories=()).spec
    model = SequenceModel(spec, encoder, ModelParameters.model_validate({"fusion": fusion}))
    assert model.encoding_is_fixed == (fusion in {"concat", "gated"})


@pytest.mark.parametrize(("encoder", "fixed"), [("statistical_aggregation", False), ("random_convolution", True)])
def test_an_encoding_with_learned_embeddings_is_not_fixed(encoder: str, fixed: bool) -> None:
    assert build(make_model_input(event_categories=(4,)), encoder).encoding_is_fixed == fixed


def test_the_encoding_of_a_child_that_learns_is_not_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Scaled(StatisticalAggregation):
        fixed = True

        def __init__(self, d_in: int, config: StatisticalAggregationConfig | None = None) -> None:
            super().__init__(d_in, config)
            self.scale = torch.nn.Parameter(torch.ones(()))

    spec, encoder = make_model_input(event_categories=()).spec, EncoderParameters(name="statistical_aggregation")
    assert SequenceModel(spec, encoder).encoding_is_fixed
    monkeypatch.setattr("sequence_learning.model.encoder_class", lambda name: Scaled)
    assert not SequenceModel(spec, encoder).encoding_is_fixed


def test_behind_its_encoder_a_model_has_the_same_weights_and_leaves_it_as_it_was() -> None:
    data = make_model_input(event_categories=())
    model = build(data, "statistical_aggregation").eval()
    batch = batch_of(data, [0, 1, 2, 7])
    expected = model(batch)
    behind = model.behind_encoder()
    assert behind.head is model.head
    assert behind.tabular is model.tabular
    encoded = replace(batch, values=model.encode(batch).unsqueeze(1), lengths=torch.ones(4, dtype=torch.int64))
    torch.testing.assert_close(behind(encoded), expected)
    torch.testing.assert_close(model(batch), expected)


@pytest.mark.parametrize("backbone", ["mlp", "tabm"])
@pytest.mark.parametrize("fusion", FUSIONS)
def test_without_a_tabular_column_the_sequence_is_read_alone(backbone: str, fusion: str) -> None:
    model_input = make_model_input(n_numeric=0, categories=())
    parameters = ModelParameters.model_validate({"backbone": backbone, "fusion": fusion})
    model = SequenceModel(model_input.spec, EncoderParameters(name="gru", hidden_size=4), parameters)
    assert model(batch_of(model_input, [0, 1, 2])).shape == (3, 1)


def test_the_ablation_without_tabular_features_does_not_see_them() -> None:
    model_input = make_model_input()
    model = SequenceModel(model_input.spec, EncoderParameters(name="gru"), ModelParameters(backbone="none")).eval()
    batch = batch_of(model_input, [1, 2, 3])
    changed = replace(batch, numeric=batch.numeric + 1, categorical=batch.categorical * 0)
    assert torch.equal(model(batch), model(changed))
    assert not torch.equal(model(batch), model(replace(batch, values=batch.values + 1)))


@pytest.mark.parametrize("name", ["values", "codes", "numeric", "categorical"])
def test_every_kind_of_input_counts(name: str) -> None:
    model_input = make_model_input()
    model = build(model_input, "gru").eval()
    batch = batch_of(model_input, [1, 2, 3])
    changed = replace(batch, **{name: (getattr(batch, name) + 1) % 3})
    assert not torch.allclose(model(batch), model(changed), atol=1e-4)


def test_ages_count_where_the_encoder_weighs_by_time() -> None:
    model_input = make_model_input(ages=True)
    encoder = EncoderParameters(name="learned_decay", unit="time", shortest=1, longest=4)
    model, batch = SequenceModel(model_input.spec, encoder).eval(), batch_of(model_input, [1, 2, 3])
    assert batch.ages is not None
    changed = replace(batch, ages=batch.ages.square())
    assert not torch.allclose(model(batch), model(changed), atol=1e-5)


def test_an_encoder_that_weighs_by_time_needs_data_with_times() -> None:
    encoder = EncoderParameters(name="learned_decay", unit="time", shortest=1, longest=4)
    with pytest.raises(ValueError, match=r"learned_decay weighs by time, but the prepared features have none; set sch"):
        SequenceModel(make_model_input().spec, encoder)


def test_a_query_is_what_the_tabular_branch_gives() -> None:
    encoder = EncoderParameters(name="learned_weighted_average", d_query=5)
    with pytest.raises(ValueError, match=r"gives, 64 numbers, got d_query 5; set it to model\.d_tabular, or to 0"):
        SequenceModel(make_model_input().spec, encoder)


def test_the_sequence_is_ignored_by_tabular_only() -> None:
    model_input = make_model_input()
    model, batch = build(model_input, "tabular_only"), batch_of(model_input, [1, 2, 3])
    assert torch.equal(model(batch), model(replace(batch, values=batch.values + 1, codes=batch.codes * 0)))


def test_the_scale_of_an_encoding_does_not_matter() -> None:
    model_input = make_model_input(event_categories=())
    model, batch = build(model_input, "statistical_aggregation"), batch_of(model_input, list(range(20)))
    larger = replace(batch, values=batch.values * 1000)
    torch.testing.assert_close(copy.deepcopy(model)(larger), model(batch), rtol=1e-3, atol=1e-3)


def test_dropout_acts_while_training_alone() -> None:
    model_input = make_model_input()
    model, batch = build(model_input, "gru", dropout=0.5), batch_of(model_input, list(range(20)))
    assert not torch.equal(model(batch), model(batch))
    model.eval()
    assert torch.equal(model(batch), model(batch))


def test_same_seed_same_weights() -> None:
    model_input = make_model_input()
    first, second = (build(model_input, "transformer").state_dict() for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_step_weights_are_those_of_the_states_that_are_pooled() -> None:
    """With FiLM, the tabular features change the states first."""
    data = make_model_input()
    encoder = EncoderParameters(name="learned_weighted_average")
    model = SequenceModel(data.spec, encoder, ModelParameters(d_tabular=8, fusion="film")).eval()
    torch.nn.init.normal_(model.fusion.scale_and_shift.weight)
    batch = batch_of(data, [1, 2, 0])
    states = model.steps(batch, query=model.tabular(batch.numeric, batch.categorical))
    pooled = model.fusion.encode(model.encoder, states)
    weights = model.step_weights(batch)
    assert weights is not None
    torch.testing.assert_close(
        torch.einsum("bl,bld->bd", weights[..., 0], model.fusion.modulate(states).values), pooled
    )
    assert build(data, "gru").step_weights(batch) is None
