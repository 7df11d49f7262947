"""What is said for and against the seven approaches, each with an experiment that could refute it."""

from sequence_learning.diagnosis.claims.attention import ELEMENT_WISE, SELECTS
from sequence_learning.diagnosis.claims.claim import Claim
from sequence_learning.diagnosis.claims.cnn import FINDS_PATTERNS, RECEPTIVE_FIELD
from sequence_learning.diagnosis.claims.positional_weighting import (
    DECAY_MUST_BE_KNOWN,
    FINDS_THE_PROFILE,
    ONE_PROFILE,
    RECENCY,
    STATIC,
)
from sequence_learning.diagnosis.claims.rnn import COUNTS, FORGETS, SLOW
from sequence_learning.diagnosis.claims.statistical_aggregation import ORDER_IGNORED, OUTLIERS, TOTALS
from sequence_learning.diagnosis.claims.transformer import DATA_HUNGRY, QUADRATIC, RELATES

#: All claims, in the order in which they are shown.
CLAIMS: tuple[Claim, ...] = (
    TOTALS,
    ORDER_IGNORED,
    OUTLIERS,
    RECENCY,
    DECAY_MUST_BE_KNOWN,
    FINDS_THE_PROFILE,
    ONE_PROFILE,
    STATIC,
    SELECTS,
    ELEMENT_WISE,
    FINDS_PATTERNS,
    RECEPTIVE_FIELD,
    COUNTS,
    SLOW,
    FORGETS,
    RELATES,
    QUADRATIC,
    DATA_HUNGRY,
)
