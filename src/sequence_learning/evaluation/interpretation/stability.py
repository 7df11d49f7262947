"""Whether fits of one model with several seeds look at the same things."""

import numpy as np
import pandas as pd

STABILITY = ["encoder", "what", "agreement", "stable"]

POSITION_WEIGHTS = "position weights"
CHANNELS = "gradients by channel"
POSITIONS = "gradients by position"
PERMUTATION = "permutation"

_GRAIN = 0.05


def stability(
    position_weights: pd.DataFrame, gradients: pd.DataFrame, permutation: pd.DataFrame, least: float
) -> pd.DataFrame:
    """How far the seeds of each model agree on what counts more and what less.

    Gradients of channels are compared twice, by channel over all events and by position over all channels: where all
    seeds look at the newest events, numbers of both would seem to agree on the channels too. Numbers are rounded to a
    twentieth of the fit's largest, so that what counts next to nothing has no order to disagree on.

    Args:
        position_weights: ``encoder``, ``seed``, ``position``, ``relative_weight``.
        gradients: ``encoder``, ``seed``, ``kind``, ``feature``, ``position``, ``importance``, ``rows``.
        permutation: ``encoder``, ``seed``, ``kind``, ``feature``, ``importance``.
        least: agreement from which on a model is stable.

    Returns:
        ``encoder``; ``what`` is compared; ``agreement``, the mean over pairs of seeds of Spearman's rank correlation,
        NaN where it is not known: for a single seed, or numbers that are all equal; ``stable``, missing where the
        agreement is not known.
    """
    of_channels = gradients[gradients["kind"] == "channel"]
    over_events = of_channels.assign(importance=of_channels["importance"] * of_channels["rows"])
    compared = {
        POSITION_WEIGHTS: _agreement(position_weights, ["position"], "relative_weight"),
        CHANNELS: _agreement(over_events, ["feature"], "importance"),
        POSITIONS: _agreement(of_channels, ["position"], "importance"),
        PERMUTATION: _agreement(permutation, ["kind", "feature"], "importance"),
    }
    rows = [(encoder, what, value) for what, found in compared.items() for encoder, value in found.items()]
    table = pd.DataFrame(rows, columns=STABILITY[:3])
    stable = (table["agreement"] >= least).astype("boolean").where(table["agreement"].notna())
    return table.assign(stable=stable)


def _agreement(table: pd.DataFrame, keys: list[str], value: str) -> dict[str, float]:
    """Mean rank correlation of the seeds, by encoder; what has the same keys is added up."""
    agreements = {}
    for encoder, own in table.groupby("encoder", sort=False):
        by_seed = own.pivot_table(index=keys, columns="seed", values=value, aggfunc="sum").astype(float)
        rounded = (by_seed / by_seed.abs().max() / _GRAIN).round()
        correlations = rounded.corr(method="spearman").to_numpy()
        pairs = correlations[np.triu_indices(len(correlations), k=1)]
        agreements[str(encoder)] = float(pairs.mean()) if len(pairs) else float("nan")
    return agreements
