"""Checks of environments in which users name tables of their own, before anything is run, and the reading of these."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath
from typing import Any

import pandas as pd
from kedro.config import MissingConfigException
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog, MemoryDataset, SharedMemoryDataCatalog
from kedro.pipeline import Pipeline

from sequence_learning.config_loader import OverridingConfigLoader
from sequence_learning.features.events import Events, is_stream
from sequence_learning.hooks.refusal import RunRefusedError
from sequence_learning.hooks.secrets import secrets_of, without_secrets
from sequence_learning.parameters import SchemaParameters
from sequence_learning.root_cause import root_cause

_TABLES = ("entities", "events")
_DRAFT = "schema_draft"
_REQUIRED = {name for name, field in SchemaParameters.model_fields.items() if field.is_required()}
_PATH_KEYS = {"filepath", "filename", "path"}  # those that Kedro takes as relative to the project


class OwnTables:
    """Refuses runs that would overwrite, misread or miss a user's tables; then reads them, once."""

    def __init__(self) -> None:
        self._loader: OverridingConfigLoader | None = None

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Check what the configuration says before a catalog is made of it."""
        if not isinstance(context.config_loader, OverridingConfigLoader):
            return
        self._loader = context.config_loader
        check_paths(self._loader["catalog"], context.project_path)
        check_credentials(self._loader["catalog"], _credentials(self._loader), _folder(self._loader))

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Check what the pipeline would do, then read the tables that it begins with."""
        if self._loader is None:
            return
        check_tables_are_kept(pipeline, self._loader)
        check_schema_is_own(pipeline, self._loader)
        check_draft_is_new(pipeline, self._loader)
        read_tables(pipeline, catalog, _folder(self._loader), secrets_of(_credentials(self._loader)))


def check_paths(catalog: dict[str, Any], project: Path) -> None:
    """Refuse relative paths that leave the project; absolute ones and addresses say where they lead.

    Raises:
        RunRefusedError: naming the entry and its path.
    """
    for entry, block in catalog.items():
        for path in _paths(block):
            if _climbs_out(path, project):
                raise RunRefusedError(
                    f"a relative path in the catalog must stay inside the project, got {path!r} in {entry}; "
                    "move the file into data/, or write the path from the root of the file system"
                )


def _paths(block: Any) -> Iterator[str]:  # noqa: ANN401
    for key, value in block.items() if isinstance(block, dict) else ():
        if key in _PATH_KEYS and isinstance(value, str):
            yield value
        else:
            yield from _paths(value)


def _climbs_out(path: str, project: Path) -> bool:
    if "://" in path or PurePath(path).is_absolute():
        return False
    return not Path(os.path.normpath(project / path)).is_relative_to(os.path.normpath(project))


def check_credentials(catalog: dict[str, Any], credentials: dict[str, Any], folder: str) -> None:
    """Refuse entries whose credentials are nowhere.

    Raises:
        RunRefusedError: naming the entry and its credentials.
    """
    for entry, block in catalog.items():
        name = block.get("credentials") if isinstance(block, dict) else None
        if isinstance(name, str) and name not in credentials:
            raise RunRefusedError(
                f"credentials that the catalog names must be given, but {entry} names {name!r} and there is no such "
                f"block; write it into {folder}/credentials.yml"
            )


def check_tables_are_kept(pipeline: Pipeline, loader: OverridingConfigLoader) -> None:
    """Refuse to draw data into tables that the environment names itself, and to mix results with the base's.

    Raises:
        RunRefusedError: with the pipeline to run.
    """
    own = _own_tables(loader)
    if own and own & pipeline.all_outputs():
        raise RunRefusedError(
            f"a run must not overwrite tables of your own, but this one begins by drawing data into {_listed(own)} of "
            f"{_folder(loader)}; begin with your tables: --pipeline compare (or any pipeline --from-nodes split_rows)"
        )
    if own & (pipeline.inputs() | pipeline.all_outputs()) and loader.shares_data_folder:
        raise RunRefusedError(
            f"results of your own tables must not replace those of the base environment, but {_folder(loader)} names "
            f"{_listed(own)} and its data_name is {loader['globals']['data_name']!r}; move its files to a folder "
            "conf/<name> of another name, without data_name, and run with --env <name>"
        )


