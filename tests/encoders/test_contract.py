"""What every encoder promises: each certificate of each variant, and the invariances on drawn examples.

A new choice of an option is refused here until VARIANTS shows it.
"""

from functools import cache
from typing import Literal, get_args, get_origin

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sequence_learning.certificates.certify import CERTIFICATES, certificate_of, certificates_of
from sequence_learning.certificates.invariance import FILLERS
from sequence_learning.certificates.subject import LONGEST, Inputs, Subject, apply, difference
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.encoders import ENCODERS, encoder_class
from sequence_learning.encoders.base import SequenceEncoder
from sequence_learning.parameters import EncoderParameters
from tests.builders import shipped_parameters

SUBJECTS = {variant: Subject.of(encoder, variant, options) for variant, (encoder, options) in VARIANTS.items()}
CONFIGURED = [EncoderParameters.model_validate(block) for block in shipped_parameters("base")["encoders"].values()]

with_a_vector = pytest.mark.parametrize("variant", [name for name, subject in SUBJECTS.items() if subject.has_vector])
batch_lengths = st.lists(st.integers(0, LONGEST), min_size=1, max_size=5).map(tuple)
fillers = st.sampled_from(FILLERS)


@cache
def evaluated(variant: str, dtype: torch.dtype = torch.float32) -> SequenceEncoder:
    return SUBJECTS[variant].build(dtype)


def exported_with_another(subject: Subject) -> bool:
    """Whether all parts of this variant's graph are in that of another; an export takes seconds.

    Plain forms are those of the configured encoders, as are dilated blocks and several heads. Read-outs are the same
    modules for all, exported with the CNN; layers and directions are exported with the LSTM. Others differ from an
    exported one in a size, or have a part less.
    """
    plain = subject.variant == subject.encoder
    return plain or subject.variant in {
        "lstm_mean",
        "lstm_max",
        "lstm_attention",
        "gru_mean",
        "gru_max",
        "two_layer_bidirectional_gru",
        "state_space_max",
        "state_space_attention",
        "transformer_last",
        "transformer_cls",
        "transformer_rotary",
        "transformer_orderless",
        "one_position",
        "one_decay",
        "exponential",
        "two_heads",
        "dilated",
        "wide_kernel",
        "bidirectional_gru_attention",
    }


@pytest.mark.parametrize(
    ("variant", "certificate"),
    [
        pytest.param(variant, name, id=f"{variant}-{name.replace(' ', '_')}")
        for variant, subject in SUBJECTS.items()
        for name, kind in CERTIFICATES.items()
        if kind.applies(subject) and not (name == "onnx" and exported_with_another(subject))
    ],
)
def test_certificate_holds(variant: str, certificate: str) -> None:
    measured = certificate_of(SUBJECTS[variant], certificate)
    assert measured.certificate == certificate
    assert measured.holds, measured


@pytest.mark.parametrize("encoder", CONFIGURED, ids=lambda encoder: encoder.name)
def test_certificates_hold_for_the_encoder_as_configured(encoder: EncoderParameters) -> None:
    certificates = certificates_of(Subject.of(encoder.name, "configured", encoder.options))
    assert [certificate for certificate in certificates if not certificate.holds] == []


@pytest.mark.parametrize("variant", SUBJECTS)
def test_what_is_called_fixed_has_nothing_to_learn_to_be_asked_or_to_draw(variant: str) -> None:
    subject = SUBJECTS[variant]
    encoder = subject.build()
    assert encoder.fixed == (not subject.has_parameters)  # so far none draws that learns nothing
    if encoder.fixed:
        assert not subject.d_query
        evaluated, trained = (apply(encoder.train(mode), subject.inputs()) for mode in (False, True))
        torch.testing.assert_close(trained, evaluated)


@with_a_vector
@given(lengths=batch_lengths, extra=st.integers(0, 8), filler=fillers)
def test_padding_changes_nothing(variant: str, lengths: tuple[int, ...], extra: int, filler: float) -> None:
    encoder, inputs = evaluated(variant), SUBJECTS[variant].inputs(lengths, n_steps=max(lengths))
    with torch.no_grad():
        padded = apply(encoder, inputs.padded_with(filler, extra))
        assert difference(padded, apply(encoder, inputs)) <= 1e-6


@with_a_vector
@given(lengths=batch_lengths)
def test_a_row_does_not_depend_on_the_other_rows(variant: str, lengths: tuple[int, ...]) -> None:
    encoder, inputs = evaluated(variant), SUBJECTS[variant].inputs(lengths)
    with torch.no_grad():
        alone = [apply(encoder, row(inputs, b, n)) for b, n in enumerate(lengths)]
        assert difference(torch.cat(alone), apply(encoder, inputs)) <= 1e-6


def row(inputs: Inputs, b: int, length: int) -> Inputs:
    return inputs.rows(slice(b, b + 1)).steps(slice(length))


@with_a_vector
@given(way=st.permutations(range(LONGEST)).filter(lambda way: way[-1] != LONGEST - 1))
def test_order_matters_exactly_where_it_should(variant: str, way: list[int]) -> None:
    encoder, subject = evaluated(variant, torch.float64), SUBJECTS[variant]
    inputs = subject.inputs((LONGEST,), dtype=torch.float64)
    with torch.no_grad():
        change = (apply(encoder, inputs.steps(torch.tensor(way))) - apply(encoder, inputs)).abs().max()
    assert change <= 1e-12 if subject.config.order_free else change >= 1e-4


@pytest.mark.parametrize("variant", VARIANTS)
def test_inputs_are_left_as_they_were(variant: str) -> None:
    inputs = SUBJECTS[variant].inputs((2, 0))
    before = SUBJECTS[variant].inputs((2, 0))
    apply(evaluated(variant), inputs)
    assert torch.equal(inputs.x_seq, before.x_seq)
    assert inputs.lengths.tolist() == [2, 0]


def choices() -> list[tuple[str, str, object]]:
    """Encoder, option and value, for every option that is a yes or no or one, or some, of several names."""
    return [
        (encoder, option, value)
        for encoder in ENCODERS
        for option, field in encoder_class(encoder).config_class.model_fields.items()
        for value in values_of(field.annotation)
    ]


def values_of(kind: object) -> tuple[object, ...]:
    if kind is bool:
        return False, True
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(value for part in get_args(kind) for value in values_of(part))


@pytest.mark.parametrize(("encoder", "option", "value"), choices())
def test_every_choice_of_every_option_is_among_the_variants(encoder: str, option: str, value: object) -> None:
    used = [getattr(subject.config, option) for subject in SUBJECTS.values() if subject.encoder == encoder]
    assert any(value in given if isinstance(given, tuple) else value == given for given in used), (
        f"add a variant of {encoder} with {option} {value!r} to certificates/variants.py"
    )


@pytest.mark.parametrize("encoder", ENCODERS)
def test_every_encoder_has_a_variant_that_bears_its_name(encoder: str) -> None:
    assert SUBJECTS[encoder].encoder == encoder
