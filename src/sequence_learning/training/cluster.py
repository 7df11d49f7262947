"""Work on a Ray cluster: each errand on whatever node has room, with files that live where the run was started.

No shared disk is needed. A worker has a folder of its own; what it changes there is copied to the driver every few
seconds and when it ends, and what the driver has is copied to it before it begins. So an errand whose worker or node
was lost goes on elsewhere from the last copy, and one whose driver was lost goes on when the same command is run again.
Ray is imported when there is something to run.
"""

import logging
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

from sequence_learning.atomic import written_whole
from sequence_learning.features.model_input import ModelInput
from sequence_learning.parameters import ClusterParameters
from sequence_learning.root_cause import root_cause
from sequence_learning.training.errors import ClusterError
from sequence_learning.training.memory import prepare_memory

Result = TypeVar("Result")

#: Name of the file in a worker's folder to which it tells its progress.
PROGRESS = "progress.jsonl"


@dataclass(frozen=True)
class Errand(Generic[Result]):
    """What one worker does.

    Attributes:
        do: takes the features and the worker's folder.
        files: paths here by their names in that folder; those that exist are there when it begins, and what it has
            written or removed is written or removed here.
        by_all: whether the processes that ``n_devices`` and ``n_nodes`` ask for do it together, grouped by
            ``torch.distributed``; what the first of them writes and returns counts.
    """

    do: Callable[[ModelInput, Path], Result]
    files: Mapping[str, Path]
    by_all: bool = False


@dataclass(frozen=True)
class Lost:
    """What stands for the result of an errand that has none: its worker was lost too often, or could not send it.

    Attributes:
        reason: what happened.
    """

    reason: str


def run_on_cluster(
    errands: Mapping[str, Errand[Result]], model_input: ModelInput, cluster: ClusterParameters
) -> Iterator[tuple[str, Result | Lost]]:
    """Run errands, in their order as far as there is room, and give each one's result as it ends.

    Features are sent to each node once, and shared there by its workers.

    Args:
        errands: by name.
        model_input: features for all.
        cluster: what each errand asks for.

    Raises:
        ClusterError: if Ray is missing, or does not answer, or no node will ever have room.
    """
    ray = connect()
    _check_room(ray, cluster)
    desk = start_desk()
    features = ray.put(_by_value(model_input))
    run = ray.remote(_run_errand).options(
        num_cpus=cluster.cpus_per_fit, num_gpus=cluster.gpus_per_fit, max_retries=cluster.retries
    )
    shared = (features, desk, cluster.seconds_between_copies)
    waiting = {run.remote(errand, *shared): name for name, errand in errands.items() if not errand.by_all}
    try:
        while waiting:
            (ended,), _ = ray.wait(list(waiting), num_returns=1)
            name = waiting.pop(ended)
            try:
                result: Result | Lost = ray.get(ended)
            except ray.exceptions.RayError as error:
                result = _lost(ray, error)
            yield name, result
        for name, errand in errands.items():
            if errand.by_all:
                together: Any = _run_by_all(errand, cluster, *shared)
                yield name, together
    finally:  # whoever waited for the rest has gone
        for left in waiting:
            ray.cancel(left, force=True)
        ray.kill(desk)


def _lost(ray: Any, error: Exception) -> Lost:  # noqa: ANN401
    own = isinstance(error, ray.exceptions.RayTaskError)
    return Lost(root_cause(error) if own else f"its process or node was lost too often: {root_cause(error)}")


def _run_by_all(errand: Errand[Any], cluster: ClusterParameters, *shared: Any) -> Any:  # noqa: ANN401
    """In a group of processes, which begin again together if one of them is lost.

    They also do so if the errand fails: those that are left when one is lost fail as well, so the two look alike.
    """
    from ray.train import FailureConfig, RunConfig, ScalingConfig, TrainingFailedError
    from ray.train.torch import TorchConfig, TorchTrainer

    with_gpus = cluster.gpus_per_fit > 0
    with tempfile.TemporaryDirectory() as folder:
        trainer = TorchTrainer(
            _run_rank,
            train_loop_config={"arguments": (errand, *shared)},
            torch_config=TorchConfig(backend="nccl" if with_gpus else "gloo"),
            scaling_config=ScalingConfig(
                num_workers=cluster.n_devices * cluster.n_nodes,
                use_gpu=with_gpus,
                resources_per_worker={"CPU": cluster.cpus_per_fit, "GPU": cluster.gpus_per_fit},
                placement_strategy="STRICT_PACK" if cluster.n_nodes == 1 else "SPREAD",
            ),
            run_config=RunConfig(storage_path=folder, failure_config=FailureConfig(max_failures=cluster.retries)),
        )
        ray, (_, desk, _) = connect(), shared
        try:
            trainer.fit()
            return ray.get(desk.answer.remote())
        except (TrainingFailedError, ray.exceptions.RayError) as error:
            # What the fit itself came to, where that is what failed.
            return ray.get(desk.answer.remote()) or _lost(ray, error)


