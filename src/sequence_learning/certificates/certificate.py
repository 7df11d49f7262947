"""A certificate: one number measured on one encoder, and the limit it is held against."""

from dataclasses import dataclass
from typing import Literal

from sequence_learning.certificates.subject import Subject

Relation = Literal["<=", ">="]


@dataclass(frozen=True)
class Certificate:
    """What was measured, and whether it keeps the promise. A NaN keeps none.

    Attributes:
        encoder: registered name.
        variant: one of :data:`~.variants.VARIANTS`, or ``configured``.
        certificate: what is promised, in a word.
        measured: the number.
        relation: how ``measured`` must stand to ``limit``.
        limit: the limit.
        holds: whether it does.
        meaning: what is promised, in a sentence.
    """

    encoder: str
    variant: str
    certificate: str
    measured: float
    relation: Relation
    limit: float
    holds: bool
    meaning: str


@dataclass(frozen=True)
class Promise:
    """What a certificate says of whichever encoder it is measured on."""

    certificate: str
    relation: Relation
    limit: float
    meaning: str

    def given(self, subject: Subject, measured: float) -> Certificate:
        """The certificate of ``subject``, of which ``measured`` was found."""
        holds = measured <= self.limit if self.relation == "<=" else measured >= self.limit
        return Certificate(
            encoder=subject.encoder,
            variant=subject.variant,
            certificate=self.certificate,
            measured=measured,
            relation=self.relation,
            limit=self.limit,
            holds=holds,
            meaning=self.meaning,
        )
