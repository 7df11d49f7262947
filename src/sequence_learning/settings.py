"""Kedro settings: hooks and configuration loader."""

import gc
import os
from pathlib import Path

# Set before MLflow or Kedro's plugins are imported, and inherited by worker processes.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")  # of a server, dozens of times
os.environ.setdefault("KEDRO_DISABLE_TELEMETRY", "1")
# An address beside every value that breaks a rule says no more than the rule does.
os.environ.setdefault("PYDANTIC_ERRORS_INCLUDE_URL", "0")
# A logged model names what it needs itself; this project's lock file, with the addresses in it, is not its own.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")

# Half a million objects are imported before a run begins, and stay: to look for garbage among them again and again
# takes a third of that time.
gc.set_threshold(100_000)

from sequence_learning.config_loader import OverridingConfigLoader  # noqa: E402
from sequence_learning.hooks import HOOKS  # noqa: E402
from sequence_learning.hooks.deferred_commands import defer_commands  # noqa: E402
from sequence_learning.io.whole_files import write_whole_files  # noqa: E402

defer_commands()
write_whole_files()

__all__ = ["CONFIG_LOADER_ARGS", "CONFIG_LOADER_CLASS", "HOOKS"]

_PROJECT = Path(__file__).absolute().parents[2]


def _artifact_location() -> str | None:
    """A tracking server keeps artifacts where it was told to; without one they lie beside the database."""
    return None if os.environ.get("MLFLOW_TRACKING_URI", "").startswith("http") else "mlartifacts"


CONFIG_LOADER_CLASS = OverridingConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "custom_resolvers": {
        # A relative sqlite path would follow the working directory.
        "root": lambda path: f"{_PROJECT}/{path}",
        "env": os.environ.get,
        "artifact_location": _artifact_location,
    },
}
