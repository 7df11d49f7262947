import json
import platform

import torch

from sequence_learning.evaluation.latency.machine import describe_machine


def test_the_machine_is_described_in_plain_values() -> None:
    machine = describe_machine()
    assert list(machine) == [
        "processor", "cores", "memory_gib", "operating_system", "python", "torch", "onnxruntime", "lightgbm", "gpu",
        "threads_per_call",
    ]  # fmt: skip
    assert json.loads(json.dumps(machine)) == machine
    assert machine["processor"]
    assert isinstance(machine["cores"], int)
    assert machine["cores"] >= 1
    assert float(machine["memory_gib"]) >= 0
    assert machine["python"] == platform.python_version()
    assert str(torch.__version__).startswith(str(machine["torch"]).split("+")[0])
    assert (machine["gpu"] == "none") == (not torch.cuda.is_available())
    assert machine["threads_per_call"] == 1
