"""The place of a bundle where a run found nothing to bundle."""

from dataclasses import dataclass


@dataclass(frozen=True)
class NoBundle:
    """Says why there is none, and what to do."""

    reason: str
