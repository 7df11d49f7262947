import numpy as np
import pytest
import torch

from sequence_learning.parameters import ModelParameters
from sequence_learning.spec import InputSpec
from sequence_learning.tabular_branch import NoTabularBranch, TabularBranch, build_tabular_branch

SPEC = InputSpec(
    n_channels=1,
    event_categories=(),
    n_numeric=2,
    categories=(3, 5),
    numeric_bins=((-1.0, 0.0, 2.0), (0.0, 1.0)),
    n_outputs=1,
)
NUMBERS, CODES = torch.randn(6, 2, generator=torch.Generator().manual_seed(0)), torch.tensor([[0, 1], [2, 4]] * 3)
NUMBER_KINDS = ["raw", "piecewise_linear", "periodic"]
BACKBONES = ["mlp", "tabm"]


def branch(spec: InputSpec = SPEC, **options: object) -> TabularBranch:
    torch.manual_seed(0)
    return TabularBranch(spec, ModelParameters.model_validate({"d_tabular": 4, "d_number": 3, **options})).eval()


@pytest.mark.parametrize("numbers", NUMBER_KINDS)
@pytest.mark.parametrize(("backbone", "of_members"), [("mlp", ()), ("tabm", (3,))])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_there_is_one_vector_or_one_per_member(
    numbers: str, backbone: str, of_members: tuple[int, ...], n_layers: int
) -> None:
    vectors = branch(numbers=numbers, backbone=backbone, n_layers=n_layers, n_members=3)(NUMBERS, CODES)
    assert vectors.shape == (6, *of_members, 4)
    assert torch.isfinite(vectors).all()


@pytest.mark.parametrize("numbers", NUMBER_KINDS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_every_feature_counts_and_every_weight_is_reached(numbers: str, backbone: str) -> None:
    model = branch(numbers=numbers, backbone=backbone, d_tabular=16)
    vectors = model(NUMBERS, CODES)
    assert not torch.allclose(vectors, model(NUMBERS + torch.tensor([0.3, 0.0]), CODES))
    assert not torch.allclose(vectors, model(NUMBERS + torch.tensor([0.0, 0.3]), CODES))
    assert not torch.allclose(vectors, model(NUMBERS, CODES.flip(0)))
    (vectors * torch.randn(vectors.shape)).sum().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.any(), name


def test_members_differ_from_the_start() -> None:
    first, second = branch(backbone="tabm", n_members=2)(NUMBERS, CODES).unbind(dim=1)
    assert not torch.allclose(first, second)


@pytest.mark.parametrize("numbers", NUMBER_KINDS)
@pytest.mark.parametrize("backbone", BACKBONES)
def test_either_kind_of_feature_may_be_absent(numbers: str, backbone: str) -> None:
    for changes in ({"n_numeric": 0, "numeric_bins": ()}, {"categories": ()}):
        spec = SPEC.model_copy(update=changes)
        vectors = branch(spec, numbers=numbers, backbone=backbone)(
            NUMBERS[:, : spec.n_numeric], CODES[:, : len(spec.categories)]
        )
        assert torch.isfinite(vectors).all()


def test_piecewise_linear_embeddings_are_linear_between_the_edges_and_bend_at_them() -> None:
    model = branch(numbers="piecewise_linear")
    numbers = torch.zeros(5, 2)
    numbers[:, 0] = torch.linspace(-1, 1, 5)  # an edge lies in the middle
    with torch.no_grad():
        for weight in model.embed_numbers.parameters():  # the bend starts at zero
            weight.normal_()
    embedded = model.embed_numbers(numbers)[:, 0].detach().numpy()
    slopes = np.diff(embedded, axis=0)
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-6)
    np.testing.assert_allclose(slopes[2], slopes[3], atol=1e-6)
    assert not np.allclose(slopes[1], slopes[2], atol=1e-2)


def test_features_without_bins_are_refused() -> None:
    with pytest.raises(ValueError, match="need the bins of every number, but the prepared features have none; run"):
        branch(SPEC.model_copy(update={"numeric_bins": ()}), numbers="piecewise_linear")


def test_the_ablation_has_no_width() -> None:
    model = build_tabular_branch(SPEC, ModelParameters(backbone="none"))
    assert type(model) is NoTabularBranch
    assert model(NUMBERS, CODES).shape == (6, 0)


def test_nothing_to_fuse_with_is_refused() -> None:
    with pytest.raises(ValueError, match=r"leaves nothing to fuse with, got model\.fusion 'film'; use concat"):
        ModelParameters(backbone="none", fusion="film")
