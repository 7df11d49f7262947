"""Keeps kedro-mlflow's commands from importing MLflow until one of them is asked for.

Whatever command is called, Kedro first loads those of every plugin, and kedro-mlflow's import MLflow as they are
loaded: a third of the time of ``kedro registry list``. Kedro's own commands are loaded when they are called; here
kedro-mlflow's become so, too. Kedro imports ``settings.py``, which sees to it, before it loads any plugin's.
"""

import sys
from importlib import import_module
from types import ModuleType

_MODULE = "kedro_mlflow.framework.cli.cli"


class _UntilAsked(ModuleType):
    """Has of kedro-mlflow's module the one name that Kedro loads; for any other it makes place for the module."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):  # as those ask who look through all modules
            raise AttributeError(name)
        if name == "commands":
            from kedro.framework.cli.utils import LazyGroup

            return LazyGroup(name="Mlflow", lazy_subcommands={"mlflow": f"{_MODULE}.mlflow_commands"})
        if sys.modules.get(_MODULE) is self:
            del sys.modules[_MODULE]
        return getattr(import_module(_MODULE), name)


def defer_commands() -> None:
    """Put the stand-in where Kedro will look for kedro-mlflow's commands."""
    sys.modules.setdefault(_MODULE, _UntilAsked(_MODULE))
