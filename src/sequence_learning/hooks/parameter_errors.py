"""What Kedro says of parameters that break their rules, without the names of the classes that found it."""

import re
from collections.abc import Iterator

_PARAMETER = re.compile(r"- Parameter '([^']+)': (?:Failed to instantiate \w+ for parameter '[^']+': ?)?(.*)")
#: Of options inside of others, too.
_COUNT = re.compile(r"(?:  Value error, \w+ \w+: )?\d+ validation errors? for \w+\n")
_DETAILS = re.compile(r" \[type=(\w+), input_value=(.*?), input_type=\w+\]")
_ADDRESS = re.compile(r"\n +For further information visit \S+")
#: Of these Pydantic tells the whole block as the value.
_OF_BLOCKS = frozenset({"missing", "value_error"})


def in_plain_words(message: str) -> str:
    """Each rule with the dotted name of its parameter and the value that broke it, and one remedy for all.

    Args:
        message: of Kedro's ``ParameterValidationError``, which holds those of Pydantic.
    """
    rules = list(_rules(_COUNT.sub("\n", _ADDRESS.sub("", message))))
    if not rules:
        return message
    return "\n".join(["parameters must keep their rules; correct them in conf/ or --params:", *rules])


def _rules(message: str) -> Iterator[str]:
    block = place = ""
    for line in message.splitlines():
        if parameter := _PARAMETER.match(line):
            block, place = parameter[1], ""
            if parameter[2]:
                yield f"- {block}: {parameter[2]}"
        elif line.startswith("  "):
            name = ".".join(filter(None, (block, place)))
            yield f"- {name}: {_DETAILS.sub(_value, line).strip().removeprefix('Value error, ')}"
            place = ""
        else:
            place = line


def _value(details: re.Match[str]) -> str:
    return "" if details[1] in _OF_BLOCKS else f", got {details[2]}"
