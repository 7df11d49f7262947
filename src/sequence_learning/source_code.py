"""A fingerprint of the code that results depend on."""

import ast
import hashlib
from functools import cache
from pathlib import Path

from sequence_learning.encoders import ENCODERS

_PACKAGE = Path(__file__).parent
#: Files and folders whose code can change what an encoder's fit leaves behind, beside the encoder's own files.
OF_A_FIT = (
    "batch.py",
    "category_embedding.py",
    "dataloaders.py",
    "encoders",
    "features/mapped_file.py",
    "features/model_input.py",
    "features/sharded_array.py",
    "fusion.py",
    "metrics.py",
    "model.py",
    "spec.py",
    "tabular_branch.py",
    "training/checkpoint.py",
    "training/encode_once.py",
    "training/fit.py",
    "training/flat_parameters.py",
    "training/loop.py",
    "training/losses.py",
    "training/module.py",
    "training/norm_over_ranks.py",
    "training/precision.py",
    "training/predict.py",
    "training/schedule.py",
    "training/state.py",
    "training/threads.py",
)
#: Likewise, a baseline's.
OF_A_BASELINE = (
    "baselines",
    "features/mapped_file.py",
    "features/model_input.py",
    "features/sharded_array.py",
    "metrics.py",
    "spec.py",
    "training/predict.py",
)

#: Whose numbers end up in a fit.
LIBRARIES = ("lightgbm", "lightning", "numpy", "rtdl-num-embeddings", "scikit-learn", "tabm", "torch")


@cache
def fingerprint(*parts: str, encoder: str | None = None) -> str:
    """A hash of the syntax trees of files and folders of this package.

    Comments, docstrings and layout do not count, nor do files of other encoders than the one that is named.
    """
    own = {name: f"{path.partition(':')[0]}.py" for name, path in ENCODERS.items()}
    of_others = [file for file in own.values() if encoder is None or file != own[encoder]]
    others = {_PACKAGE / folder / file for folder in ("encoders", "encoders/configs") for file in of_others}
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
