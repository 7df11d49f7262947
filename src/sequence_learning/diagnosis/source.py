"""A fingerprint of the code that a trial's result depends on."""

from functools import cache

from sequence_learning.fingerprint import files_of_other_encoders, fingerprint_of

#: Folders and files whose code can change a result; the wiring and what is made of results cannot.
_PARTS = (
    "batch.py",
    "category_embedding.py",
    "dataloaders.py",
    "diagnosis/explanation.py",
    "diagnosis/trial.py",
    "evaluation/held_out.py",
    "features",
    "fusion.py",
    "metrics.py",
    "model.py",
    "spec.py",
    "tabular_branch.py",
    "tasks/base.py",
    "tasks/parameters.py",
    "tasks/sequences.py",
    "training",
)


@cache
def fingerprint(task: str, encoder: str) -> str:
    """A hash of the syntax trees of those modules, of the task's and the encoder's own and of what encoders share.

    Other tasks and encoders do not count.
    """
    return fingerprint_of((*_PARTS, "encoders", f"tasks/{task}.py"), files_of_other_encoders(encoder))
