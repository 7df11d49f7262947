"""What figures of the benchmark are called, wherever they are shown."""

from collections.abc import Mapping
from typing import Any

#: Cases in the order in which they are shown.
CASES = {
    "fixed_length": "fixed length",
    "variable_length": "variable length",
    "no_sequences": "plain loop without sequences",
    "memory_fixed_length": "memory, fixed length",
    "memory_variable_length": "memory, variable length",
    "bf16": "bf16 over 32 bits",
}
_OF_THE_POOL = {
    "speed_up": ("times as fast as plain loops one by one", "≥"),
    "mixed": ("the same, with encoders in bf16 that train faster so", "≥"),
    "busy": ("share of time in which cores worked", "≥"),
    "stretch": ("time over that of plain loops split among the cores", "≤"),
}


def pool_figures(pool: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """What each figure of the queue says, with its spread, its goal and the verdict."""
    figures = []
    for name, (meaning, relation) in _OF_THE_POOL.items():
        if name not in pool:
            continue
        own = pool[name]
        measured = f"{own['ratio']:.2f} ({own['lowest']:.2f} to {own['highest']:.2f})"
        figures.append((meaning, measured, f"{relation} {own['goal']:g}", str(own["verdict"])))
    return figures
