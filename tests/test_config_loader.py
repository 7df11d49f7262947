from pathlib import Path
from typing import Any

import pytest

from sequence_learning.config_loader import OverridingConfigLoader


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    for environment, text in {
        "base": "kept: {a: 1, b: {c: 2, d: 3}}\nreplaced: {a: 1, b: 2}",
        "other": "replaced: {a: 5}",
    }.items():
        (tmp_path / environment).mkdir()
        (tmp_path / environment / "parameters.yml").write_text(text)
    return tmp_path


def _parameters(conf: Path, overrides: dict[str, Any]) -> dict[str, Any]:
    loader = OverridingConfigLoader(
        conf_source=str(conf), env="other", base_env="base", default_run_env="other", runtime_params=overrides
    )
    return loader["parameters"]


def test_an_environment_replaces_whole_blocks(conf: Path) -> None:
    assert _parameters(conf, {}) == {"kept": {"a": 1, "b": {"c": 2, "d": 3}}, "replaced": {"a": 5}}


def test_an_override_changes_what_it_names_and_nothing_else(conf: Path) -> None:
    parameters = _parameters(conf, {"kept": {"b": {"c": 9}}, "replaced": {"b": 7}})
    assert parameters == {"kept": {"a": 1, "b": {"c": 9, "d": 3}}, "replaced": {"a": 5, "b": 7}}
