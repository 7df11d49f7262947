"""A process of the benchmark: takes its case as JSON, and a turn for each line that it is sent.

``python -m sequence_learning.benchmark.worker '<case>'`` answers with a line of JSON when it is ready, and after each
turn; it ends with its input. Whatever else is printed goes to standard error.
"""

import json
import os
import sys
from collections.abc import Callable

from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.turns import Turns


def main() -> None:
    """Serve turns."""
    import torch

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    torch.set_num_threads(1)
    case = Case.model_validate_json(sys.argv[1])
    turns = _sides()[case.side](case)
    answers.write("{}\n")
    for _ in sys.stdin:
        answers.write(json.dumps(turns.turn()) + "\n")


def _sides() -> dict[str, Callable[[Case], Turns]]:
    from sequence_learning.benchmark.queues import OneByOneTurns, QueueTurns
    from sequence_learning.benchmark.turns import BareTurns, FitTurns

    return {"fit": FitTurns, "bare": BareTurns, "queue": QueueTurns, "one_by_one": OneByOneTurns}


if __name__ == "__main__":
    main()
