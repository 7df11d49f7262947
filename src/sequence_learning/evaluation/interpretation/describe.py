"""What models look at, in a sentence each."""

import pandas as pd

from sequence_learning.evaluation.interpretation.interpret import Interpretation
from sequence_learning.evaluation.interpretation.stability import CHANNELS, PERMUTATION, POSITIONS

#: Features that are named, at most, and the share of the whole from which on one is.
_MOST_NAMED = 3
_WORTH_NAMING = 0.1
_NEWEST = 5
#: On what seeds may agree.
_ON_GRADIENTS = {CHANNELS: "channels", POSITIONS: "positions"}
_ON_PERMUTATION = {PERMUTATION: "features"}


def describe(interpretation: Interpretation) -> dict[str, str]:
    """A sentence by model: on gradients where there are some, on the scores of permuted features otherwise."""
    gradients, permutation = interpretation.gradients, interpretation.permutation
    of_channels = gradients[gradients["kind"] == "channel"]
    found = {}
    for encoder, own in permutation.groupby("encoder", sort=False):
        integrated = of_channels[of_channels["encoder"] == encoder]
        said = _looks(integrated) if len(integrated) else _loses(own)
        compared = _ON_GRADIENTS if len(integrated) else _ON_PERMUTATION
        stability = interpretation.stability
        found[str(encoder)] = f"{said}; {_seeds(stability[stability['encoder'] == encoder], compared)}"
    return found


def _looks(own: pd.DataFrame) -> str:
    amount = own["importance"] * own["rows"]
    total = amount.sum()
    if total == 0:
        return "looks at no event"
    share = (amount.groupby(own["feature"], sort=False).sum() / total).sort_values(ascending=False)
    newest = amount[own["position"] < _NEWEST].sum() / total
    return f"looks mostly at {_listed(share)}; the newest {_NEWEST} events carry {newest:.0%} of the gradient"


def _loses(own: pd.DataFrame) -> str:
    drop = own.groupby("feature", sort=False)["importance"].mean().clip(lower=0)
    if drop.sum() == 0:
        return "loses nothing without any one feature"
    return f"loses most without {_listed((drop / drop.sum()).sort_values(ascending=False))}"


def _listed(shares: pd.Series) -> str:
    """The largest, each with its share: ``channel_1 (60%) and kind (30%)``."""
    named = shares[shares >= _WORTH_NAMING][:_MOST_NAMED]
    named = named if len(named) else shares[:1]
    shown = [f"{name} ({share:.0%})" for name, share in named.items()]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _seeds(own: pd.DataFrame, compared: dict[str, str]) -> str:
    said: dict[bool, list[str]] = {True: [], False: []}
    for row in own[own["what"].isin(compared) & own["agreement"].notna()].to_dict("records"):
        said[bool(row["stable"])].append(f"{compared[row['what']]} ({row['agreement']:.2f})")
    agree = f"seeds agree on {' and '.join(said[True])}" if said[True] else ""
    disagree = f"seeds disagree on {' and '.join(said[False])}: do not rely on these" if said[False] else ""
    return ", ".join(filter(None, (agree, disagree))) or "whether seeds agree is not known"