def _run_rank(config: Mapping[str, Any]) -> None:
    errand, features, desk, seconds = config["arguments"]
    ray = import_module("ray")
    is_first = import_module("torch").distributed.get_rank() == 0
    if is_first:  # what was found before the group began again no longer holds
        ray.get(desk.take_answer.remote(None))
    result = _run_errand(errand, ray.get(features), desk, seconds, sends=is_first)
    failure = getattr(result, "failure", None)
    if is_first or failure is not None:
        ray.get(desk.take_answer.remote(result))
    if failure is not None:  # the others wait for this process
        raise RuntimeError(failure)


def connect() -> Any:  # noqa: ANN401
    """Join the cluster that ``RAY_ADDRESS`` names, or that this machine is part of, or else start one of it alone.

    Returns:
        Ray's module.

    Raises:
        ClusterError: if Ray is missing, or does not answer.
    """
    ray = import_ray()
    if ray.is_initialized():
        return ray
    address = os.environ.get("RAY_ADDRESS", "")
    if address.startswith("ray://"):
        raise ClusterError(
            f"a run must be on a node of its cluster, got RAY_ADDRESS {address}, which connects from outside; start it "
            "on the head node with RAY_ADDRESS=auto, or submit it with `ray job submit`"
        )
    package = str(Path(__file__).parents[1])
    try:
        # Nodes take the code of the driver; its dependencies must be installed on them.
        ray.init(runtime_env={"py_modules": [package]}, log_to_driver=False, logging_level=logging.WARNING)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise ClusterError(
            f"a Ray cluster must answer, but {address or 'the one of this machine'} does not ({root_cause(error)}); "
            "start it with `ray start --head`, correct RAY_ADDRESS, or set training.backend to local"
        ) from error
    return ray


def import_ray() -> Any:  # noqa: ANN401
    """Ray's module.

    Raises:
        ClusterError: if it is missing.
    """
    # Read while Ray is imported: it would otherwise build an environment on each node for a driver that uv started.
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # As later releases do: what asks for no GPU finds its variables as they were.
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        ray: Any = import_module("ray")
    except ImportError as error:
        raise ClusterError(
            "training.backend 'ray' needs Ray, which is not installed; install the extra with "
            "`uv sync --extra cluster`, or set training.backend to local"
        ) from error
    return ray


def errands_at_once(cluster: ClusterParameters) -> int:
    """How many errands the cluster has room for now, and at least 1; those of a group of processes take turns."""
    if cluster.n_devices * cluster.n_nodes > 1:
        return 1
    return max(1, sum(_room(node["Resources"], cluster) for node in connect().nodes() if node["Alive"]))


def _room(node: Mapping[str, float], cluster: ClusterParameters) -> int:
    """For how many processes a node has room."""
    by_gpu = node.get("GPU", 0) / cluster.gpus_per_fit if cluster.gpus_per_fit else float("inf")
    return int(min(node.get("CPU", 0) / cluster.cpus_per_fit, by_gpu))


