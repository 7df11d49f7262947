import ast
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sequence_learning import source_code as source
from sequence_learning.baselines import BASELINES
from sequence_learning.diagnosis import measure
from sequence_learning.diagnosis.measure import code_of
from sequence_learning.encoders import ENCODERS
from sequence_learning.source_code import OF_A_BASELINE, OF_A_FIT, fingerprint, syntax
from sequence_learning.tasks import TASKS

PACKAGE = source._PACKAGE

CODE = '''
def double(x):
    """Twice."""
    return 2 * x  # no less
'''


@pytest.mark.parametrize(
    "same",
    [
        CODE.replace("  # no less", ""),
        CODE.replace('    """Twice."""\n', ""),
        CODE.replace("Twice.", "Two times."),
        '"""A module."""\n' + CODE,
        CODE.replace("2 * x", "(\n        2\n        * x\n    )"),
        CODE.replace("def double(x):", "\n\ndef double(\n    x,\n):"),
    ],
)
def test_comments_docstrings_and_layout_do_not_count(same: str) -> None:
    assert same != CODE
    assert syntax(same) == syntax(CODE)


@pytest.mark.parametrize(
    "other",
    [
        CODE.replace("2", "3"),
        CODE.replace("2 * x", "x * 2"),
        CODE.replace("(x)", "(x=1)"),
        CODE.replace("(x)", "(x: int)"),
        CODE + "double(1)\n",
        CODE + "NAME = 'text'\n",
        CODE.replace("    return 2 * x", "    if x:\n        return 2 * x"),
    ],
)
def test_code_counts(other: str) -> None:
    assert syntax(other) != syntax(CODE)


def test_docstrings_of_classes_and_of_what_is_in_them_do_not_count() -> None:
    with_text = (
        'class A:\n    """A."""\n    x = 1\n    """Of x."""\n    def f(self):\n        """F."""\n        return 1\n'
    )
    without = "class A:\n    x = 1\n    def f(self):\n        return 1\n"
    assert syntax(with_text) == syntax(without)


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], bool]]:
    """Whether the fingerprint of ``order_free`` with ``gru`` changes with a text at the end of a file."""
    copy = tmp_path / "sequence_learning"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(source, "_PACKAGE", copy)
    forget()

    def changes(file: str, text: str) -> bool:
        before = code_of("order_free", "gru")
        with (copy / file).open("a") as opened:
            opened.write(text)
        forget()
        return bool(code_of("order_free", "gru") != before)

    yield changes
    forget()


def forget() -> None:
    """Files do not change while a process runs, but here."""
    source.fingerprint.cache_clear()
    source._syntax_of.cache_clear()


def test_what_a_result_depends_on_changes_the_fingerprint(
    edited: Callable[[str, str], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "syntax", str)  # quick: which files count is asked here, not what in them
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
    of_tasks = {code_of(task, "gru") for task in TASKS}
    assert len(of_tasks) == len(TASKS)
    of_encoders = {name: code_of("order_free", name) for name in ("gru", "cnn", "transformer", "tabular_only")}
    assert len(set(of_encoders.values())) == 4
    assert code_of("order_free", "lstm") == of_encoders["gru"]  # one file


#: Reached by a fit, and yet not part of its fingerprint: what they say of one fit is in its key as numbers (typed
#: parameters), they only name others (registries), or they do not touch its numbers (how files are written, and what
#: is printed).
NAMES_AND_TYPES = {
    "atomic.py",
    "encoders/__init__.py",
    "features/errors.py",
    "options.py",
    "parameters.py",
    "tasks/__init__.py",
    "training/quiet.py",
}


def imported(file: Path) -> set[Path]:
    """Files of this package that a file imports anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sequence_learning"):
            path = PACKAGE.joinpath(*str(node.module).split(".")[1:])
            found.add(path / "__init__.py" if path.is_dir() else path.with_suffix(".py"))
    return found


#: What a file takes no more than names from: the explanation those of tasks and encoders that it can read, which are no
#: part of other trials; others those of the parts.
KNOWN_BY_NAME = {
    "explanation.py": {"tasks", "encoders"},
    "dataloaders.py": {"split.py"},
    "model_input.py": {"split.py"},
}


def reached(*files: Path) -> set[Path]:
    done: set[Path] = set()
    waiting = set(files)
    while waiting:
        file = waiting.pop()
        done.add(file)
        by_name = KNOWN_BY_NAME.get(file.name, set())
        waiting |= {other for other in imported(file) if not {other.name, other.parent.name} & by_name} - done
    return done


def files_counted(monkeypatch: pytest.MonkeyPatch, *parts: str, encoder: str | None = None) -> set[Path]:
    counted: set[Path] = set()
    files = source._files

    def noting(path: Path) -> list[Path]:
        counted.update(files(path))
        return []

    with monkeypatch.context() as patched:
        patched.setattr(source, "_files", noting)
        fingerprint.__wrapped__(*parts, encoder=encoder)
    return counted


def encoder_files(encoder: str) -> set[Path]:
    name = f"{ENCODERS[encoder].partition(':')[0]}.py"
    return {PACKAGE / "encoders" / name, PACKAGE / "encoders/configs" / name}


def left_out(files: set[Path], counted: set[Path], encoder: str) -> set[str]:
    # Encoders share their folder, from which the registered ones are taken; an encoder must not borrow from another.
    others = set().union(*map(encoder_files, ENCODERS)) - encoder_files(encoder)
    return {str(file.relative_to(PACKAGE)) for file in (files - counted) | (files & others)}


@pytest.mark.parametrize(
    ("task", "encoder"),
    [*((task, "gru") for task in TASKS), *(("order_free", name) for name in ENCODERS if name != "gru")],
)
def test_no_code_that_a_trial_reaches_is_left_out(task: str, encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = reached(PACKAGE / "diagnosis/trial.py", PACKAGE / f"tasks/{task}.py", *encoder_files(encoder))
    counted = files_counted(monkeypatch, *OF_A_FIT, *measure._PARTS, f"tasks/{task}.py", encoder=encoder)
    assert left_out(files, counted, encoder) <= NAMES_AND_TYPES


@pytest.mark.parametrize("encoder", ENCODERS)
def test_no_code_that_a_fit_reaches_is_left_out(encoder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    files = reached(PACKAGE / "training/fit.py", *encoder_files(encoder))
    counted = files_counted(monkeypatch, *OF_A_FIT, encoder=encoder)
    assert left_out(files, counted, encoder) <= NAMES_AND_TYPES


def test_no_code_that_a_baseline_reaches_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {PACKAGE / "baselines" / f"{target.partition(':')[0]}.py" for target in BASELINES.values()}
    files = reached(PACKAGE / "baselines/fit.py", *own)
    counted = files_counted(monkeypatch, *OF_A_BASELINE)
    # They take the last step of a prediction, from outputs to columns, which needs no batches.
    batches = {"batch.py", "dataloaders.py", "encoders/base.py", "encoders/configs/base.py", "encoders/steps.py"}
    assert {str(file.relative_to(PACKAGE)) for file in files - counted} <= NAMES_AND_TYPES | batches