def check_schema_is_own(pipeline: Pipeline, loader: OverridingConfigLoader) -> None:
    """Refuse to read a user's tables by the schema of the synthetic ones.

    Raises:
        RunRefusedError: with the pipeline that drafts a schema.
    """
    if "params:schema" not in pipeline.inputs() or not _own_tables(loader):
        return
    told = (loader.runtime_params or {}).get("schema", {})
    if "schema" not in loader.own("parameters") and not set(told) >= _REQUIRED:
        raise RunRefusedError(
            f"tables of your own need a schema of their own, but {_folder(loader)} has no block schema in "
            f"parameters*.yml; draft one: kedro run --pipeline draft_schema --env {loader.env}"
        )


def check_draft_is_new(pipeline: Pipeline, loader: OverridingConfigLoader) -> None:
    """Refuse to draft a schema where there is one, or where no environment is named.

    Raises:
        RunRefusedError: with the environment.
    """
    if _DRAFT not in pipeline.all_outputs():
        return
    if not loader.is_named:
        raise RunRefusedError(
            f"a draft must go to an environment of your own, got {loader.env!r}; make a folder conf/<name> with a "
            "catalog.yml that names entities and events, and add --env <name>"
        )
    if "schema" in loader.own("parameters"):
        raise RunRefusedError(
            f"a draft must not replace a schema, but {_folder(loader)} has one; edit it, or delete it to draft anew"
        )


def read_tables(pipeline: Pipeline, catalog: DataCatalog, folder: str, secrets: set[str]) -> None:
    """Read the tables that a pipeline begins with, and keep them for its nodes: all see the same rows.

    A database may change between two nodes, and gives rows in any order. Workers of ``ParallelRunner`` share no memory
    and read for themselves.

    Raises:
        RunRefusedError: if a table cannot be read or is none; the message repeats no secret.
    """
    for name in _TABLES:
        if name not in pipeline.inputs():
            continue
        # A draft looks at whole tables, and so does the split at all entities.
        may_be_stream = name == "events" and _DRAFT not in pipeline.all_outputs()
        table = _read(name, catalog, folder, secrets, may_be_stream=may_be_stream)
        if not isinstance(catalog, SharedMemoryDataCatalog):
            catalog[name] = MemoryDataset(table, copy_mode="assign")  # nodes do not change what they are given


def _read(name: str, catalog: DataCatalog, folder: str, secrets: set[str], *, may_be_stream: bool) -> Events:
    try:
        table: Events = catalog.load(name)
        _disconnect(catalog, name)
    except Exception as error:
        cause = root_cause(error, lambda message: without_secrets(message, secrets))
        # Not `from error`, whose message may hold what was just taken out.
        raise RunRefusedError(
            f"{name} must be readable, but cannot be read ({cause}); see that {folder}/catalog.yml says where it is, "
            f"and that what it needs is there: the file or table, {folder}/credentials.yml, a driver (tables that the "
            "project draws itself: --pipeline data_generation)"
        ) from None
    if is_stream(table) and not may_be_stream:
        raise RunRefusedError(
            f"{name} must be a pandas table here, got a stream, as only events may be, and not in a draft; use a "
            f"dataset of kedro_datasets.pandas in {folder}/catalog.yml, for a draft one of some of the files"
        )
    if not isinstance(table, pd.DataFrame) and not is_stream(table):
        raise RunRefusedError(
            f"{name} must be a pandas table, got {type(table).__name__}; use a dataset of kedro_datasets.pandas in "
            f"{folder}/catalog.yml, and see that there is a table where it looks"
        )
    return table


def _disconnect(catalog: DataCatalog, name: str) -> None:
    """Close connections to a database: idle for a whole run otherwise, and not to be shared with forked workers."""
    engine = getattr(catalog.get(name), "engine", None)
    if engine is not None:
        engine.dispose()


def _own_tables(loader: OverridingConfigLoader) -> set[str]:
    return loader.own("catalog") & set(_TABLES)


def _listed(names: set[str]) -> str:
    return " and ".join(sorted(names))


def _folder(loader: OverridingConfigLoader) -> str:
    return f"conf/{loader.env or loader.default_run_env}"


def _credentials(loader: OverridingConfigLoader) -> dict[str, Any]:
    try:
        return dict(loader["credentials"])
    except MissingConfigException:
        return {}
