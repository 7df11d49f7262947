"""A fingerprint of the code that results depend on."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from sequence_learning.encoders import ENCODERS

_PACKAGE = Path(__file__).parents[1]
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

    Comments, docstrings and layout do not count, nor do other tasks and encoders.
    """
    own = {name: f"encoders/{path.partition(':')[0]}.py" for name, path in ENCODERS.items()}
    others = {_PACKAGE / file for file in own.values() if file != own[encoder]}
    parts = (*_PARTS, "encoders", f"tasks/{task}.py")
    files = [file for part in parts for file in _files(_PACKAGE / part) if file not in others]
    code = "\n".join(f"{file.relative_to(_PACKAGE).as_posix()}: {_syntax_of(file)}" for file in files)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def syntax(source: str) -> str:
    """The syntax tree of Python code without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


@cache
def _syntax_of(file: Path) -> str:
    return syntax(file.read_text(encoding="utf-8"))


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
