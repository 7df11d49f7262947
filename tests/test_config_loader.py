from pathlib import Path
from typing import Any

import pytest
from click import ClickException

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


def test_an_environment_is_a_folder_of_the_configuration(conf: Path) -> None:
    (conf / "local").mkdir()
    for environment in (None, "base", "local", "other"):
        _loader(conf, environment)
    for environment in ("yours", "../other"):
        said = rf"got '{environment}'; make conf/{environment}, or use one of: base, local, other$"
        with pytest.raises(ClickException, match=said):
            _loader(conf, environment)


def _loader(conf: Path, environment: str | None) -> OverridingConfigLoader:
    return OverridingConfigLoader(
        conf_source=str(conf), env=environment, base_env="base", default_run_env="local", runtime_params={}
    )


@pytest.fixture
def named(conf: Path) -> Path:
    (conf / "local").mkdir()
    (conf / "base/globals.yml").write_text("data_name: synthetic")
    (conf / "sharing").mkdir()
    (conf / "sharing/globals.yml").write_text("data_name: synthetic")
    return conf


@pytest.mark.parametrize(
    ("environment", "data_name", "shares"),
    [
        (None, "synthetic", True),
        ("base", "synthetic", True),
        ("local", "synthetic", True),
        ("other", "other", False),
        ("sharing", "synthetic", True),
    ],
)
def test_every_named_environment_has_a_folder_of_its_own(
    named: Path, environment: str | None, data_name: str, shares: bool
) -> None:
    loader = _loader(named, environment)
    assert loader["globals"] == {"data_name": data_name, "environment": environment or "local"}
    assert loader.shares_data_folder == shares


def test_loaders_of_two_environments_do_not_mix_their_names(named: Path) -> None:
    other, local = _loader(named, "other"), _loader(named, None)
    assert [loader["globals"]["data_name"] for loader in (other, local)] == ["other", "synthetic"]


def test_blocks_of_its_own_are_those_of_the_environments_files(named: Path) -> None:
    assert _loader(named, "other").own("parameters") == {"replaced"}
    assert _loader(named, "other").own("catalog") == set()
    assert _loader(named, "base").own("parameters") == set()


def test_files_are_read_once_and_what_was_given_can_be_changed(conf: Path) -> None:
    loader = _loader(conf, "other")
    loader["parameters"]["replaced"]["a"] = 0
    (conf / "other" / "parameters.yml").write_text("replaced: {a: 6}")
    assert loader["parameters"]["replaced"] == {"a": 5}


def test_what_is_set_takes_the_place_of_files(conf: Path) -> None:
    loader = _loader(conf, "other")
    assert loader["parameters"]
    loader["parameters"] = {"replaced": {"a": 7}}
    assert loader["parameters"] == {"replaced": {"a": 7}}
