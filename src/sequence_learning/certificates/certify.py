"""All certificates of some encoders as a table."""

import multiprocessing
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields

import joblib
import pandas as pd
import torch
from rich.progress import track

from sequence_learning.certificates import export, gradients, invariance, lengths, overfit, place, portability
from sequence_learning.certificates.certificate import Certificate, Promise
from sequence_learning.certificates.subject import Subject
from sequence_learning.certificates.variants import VARIANTS
from sequence_learning.root_cause import root_cause
from sequence_learning.training.pool import available_cores, worker_processes
from sequence_learning.training.threads import single_thread

#: The variant's name of an encoder as a user configured it.
CONFIGURED = "configured"


@dataclass(frozen=True)
class Kind:
    """A certificate that can be measured, and of which encoders."""

    measure: Callable[[Subject], Certificate]
    applies: Callable[[Subject], bool]


def _always(subject: Subject) -> bool:
    return True


def _has_vector(subject: Subject) -> bool:
    return subject.has_vector


def _has_parameters(subject: Subject) -> bool:
    return subject.has_parameters


def _differentiable(subject: Subject) -> bool:
    return subject.has_vector and subject.config.differentiable


def _reads_positions(subject: Subject) -> bool:
    return subject.has_vector and subject.config.reads_positions


def _on_a_gpu(subject: Subject) -> bool:
    return subject.has_vector and torch.cuda.is_available()


#: A certificate that says nothing of an encoder (a vector of width zero depends on nothing) has no row.
CERTIFICATES = {
    "padding": Kind(invariance.padding, _has_vector),
    "batch": Kind(invariance.batch, _has_vector),
    "order": Kind(invariance.order, _has_vector),
    "inputs": Kind(invariance.inputs, _has_vector),
    "lengths": Kind(lengths.lengths, _always),
    "place": Kind(place.place, _reads_positions),
    "padding gradient": Kind(gradients.padding_gradient, _differentiable),
    "parameter gradient": Kind(gradients.parameter_gradient, _has_parameters),
    "gradcheck": Kind(gradients.gradcheck, _differentiable),
    "overfit": Kind(overfit.overfit, _always),
    "safetensors": Kind(portability.round_trip, _has_vector),
    "onnx": Kind(export.onnx, _always),
    "cuda": Kind(portability.cuda, _on_a_gpu),
}


def all_variants() -> list[Subject]:
    """Every variant of every encoder."""
    return [Subject.of(encoder, variant, options) for variant, (encoder, options) in VARIANTS.items()]


def certificate_of(subject: Subject, name: str) -> Certificate:
    """Measure one certificate; one that cannot be measured is broken, and says why."""
    try:
        return CERTIFICATES[name].measure(subject)
    except Exception as error:
        return Promise(name, "<=", 0.0, f"Could not be measured: {root_cause(error)}").given(subject, float("nan"))


def certificates_of(subject: Subject) -> list[Certificate]:
    """Every certificate that applies to an encoder."""
    with single_thread():  # beside other processes, whoever started them
        return [certificate_of(subject, name) for name, kind in CERTIFICATES.items() if kind.applies(subject)]


def certify(subjects: Iterable[Subject]) -> pd.DataFrame:
    """A row per encoder, variant and certificate, in the order of ``subjects``; columns as :class:`Certificate`.

    Encoders are certified side by side, one process per core with one thread each; inside a worker of someone else's
    pool (Kedro's ``ParallelRunner``) one after the other.
    """
    subjects = list(subjects)
    in_a_worker = multiprocessing.parent_process() is not None
    n_workers = 1 if in_a_worker else available_cores()
    jobs = [joblib.delayed(certificates_of)(subject) for subject in subjects]
    with worker_processes(n_workers):  # those that have fitted, if there are any: others would import all again
        results = joblib.Parallel(return_as="generator")(jobs)
        shown = track(results, "certificates of encoders", total=len(jobs), disable=in_a_worker)
        rows = [asdict(certificate) for certificates in shown for certificate in certificates]
    return pd.DataFrame(rows, columns=[field.name for field in fields(Certificate)])
