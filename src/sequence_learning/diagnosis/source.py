"""A fingerprint of the code that results depend on."""

import ast
import hashlib
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]
#: Folders and files whose code can change a result; the wiring and what is made of results cannot.
_PARTS = (
    "batch.py",
    "category_embedding.py",
    "dataloaders.py",
    "diagnosis/explanation.py",
    "diagnosis/trial.py",
    "encoders",
    "evaluation/metrics.py",
    "features",
    "fusion.py",
    "model.py",
    "spec.py",
    "tabular_branch.py",
    "tasks/base.py",
    "tasks/sequences.py",
    "training",
)


@cache
def fingerprint(task: str) -> str:
    """A hash of the syntax trees of those modules and the task's own: comments, docstrings and layout do not count."""
    files = [file for part in (*_PARTS, f"tasks/{task}.py") for file in _files(_PACKAGE / part)]
    code = "\n".join(f"{file.relative_to(_PACKAGE)}: {syntax(file.read_text())}" for file in files)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def syntax(source: str) -> str:
    """The syntax tree of Python code without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.py")) if path.is_dir() else [path]
