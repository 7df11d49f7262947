"""Colours of models."""

from plotly.colors import qualitative

_LIKE_OTHERS = {"#FB00D1", "#FC0080", "#B2828D", "#DA60CA"}
#: Plotly's darkest set, without those that are hard to tell from another one.
PALETTE: list[str] = [colour for colour in qualitative.Dark24 if colour not in _LIKE_OTHERS]
