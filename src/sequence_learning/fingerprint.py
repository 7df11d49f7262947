"""A fingerprint of code, by which results that were kept are told from those of other code."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from sequence_learning.encoders import ENCODERS

_PACKAGE = Path(__file__).parent


def fingerprint_of(parts: Iterable[str], left_out: Iterable[str] = ()) -> str:
    """A hash of the syntax trees of some folders and files of this package, as paths in it.

    Comments, docstrings and layout do not count, nor do the files that are left out.
    """
    others = {_PACKAGE / file for file in left_out}
    files = [file for part in parts for file in _files(_PACKAGE / part) if file not in others]
    code = "\n".join(f"{file.relative_to(_PACKAGE).as_posix()}: {_syntax_of(file)}" for file in files)
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def files_of_other_encoders(encoder: str) -> set[str]:
    """Files of registered encoders but this one's."""
    own = {name: f"encoders/{path.partition(':')[0]}.py" for name, path in ENCODERS.items()}
    return {file for file in own.values() if file != own[encoder]}


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
