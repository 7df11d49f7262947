import ast
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sequence_learning import fingerprint as code
from sequence_learning.diagnosis.source import fingerprint
from sequence_learning.encoders import ENCODERS
from sequence_learning.tasks import TASKS

PACKAGE = code._PACKAGE


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], bool]:
    """Whether the fingerprint of ``order_free`` with ``gru`` changes with a text at the end of a file."""
    copy = tmp_path / "sequence_learning"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(code, "_PACKAGE", copy)

    def changes(file: str, text: str) -> bool:
        before = fingerprint.__wrapped__("order_free", "gru")
        with (copy / file).open("a") as opened:
            opened.write(text)
        code._syntax_of.cache_clear()  # files do not change while a process runs, but here
        return bool(fingerprint.__wrapped__("order_free", "gru") != before)

    return changes


def test_what_a_result_depends_on_changes_the_fingerprint(
    edited: Callable[[str, str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "syntax", str)  # quick: which files count is asked here, not what in them
    for file in (
        "batch.py",
        "model.py",
        "fusion.py",
        "diagnosis/trial.py",
        "diagnosis/explanation.py",
        "metrics.py",
        "features/scaler.py",
        "training/fit.py",
        "training/module.py",
        "encoders/recurrent.py",  # where the GRU lives, beside the LSTM
        "encoders/base.py",
        "encoders/read_out.py",
        "tasks/base.py",
        "tasks/parameters.py",  # which column has which role
        "tasks/sequences.py",
        "tasks/order_free.py",
    ):
        assert edited(file, "\nX = 1\n"), file
    for file in (
        "encoders/cnn.py",
        "encoders/transformer.py",
        "tasks/local_motif.py",
        "tasks/mixed.py",
        "diagnosis/matrix.py",
        "diagnosis/plots.py",
        "diagnosis/measure.py",
        "diagnosis/claims/rnn.py",
        "pipelines/diagnosis/nodes.py",
        "hooks/summary.py",
        "evaluation/leaderboard.py",
        "baselines/boosting.py",
    ):
        assert not edited(file, "\nX = 1\n"), file


def test_a_comment_leaves_the_fingerprint_as_it_is(edited: Callable[[str, str], bool]) -> None:
    assert not edited("training/fit.py", "\n# Quick.\n")
    assert edited("training/fit.py", "\nX = 1\n")


def test_every_task_and_encoder_file_has_a_fingerprint_of_its_own() -> None:
    of_tasks = {fingerprint(task, "gru") for task in TASKS}
    assert len(of_tasks) == len(TASKS)
    of_encoders = {name: fingerprint("order_free", name) for name in ("gru", "cnn", "transformer", "tabular_only")}
    assert len(set(of_encoders.values())) == 4
    assert fingerprint("order_free", "lstm") == of_encoders["gru"]  # one file


#: Reached by a trial, and yet not part of its fingerprint: what they say of one trial is in its key as numbers (typed
#: parameters), or they only name others (registries).
NAMES_AND_TYPES = {
    "encoders/__init__.py",
    "options.py",
    "parameters.py",
    "tasks/__init__.py",
}


def imported(file: Path) -> set[Path]:
    """Files of this package that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sequence_learning"):
            path = PACKAGE.joinpath(*str(node.module).split(".")[1:])
            found.add(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    return found


def reached(*files: Path) -> set[Path]:
    done: set[Path] = set()
    waiting = set(files)
    while waiting:
        file = waiting.pop()
        done.add(file)
        # The explanation knows the tasks and encoders that it can read; they are no part of other trials.
        known_by_name = file.name == "explanation.py"
        waiting |= {
            other for other in imported(file) if not (known_by_name and other.parent.name in {"tasks", "encoders"})
        } - done
    return done


def files_counted(task: str, encoder: str, monkeypatch: pytest.MonkeyPatch) -> set[Path]:
    counted: set[Path] = set()
    files = code._files

    def noting(path: Path) -> list[Path]:
        counted.update(files(path))
        return []

    with monkeypatch.context() as patched:
        patched.setattr(code, "_files", noting)
        fingerprint.__wrapped__(task, encoder)
    return counted


@pytest.mark.parametrize(
    ("task", "encoder"),
    [*((task, "gru") for task in TASKS), *(("order_free", name) for name in ENCODERS if name != "gru")],
)
def test_no_code_that_a_trial_reaches_is_left_out(task: str, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = PACKAGE / "encoders" / f"{ENCODERS[encoder].partition(':')[0]}.py"
    files = reached(PACKAGE / "diagnosis/trial.py", PACKAGE / f"tasks/{task}.py", own)
    # Encoders share their folder, from which the registered ones are taken; an encoder must not borrow from another.
    registered = {PACKAGE / "encoders" / f"{target.partition(':')[0]}.py" for target in ENCODERS.values()}
    left_out = (files - files_counted(task, encoder, monkeypatch)) | (files & registered - {own})
    assert {str(file.relative_to(PACKAGE)) for file in left_out} <= NAMES_AND_TYPES
