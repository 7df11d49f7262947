"""Each certificate is broken by an encoder that breaks its promise, and holds for one that does not.

That all hold for every real encoder is tested in tests/encoders/test_contract.py.
"""

from collections.abc import Callable

import pytest
import torch

from sequence_learning.certificates import export, gradients, invariance, lengths, overfit, place, portability
from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.certify import CERTIFICATES, certificate_of
from sequence_learning.certificates.subject import Subject
from tests.certificates import broken
from tests.certificates.broken import subject_of

MEAN = subject_of(broken.Mean)


@pytest.mark.parametrize(
    ("measure", "cls"),
    [
        (invariance.padding, broken.MeanOverPadding),
        (invariance.padding, broken.PaddingTimesZero),
        (invariance.batch, broken.CentredOverTheBatch),
        (invariance.batch, broken.PairsOfRows),
        (invariance.batch, broken.MeanOverPadding),
        (invariance.order, broken.Newest),
        (invariance.order, broken.Orderless),
        (invariance.inputs, broken.DeafToAges),
        (invariance.inputs, broken.Deaf),
        (lengths.lengths, broken.NoLengthZero),
        (lengths.lengths, broken.TooWide),
        (gradients.padding_gradient, broken.PaddingRead),
        (gradients.parameter_gradient, broken.Unused),
        (gradients.parameter_gradient, broken.NaNGradient),
        (gradients.gradcheck, broken.HalfDetached),
        (portability.round_trip, broken.Unsaved),
        (export.onnx, broken.OtherWhenExported),
    ],
)
def test_a_broken_encoder_breaks_its_certificate(
    measure: Callable[[Subject], Certificate], cls: type[broken.Mean]
) -> None:
    certificate = measure(subject_of(cls))
    assert not certificate.holds
    assert certificate.variant == cls.__name__


@pytest.mark.parametrize("name", ["padding", "batch", "order", "inputs", "lengths", "padding gradient", "gradcheck"])
def test_certificates_hold_for_a_plain_mean(name: str) -> None:
    assert certificate_of(MEAN, name).holds


@pytest.mark.parametrize(
    ("encoder", "cls", "config"),
    [
        ("learned_static_positional_weighting", broken.WeightsFromTheOldest, broken.POSITIONS),
        ("transformer", broken.PlacesFromTheOldest, broken.SMALL_TRANSFORMER),
        ("transformer", broken.PlaceOfTheAddedStep, broken.SMALL_CLS),
    ],
)
def test_places_counted_from_the_oldest_break_place(
    encoder: str, cls: type[broken.SequenceEncoder], config: broken.EncoderConfig
) -> None:
    right = Subject.of(encoder, "right", config.model_dump())
    assert place.place(right).holds
    assert not place.place(subject_of(cls, config, encoder)).holds


def test_a_padded_nan_that_leaks_is_measured_as_nan() -> None:
    assert invariance.padding(subject_of(broken.PaddingTimesZero)).measured != 0
    assert torch.tensor(invariance.padding(subject_of(broken.PaddingTimesZero)).measured).isnan()


def test_counts_are_of_what_is_wrong() -> None:
    assert gradients.parameter_gradient(subject_of(broken.Unused)).measured == 1
    assert lengths.lengths(subject_of(broken.Mean)).measured == 0


@pytest.mark.parametrize("cls", [broken.Mean, broken.Deaf])
def test_only_what_hears_the_sequence_can_be_overfitted(
    cls: type[broken.Mean], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sequence_learning.model.encoder_class", lambda _: cls)
    monkeypatch.setattr("sequence_learning.parameters.encoder_config_class", lambda _: cls.config_class)
    assert overfit.overfit(subject_of(cls)).holds == (cls is broken.Mean)


def test_an_export_of_one_size_breaks_onnx() -> None:
    certificate = certificate_of(subject_of(broken.OneLength), "onnx")
    assert not certificate.holds
    assert certificate.meaning.startswith("Could not be measured: ")
    assert "\n" not in certificate.meaning


def test_a_device_that_computes_other_numbers_breaks_cuda() -> None:
    assert portability.cuda(MEAN, device="cpu").holds
    assert not portability.cuda(subject_of(broken.OtherEveryTime), device="cpu").holds


def test_there_is_a_row_for_cuda_only_with_a_gpu() -> None:
    assert CERTIFICATES["cuda"].applies(MEAN) == torch.cuda.is_available()


def test_what_cannot_be_measured_is_broken_and_says_why() -> None:
    certificate = certificate_of(subject_of(broken.TooWide, encoder="no such encoder"), "overfit")
    assert not certificate.holds
    assert "Could not be measured: ValidationError" in certificate.meaning


@pytest.mark.parametrize(
    ("relation", "measured", "holds"),
    [
        ("<=", 1.0, True),
        ("<=", 1.1, False),
        (">=", 1.0, True),
        (">=", 0.9, False),
        ("<=", float("nan"), False),
        (">=", float("nan"), False),
    ],
)
def test_a_limit_may_be_reached_and_a_nan_holds_nothing(relation: str, measured: float, holds: bool) -> None:
    promise = Promise("test", relation, 1.0, "")  # type: ignore[arg-type]
    assert promise.given(MEAN, measured).holds == holds