def _check_room(ray: Any, cluster: ClusterParameters) -> None:  # noqa: ANN401
    """Refuse what no node can give: Ray would wait for a larger one for ever."""
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    asked = {"CPU": cluster.cpus_per_fit, "GPU": cluster.gpus_per_fit}
    rooms = [_room(node, cluster) for node in nodes]
    if max(rooms, default=0) and sum(room >= cluster.n_devices for room in rooms) < cluster.n_nodes:
        raise ClusterError(
            f"training.cluster.n_nodes nodes must have room for n_devices processes each, got {cluster.n_nodes} and "
            f"{cluster.n_devices}, but the nodes have room for {', '.join(map(str, sorted(rooms, reverse=True)))}; "
            "ask for less, or add nodes"
        )
    if not any(rooms):
        largest = {kind: max((node.get(kind, 0) for node in nodes), default=0) for kind in asked}
        raise ClusterError(
            f"some node must have room for a fit, got training.cluster.cpus_per_fit {cluster.cpus_per_fit:g} and "
            f"gpus_per_fit {cluster.gpus_per_fit:g}, but the largest nodes have {largest['CPU']:g} CPUs and "
            f"{largest['GPU']:g} GPUs; ask for less, or add larger nodes"
        )


def _by_value(model_input: ModelInput) -> ModelInput:
    """As it is, but not as the path of a file: other nodes may not see that."""
    return ModelInput(**{field.name: getattr(model_input, field.name) for field in fields(ModelInput)})


def start_desk() -> Any:  # noqa: ANN401
    """A :class:`Desk` in a process of its own on this node."""
    ray = connect()
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    lives_on = {"max_restarts": -1, "max_task_retries": -1}
    return ray.remote(Desk).options(num_cpus=0, scheduling_strategy=here, **lives_on).remote()


class Desk:
    """Keeps the files of all errands, on the driver's node."""

    def __init__(self) -> None:
        self._answer: Any = None

    def take_answer(self, answer: Any) -> None:  # noqa: ANN401
        """Remember what a group of processes has found."""
        self._answer = answer

    def answer(self) -> Any:  # noqa: ANN401
        """What the last group has found."""
        return self._answer

    def fetch(self, files: Mapping[str, Path]) -> dict[str, bytes]:
        """The contents of those that exist, by name."""
        return {name: path.read_bytes() for name, path in files.items() if path.exists()}

    def keep(self, contents: Mapping[Path, bytes], removed: list[Path]) -> None:
        """Write, each whole or not at all, then remove."""
        for path, content in contents.items():
            with written_whole(path, durable=True) as aside:
                aside.write_bytes(content)
        for path in removed:
            path.unlink(missing_ok=True)


class _Copies:
    """A worker's folder, and what of it the desk has."""

    def __init__(self, folder: Path, files: Mapping[str, Path], desk: Any) -> None:  # noqa: ANN401
        self._folder, self._files, self._desk = folder, files, desk
        self._stamps: dict[str, tuple[int, int]] = {}

    def fetch(self) -> None:
        import ray

        for name, content in ray.get(self._desk.fetch.remote(self._files)).items():
            (self._folder / name).write_bytes(content)
            self._stamps[name] = self._stamp(name) or (0, 0)

    def send(self) -> None:
        """Whatever has changed since the last time."""
        import ray

        # The last first: a state is removed after its fit has been written, and must not go before it.
        stamps = {name: stamp for name in reversed(list(self._files)) if (stamp := self._stamp(name))}
        changed = [name for name, stamp in stamps.items() if self._stamps.get(name) != stamp]
        removed = [self._files[name] for name in self._stamps if name not in stamps]
        if changed or removed:
            contents = {self._files[name]: (self._folder / name).read_bytes() for name in changed}
            ray.get(self._desk.keep.remote(contents, removed))
            self._stamps = stamps

    def send_until(self, ended: threading.Event, seconds: float) -> None:
        while not ended.wait(seconds):
            with suppress(
                Exception
            ):  # a file was replaced at this moment, or the driver's disk is full: later may work
                self.send()

    def _stamp(self, name: str) -> tuple[int, int] | None:
        try:
            found = (self._folder / name).stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size


def _run_errand(
    errand: Errand[Result],
    model_input: ModelInput,
    desk: Any,  # noqa: ANN401
    seconds: float,
    *,
    sends: bool = True,
) -> Result:
    """In a worker process."""
    import_module("sequence_learning.training.worker")
    prepare_memory()
    ended = threading.Event()
    with tempfile.TemporaryDirectory() as folder:
        copies = _Copies(Path(folder), errand.files, desk)
        copies.fetch()
        copier = threading.Thread(target=copies.send_until, args=(ended, seconds), daemon=True)
        if sends:
            copier.start()
        try:
            result = errand.do(model_input, Path(folder))
        finally:
            ended.set()
            if sends:
                copier.join()
                copies.send()
    return result
