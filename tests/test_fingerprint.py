import pytest

from sequence_learning.fingerprint import fingerprint_of, syntax

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


def test_other_parts_have_other_fingerprints() -> None:
    assert fingerprint_of(["batch.py"]) == fingerprint_of(iter(["batch.py"]))
    assert fingerprint_of(["batch.py"]) != fingerprint_of(["batch.py", "spec.py"])
    assert fingerprint_of(["batch.py", "spec.py"], ["spec.py"]) == fingerprint_of(["batch.py"])
