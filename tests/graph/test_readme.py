"""Every command and every piece of Python in the README does what it should, on tiny data."""

import json
import re
import runpy
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest

from .conftest import REPOSITORY, environment, run
from .preloaded import Preloaded
from .servers import answers, free_port

README = (REPOSITORY / "README.md").read_text()
COMMANDS = [
    line.split("&& ")[-1].removeprefix("uv run ")
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if not line.startswith("cp ")
]
COPIES = re.findall(r"^cp (\S+) (\S+)$", README, re.MULTILINE)
PYTHON, YAML = (re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL) for language in ("python", "yaml"))
SERVERS = {
    "mlflow ui": ["-m", "mlflow", "ui"],
    "kedro mlflow ui": ["-m", "kedro", "mlflow", "ui"],
    "kedro viz run": ["-m", "kedro", "viz", "run", "--no-browser"],
    "kedro jupyter lab": ["-m", "kedro", "jupyter", "lab", "--no-browser", "--allow-root"],
}
TINY = {
    "kedro run --pipeline train_all": None,  # it is the default, which the fixture `finished` has run
    "kedro run --env smoke": None,  # that is the fixture `finished`
    "kedro run --pipeline train_gru --params encoders.gru.hidden_size=32,training.max_epochs=5": "--env smoke",
    "kedro run --pipeline train_all --env flights": (
        "--params data.num_samples=400,data.hours=4,training.max_epochs=1,training.seeds=[0],robustness.most_rows=60,"
        "latency.seconds=0.01,latency.onnx=false,latency.lengths=[8],latency.scaling_seconds=0.005,"
        "interpretation.rows=20,interpretation.permutation_rows=40,interpretation.steps=4,report.certificates=false"
    ),
    "kedro run --params decision.margin=0.05,decision.cost=training,decision.budget.latency_ms=0.5 "
    "--from-nodes make_decision": None,  # test_main_job has run it, with the environment smoke
    "kedro run --runner ParallelRunner": None,  # test_main_job has run it, with the environment smoke
    "kedro run --pipeline ablate": None,  # test_ablate has
    "kedro run --env rare_class --pipeline ablate": None,  # test_rare_class has
    "kedro run --pipeline tune": None,  # test_tune has
    "kedro run --params tuning.use=true": None,  # test_tune has
    "kedro run --pipeline measure_precision": None,  # test_measure_precision has
    "kedro run --pipeline benchmark --env readme": None,  # test_benchmark has, with the environment smoke
    "kedro run --pipeline draft_schema --env mine": None,  # below, on the tables of the README
    "kedro run --pipeline compare --env mine": None,  # test_own_tables has, on tables in a database
    "kedro run --params bundle.encoder=gru --from-nodes make_bundle": None,  # test_main_job has, with another encoder
    "kedro run --env smoke --pipeline predict": None,  # below, after the copies
    "kedro run --pipeline certify": None,  # test_certify has
    "kedro run --pipeline benchmark_cluster --env readme": None,  # nobody has: it takes minutes
    "kedro run --pipeline benchmark_stream --env readme": None,
    "kedro run --pipeline diagnose": None,  # test_diagnose has
    "kedro run --env known_truth --params data.name=running_state": None,  # test_known_truth has
    "pytest": None,  # you are here
}
#: They need several machines; tests/training/test_cluster.py has a cluster, and uses it without commands.
ON_A_CLUSTER = {command for command in COMMANDS if re.search(r"\bray\b|RAY_|--extra cluster", command)}
LITTLE_MEASURED = """
report: {name: one_model, certificates: false}
latency: {batch_sizes: [1, 32], seconds: 0.01, onnx: false, lengths: [8], scaling_seconds: 0.005}
"""


def test_every_command_is_tried() -> None:
    trained = [command for command in COMMANDS if command.startswith("python src/train.py")]
    assert len(trained) == 1
    assert set(COMMANDS) == set(TINY) | set(SERVERS) | set(trained) | ON_A_CLUSTER


@pytest.mark.parametrize("command", [command for command, tiny in TINY.items() if tiny])
def test_runs(kedro: Callable[..., str], command: str) -> None:
    program, *arguments = shlex.split(f"{command} {TINY[command]}")
    assert program == "kedro"
    assert "Test r2" in kedro(*arguments)


