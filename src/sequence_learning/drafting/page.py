"""The draft as YAML that says why."""

import json
import re
from collections.abc import Iterable, Iterator

from sequence_learning.drafting.choice import Choice, SchemaDraft

_HEAD = """\
# Drafted from the two tables by `kedro run --pipeline draft_schema`; behind each # stands why, or a suggestion. Look it
# through, change what you know better, then run the pipeline compare.
schema:
"""
# Names that need no quotes in YAML, where some words mean true or false.
_PLAIN = re.compile(r"(?!(?:y|n|yes|no|on|off|true|false|null)$)[a-z_][a-z0-9_]*", re.IGNORECASE)


def to_yaml(draft: SchemaDraft) -> str:
    """A block ``schema`` with a comment behind each choice."""
    return _HEAD + "".join(f"{line}\n" for line in _lines(draft))


def questions(page: str) -> list[str]:
    """The keys of the schema that the tables did not answer."""
    return re.findall(r'^  (\w+): "<', page, re.MULTILINE)


def _lines(draft: SchemaDraft) -> Iterator[str]:
    yield from _scalars(("id", draft.id), ("target", draft.target), ("task", draft.task))
    yield from _block("numeric", draft.numeric)
    yield from _block("categorical", draft.categorical)
    yield from _scalars(
        ("order", draft.order),
        ("time", draft.time),
        ("prediction_time", draft.prediction_time),
        ("time_unit", draft.time_unit),
    )
    yield from _block("channels", draft.channels)
    yield from _block("categorical_channels", draft.categorical_channels)
    yield f"  # {_printable(draft.lengths)}"
    yield from _scalars(("max_length", draft.max_length))
    if draft.groups:
        candidates = ", ".join(f"{_scalar(group.value)} ({_printable(group.why)})" for group in draft.groups)
        yield f"  # group: a column whose rows belong together, if there is one; maybe {candidates}"
    yield "  split:"
    yield f"    method: {draft.split_method.value}  # {_printable(draft.split_method.why)}"
    if draft.split_column is not None:
        yield f"    column: {_scalar(draft.split_column)}"
    if draft.split_method.value != "column":
        yield "    validation: 0.15"
        yield "    test: 0.15"
    for table, columns in draft.left_out.items():
        if columns:
            yield f"# Left out of {table}:"
            yield from (f"#   {_scalar(column.value)}: {_printable(column.why)}" for column in columns)


def _scalars(*named: tuple[str, Choice | None]) -> Iterator[str]:
    for key, choice in named:
        if choice is not None:
            yield f"  {key}: {_scalar(choice.value)}  # {_printable(choice.why)}"


def _block(key: str, choices: Iterable[Choice]) -> Iterator[str]:
    choices = list(choices)
    if choices:
        yield f"  {key}:"
        yield from (f"    - {_scalar(choice.value)}  # {_printable(choice.why)}" for choice in choices)


def _scalar(value: str | int) -> str:
    if isinstance(value, int) or _PLAIN.fullmatch(value):
        return str(value)
    # JSON is YAML, but for letters that YAML wants escaped. A backslash keeps OmegaConf from looking for what ${...}
    # names.
    return _printable(json.dumps(value.replace("${", "\\${"), ensure_ascii=False))


def _printable(text: str) -> str:
    """Escapes, which are YAML's too, in the place of line breaks and of all that does not show."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
