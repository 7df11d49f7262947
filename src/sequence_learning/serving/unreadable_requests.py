"""What MLflow's scoring server lets escape: requests that nobody can read, which it would answer with status 500."""

import json
import sys
from functools import wraps
from typing import Any

_SERVER = "mlflow.pyfunc.scoring_server"


def refuse_unreadable_requests() -> None:
    """Have MLflow's server answer them with status 400, if this process is one: its parsing has no hook for that.

    They are requests without a content type, with JSON that is nested too deeply, or with whole numbers of thousands of
    digits. All others are answered as before.
    """
    if f"{_SERVER}.app" not in sys.modules:  # the module that a server is started by, and nothing else
        return
    server: Any = sys.modules[_SERVER]
    answer = server.invocations

    @wraps(answer)
    def guarded(data: bytes, content_type: str | None, *rest: Any) -> Any:  # noqa: ANN401
        check_readable(data, content_type)
        return answer(data, content_type, *rest)

    server.invocations = guarded


def check_readable(data: bytes, content_type: str | None) -> None:
    """Refuse what MLflow cannot read and does not refuse by itself.

    Raises:
        MlflowException: with the rule.
    """
    from mlflow.exceptions import MlflowException

    if not content_type:
        raise MlflowException.invalid_parameter_value(
            "a request must say what it holds, but has no Content-Type; send the header Content-Type: application/json"
        )
    try:
        json.loads(data)
    except (json.JSONDecodeError, UnicodeDecodeError):
        return  # MLflow's own words: it may be CSV
    except (RecursionError, ValueError) as error:
        raise MlflowException.invalid_parameter_value(
            f"a request must be JSON that can be read, but: {error}; nest it less, or write shorter numbers"
        ) from error
