"""Refuses a run that cannot end well, before its first node and before MLflow hears of it."""

import ctypes
import shutil
import tempfile
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from pydantic import BaseModel

from sequence_learning.baselines import BASELINES
from sequence_learning.encoders import ENCODERS
from sequence_learning.hooks.refusal import RunRefusedError
from sequence_learning.parameters import EncoderParameters, SchemaParameters, TrainingParameters
from sequence_learning.pipelines.data_generation.parameters import DataParameters, KnownTruthParameters
from sequence_learning.pipelines.training.pipeline import namespace_of

_FREE_BYTES = 200 * 2**20


class Preflight:
    """Checks what Kedro's typed parameters cannot: unknown blocks, unknown models, folders, space."""

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog) -> None:
        """Check, then let the run begin."""
        check_runner(str(run_params.get("runner")))
        check_parameter_names(catalog.load("parameters"))
        check_parameters_are_given(pipeline, catalog)
        check_times_are_given(pipeline, catalog)
        check_kind_of_target(pipeline, catalog)
        check_loss(pipeline, catalog)
        check_tuned(pipeline, catalog)
        check_libraries(pipeline)
        check_output_files(pipeline, catalog)
        check_output_folders(pipeline, catalog)


def check_runner(runner: str) -> None:
    """Refuse threads: fits that share a process share PyTorch's random numbers, and could not be repeated.

    Raises:
        RunRefusedError: for Kedro's ``ThreadRunner``.
    """
    if "ThreadRunner" in runner:
        raise RunRefusedError(
            "fits must not share a process, got ThreadRunner; use the default runner, which trains in worker "
            "processes, or ParallelRunner"
        )


def check_parameter_names(parameters: dict[str, Any]) -> None:
    """Refuse blocks that no node reads, and models that do not exist: both are spelling mistakes.

    Raises:
        RunRefusedError: with the known names.
    """
    inputs = {name for pipeline in pipelines.values() for name in pipeline.inputs()}
    known = {name.removeprefix("params:").split(".")[0] for name in inputs if name.startswith("params:")}
    _refuse_unknown("every block of parameters must be one that the project reads", parameters, known)
    for kind, registered in (("encoder", ENCODERS), ("baseline", BASELINES)):
        blocks = parameters.get(f"{kind}s") or {}
        _refuse_unknown(f"every {kind} in parameters must be registered", blocks, registered)
        for block, model in blocks.items():
            name = model.get("name") if isinstance(model, dict) else getattr(model, "name", None)
            if name != block:
                raise RunRefusedError(
                    f"a block of {kind}s must bear its name, got {kind}s.{block}.name = {name!r}; write {block!r}, "
                    f"or run the pipeline train_{name}"
                )


def _refuse_unknown(rule: str, given: Iterable[str], known: Iterable[str]) -> None:
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise RunRefusedError(
            f"{rule}, got {', '.join(map(repr, unknown))}; correct the name in conf/ or --params, "
            f"known are: {', '.join(sorted(known))}"
        )