def test_one_model_command(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (command,) = (command for command in COMMANDS if command.startswith("python src/train.py"))
    (here / "conf/one_model/parameters.yml").write_text(LITTLE_MEASURED)
    monkeypatch.setattr(sys, "argv", shlex.split(command)[1:])
    runpy.run_path(str(here / sys.argv[0]), run_name="__main__")
    printed = capsys.readouterr().out
    assert "statistical_aggregation" in printed[printed.index("Test r2") :]
    events = pd.read_parquet(here / "data/01_raw/one_model/events.parquet")
    assert events.groupby("id").size().max() == 30
    assert list(events.columns) == ["id", "step", *(f"channel_{i}" for i in range(5)), "kind"]
    client = mlflow.MlflowClient(f"sqlite:///{here}/mlflow.db")
    experiment = client.get_experiment_by_name("sequence_learning")
    assert experiment is not None
    assert {r.info.status for r in client.search_runs([experiment.experiment_id])} == {"FINISHED"}


@pytest.mark.parametrize("command", list(SERVERS))
def test_servers_answer(finished: tuple[Path, str], tmp_path: Path, command: str) -> None:
    port = free_port()
    one_worker = {"MLFLOW_WORKERS": "1"}  # of four, each of which takes seconds to start
    settings = environment() | one_worker | {"JUPYTER_DATA_DIR": str(tmp_path), "KEDRO_ENV": "smoke"}
    log = tmp_path / "log"
    server = Preloaded([*SERVERS[command], "--port", str(port)], finished[0], settings, log, log)
    try:
        assert answers(f"http://127.0.0.1:{port}/", server), log.read_text()
    finally:
        server.kill(with_children=True)


def test_own_tables_get_the_schema_that_is_shown(kedro: Callable[..., str], project: Path) -> None:
    made = run(project, "-c", *[block for block in PYTHON if "customers.csv" in block])
    assert made.returncode == 0, made.stderr
    folder = project / "conf/mine"
    folder.mkdir()
    (folder / "catalog.yml").write_text(next(block for block in YAML if block.startswith("# conf/mine/catalog.yml")))
    kedro("run", "--pipeline", "draft_schema", "--env", "mine")
    shown = next(block for block in YAML if block.startswith("schema:"))
    drafted = (folder / "parameters_schema.yml").read_text()
    assert drafted[drafted.index("schema:") :].strip() == shown.strip()


def test_new_rows_are_scored(finished: tuple[Path, str]) -> None:
    for source, target in COPIES:
        shutil.copy(finished[0] / source, finished[0] / target)
    done = run(finished[0], "-m", *shlex.split("kedro run --env smoke --pipeline predict"))
    assert "300 rows with 1,275 events" in done.stdout, done.stderr
    assert len(pd.read_parquet(finished[0] / "data/07_model_output/smoke/scored.parquet")) == 300


def test_the_request_that_is_shown_is_answered_as_shown(finished: tuple[Path, str]) -> None:
    from sequence_learning.inference import Bundle
    from sequence_learning.serving.wide import two_tables

    (request,) = re.findall(r"-d '(\{.*?\})'", README, re.DOTALL)
    (answer,) = re.findall(r'^\{"predictions": .*$', README, re.MULTILINE)
    bundle = Bundle.load(finished[0] / "data/06_models/smoke/bundle")
    rows = pd.DataFrame(json.loads(request)["dataframe_records"])
    predicted = bundle.predict(*two_tables(bundle, rows))
    assert list(json.loads(answer)["predictions"][0]) == list(predicted.columns)
    assert predicted["id"].tolist() == [row["id"] for row in json.loads(answer)["predictions"]]


def test_python_blocks(finished: tuple[Path, str]) -> None:
    blocks = [block for block in PYTHON if "customers.csv" not in block]
    # One after the other: the last goes on with what the one before it has loaded.
    done = run(finished[0], "-c", "\n".join(blocks), PYTHONPATH=str(finished[0] / "src"))
    assert done.returncode == 0, done.stderr
    assert "torch.Size([2, 64])" in done.stdout
    assert done.stdout.count("prediction  ") == 2  # the heads of two tables
