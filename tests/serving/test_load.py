import socket
from pathlib import Path

import numpy as np
import pytest

from sequence_learning.serving.load import Load, main


def test_one_line_holds_rate_errors_and_percentiles() -> None:
    load = Load(np.linspace(0.001, 0.101, 101), duration=2.0, errors=("400 no",))
    assert str(load) == "101 requests in 2.0 s, 50 per second, 1 errors; p50 51.0 ms, p99 100.0 ms"


def test_a_server_that_does_not_answer_is_told(tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text("{}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(SystemExit, match=f"a server must answer at {url}, but: .*refused.*; start it"):
            main(["--url", url, "--request", str(tmp_path / "request.json")])
