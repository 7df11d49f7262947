"""What a user's mistake looks like in the terminal: its message, without pages of code that is not theirs."""

import sys
from collections.abc import Callable
from types import TracebackType

from kedro.framework.hooks import hook_impl
from kedro.io import DatasetError
from kedro.validation.exceptions import ParameterValidationError
from rich.console import Console
from rich.text import Text

from sequence_learning.features.errors import DataError
from sequence_learning.fits.outcomes import FitsFailedError
from sequence_learning.hooks.parameter_errors import in_plain_words
from sequence_learning.hooks.refusal import RunRefusedError
from sequence_learning.inference.errors import BundleError
from sequence_learning.training.errors import ClusterError
from sequence_learning.tuning.errors import TuningError

_MISTAKES = (
    BundleError,
    ClusterError,
    DataError,
    FitsFailedError,
    ParameterValidationError,
    RunRefusedError,
    TuningError,
)
#: What most likely happened to a key that is missing.
_WHOLE_BLOCKS = (
    "\nA block of parameters in an environment takes the place of the whole block in conf/base: copy the other keys "
    "too, or change single ones with --params, as in --params training.max_epochs=3"
)

ExceptHook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


class ReadableErrors:
    """Shows errors that say rule, value and remedy as they are; all others keep their traceback."""

    @hook_impl(tryfirst=True)
    def after_context_created(self) -> None:
        """Take the place of the interpreter's own way to show errors."""
        if not isinstance(sys.excepthook, _Shown):
            sys.excepthook = _Shown(sys.excepthook)


class _Shown:
    def __init__(self, others: ExceptHook) -> None:
        self._others = others

    def __call__(self, kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
        # Tables that are scored while they are saved break a rule inside Kedro's saving, which wraps the error.
        mistake: BaseException | None = error
        while isinstance(mistake, DatasetError):
            mistake = mistake.__cause__
        # A table that is not there says so itself; the same error from elsewhere is no mistake of the user's.
        is_missing = isinstance(error, DatasetError) and isinstance(mistake, FileNotFoundError)
        if not (isinstance(mistake, _MISTAKES) or is_missing):
            self._others(kind, error, traceback)
            return
        said = in_plain_words(str(mistake)) if isinstance(mistake, ParameterValidationError) else str(mistake)
        message = Text.assemble((f"{type(mistake).__name__}: ", "bold red"), said)
        if isinstance(mistake, ParameterValidationError) and "Field required" in said:
            message.append(_WHOLE_BLOCKS)
        Console(stderr=True).print(message, soft_wrap=True)
