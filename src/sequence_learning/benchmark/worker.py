"""A process of the benchmark: takes its case as JSON, and a turn for each line that it is sent.

``python -m sequence_learning.benchmark.worker '<case>'`` answers with a line of JSON when it is ready, and after each
turn; it ends with its input. Whatever else is printed goes to standard error.
"""

import json
import os
import sys

from sequence_learning.benchmark.case import Case
from sequence_learning.benchmark.turns import Turns


def main() -> None:
    """Serve turns."""
    import torch

    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    torch.set_num_threads(1)
    turns = _build(Case.model_validate_json(sys.argv[1]))
    answers.write("{}\n")
    for _ in sys.stdin:
        answers.write(json.dumps(turns.turn()) + "\n")


def _build(case: Case) -> Turns:
    """The case's side; a plain loop is spared what the others import."""
    match case.side:
        case "fit":
            from sequence_learning.benchmark.fit_turns import FitTurns

            return FitTurns(case)
        case "bare":
            from sequence_learning.benchmark.bare_turns import BareTurns

            return BareTurns(case)
        case "queue":
            from sequence_learning.benchmark.queue_turns import QueueTurns

            return QueueTurns(case)
        case "one_by_one":
            from sequence_learning.benchmark.bare_turns import OneByOneTurns

            return OneByOneTurns(case)


if __name__ == "__main__":
    main()