def check_parameters_are_given(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a configuration that lacks what the pipeline reads.

    Raises:
        RunRefusedError: with the missing names.
    """
    missing = sorted(name for name in pipeline.inputs() if name.startswith("params:") and name not in catalog)
    if missing:
        raise RunRefusedError(
            f"every parameter that the pipeline reads must be given, but {', '.join(missing)} are not; add them to "
            "conf/ (an environment's block replaces the whole block of conf/base), or run fewer pipelines"
        )


def check_times_are_given(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse encoders that weigh by time where the schema names no time.

    Raises:
        RunRefusedError: naming the encoder.
    """
    if "params:schema" not in pipeline.inputs():
        return
    schema = SchemaParameters.model_validate(plain(catalog.load("params:schema")))
    prefix = "params:encoders."
    for name in sorted(name for name in pipeline.inputs() if name.startswith(prefix) and schema.time is None):
        encoder = EncoderParameters.model_validate(plain(catalog.load(name)))
        if encoder.config.needs_ages:
            raise RunRefusedError(
                f"an encoder that weighs by time needs the time of events, but encoders.{encoder.name} does and "
                f"schema.time is not set; name the column of events there, or set encoders.{encoder.name}.unit to steps"
            )


def check_kind_of_target(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a task with known truth that draws another kind of target than the schema says.

    Raises:
        RunRefusedError: with both kinds.
    """
    if not {"params:data", "params:schema"} <= pipeline.inputs():
        return
    data = DataParameters.model_validate(plain(catalog.load("params:data"))).root
    if not isinstance(data, KnownTruthParameters):
        return
    schema = SchemaParameters.model_validate(plain(catalog.load("params:schema")))
    drawn = data.build().config.target
    if drawn != schema.task:
        raise RunRefusedError(
            f"schema.task must be the kind of target that the data have, got {schema.task!r}, but the task "
            f"{data.name} draws {drawn!r}; set schema.task={drawn}, or another data.target"
        )


def check_loss(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a loss that is none for this kind of target.

    Raises:
        RunRefusedError: with those that are.
    """
    if not {"params:training", "params:schema"} <= pipeline.inputs():
        return
    schema = SchemaParameters.model_validate(plain(catalog.load("params:schema")))
    try:
        TrainingParameters.model_validate(plain(catalog.load("params:training"))).check_target(schema.task)
    except ValueError as error:
        raise RunRefusedError(str(error)) from error


def check_tuned(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse to use tuned options of models that no search has tuned.

    Raises:
        TuningError: naming them.
    """
    if not {"params:tuning", "tuned_parameters"} <= pipeline.inputs():  # what is tuned on the way is not known yet
        return
    if not plain(catalog.load("params:tuning")).get("use"):
        return
    from sequence_learning.tuning.apply import refuse_untuned

    refuse_untuned(models_of(pipeline), catalog.load("tuned_parameters"))


def models_of(pipeline: Pipeline) -> list[str]:
    """The encoders and baselines that a pipeline trains."""
    namespaces = {node.namespace for node in pipeline.nodes}
    return [model for model in (*ENCODERS, *BASELINES) if namespace_of(model) in namespaces]


def plain(parameters: Any) -> Any:  # noqa: ANN401
    """Parameters as they were written, whether Kedro has made them typed yet or not."""
    return parameters.model_dump() if isinstance(parameters, BaseModel) else parameters


def check_libraries(pipeline: Pipeline) -> None:
    """Refuse to use LightGBM where its library does not load, as on macOS without OpenMP.

    Raises:
        RunRefusedError: with what the system says.
    """
    if not any(name.startswith(namespace_of("lightgbm_")) for name in pipeline.datasets()):
        return
    package = find_spec("lightgbm")
    assert package is not None
    assert package.origin is not None
    try:
        for library in Path(package.origin).parent.glob("lib/lib_lightgbm.*"):
            ctypes.CDLL(str(library))  # to import the package takes a second, most of it for scikit-learn
    except OSError as error:
        raise RunRefusedError(
            f"LightGBM must find its libraries, but does not ({error}); on macOS `brew install libomp`, or train "
            "single encoders, train_<encoder>, which do without it"
        ) from error


def check_output_files(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse a folder where a file is to be, and the reverse: a run would end with it, after hours perhaps.

    Raises:
        RunRefusedError: naming the place.
    """
    outputs = pipeline.all_outputs()
    for name, path in local_files(sorted(pipeline.datasets()), catalog).items():
        dataset = catalog.get(name)
        if getattr(dataset, "is_folder", False) and path.is_file():
            raise RunRefusedError(
                f"{name} is a folder, but where it is to be there is a file, {path}; move it, or change the path in "
                "conf/base/catalog.yml"
            )
        versions = getattr(dataset, "_version", None) is not None  # of which there is a folder
        if name in outputs and path.suffix and path.is_dir() and not versions:
            raise RunRefusedError(
                f"outputs are written to files, but where {name} is to be there is a folder, {path}; move it, or "
                "change the path in conf/base/catalog.yml"
            )


def check_output_folders(pipeline: Pipeline, catalog: DataCatalog) -> None:
    """Refuse output folders that cannot be written to or have next to no space left.

    Raises:
        RunRefusedError: naming the folder.
    """
    for folder in sorted({path.parent for path in local_files(sorted(pipeline.all_outputs()), catalog).values()}):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError as error:
            raise RunRefusedError(
                f"a run must be able to write to its output folders, but {folder} refuses ({error.strerror}); "
                "let it be a folder that can be written to, or change the path in conf/base/catalog.yml"
            ) from error
        free = shutil.disk_usage(folder).free
        if free < _FREE_BYTES:
            raise RunRefusedError(
                f"a run needs at least {_FREE_BYTES >> 20} MiB of free space for its outputs, but {folder} has "
                f"{free >> 20} MiB; free some, or change the path in conf/base/catalog.yml"
            )


def local_files(names: list[str], catalog: DataCatalog) -> dict[str, Path]:
    """Where those of these datasets lie that are local files or folders."""
    files = {}
    for name in names:
        dataset = catalog.get(name)
        path = getattr(dataset, "_filepath", None)
        if path is not None and getattr(dataset, "_protocol", "file") == "file":
            files[name] = Path(path)
    return files
