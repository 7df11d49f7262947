"""kedro-mlflow's commands are loaded when one of them is called."""

import sys
from importlib import import_module
from importlib.metadata import entry_points

import click
import pytest
from click.testing import CliRunner

from sequence_learning.hooks.deferred_commands import defer_commands

[PLUGIN] = entry_points(group="kedro.project_commands", name="kedro_mlflow")


@pytest.fixture(autouse=True)
def _without_the_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, PLUGIN.module, raising=False)


def test_kedro_finds_the_command_before_the_module_is_imported() -> None:
    defer_commands()
    group = PLUGIN.load()
    assert group.list_commands(click.Context(group)) == ["mlflow"]
    assert "KedroPipelineModel" not in vars(sys.modules[PLUGIN.module])


def test_a_command_that_is_called_is_the_plugin_s_own() -> None:
    defer_commands()
    answer = CliRunner().invoke(PLUGIN.load(), ["mlflow", "ui", "--help"])
    assert answer.exit_code == 0, answer.output
    assert "--port" in answer.output
    assert "KedroPipelineModel" in vars(sys.modules[PLUGIN.module])


def test_who_imports_the_module_gets_it() -> None:
    defer_commands()
    assert import_module(PLUGIN.module).mlflow_commands is sys.modules[PLUGIN.module].mlflow_commands
    assert "KedroPipelineModel" in vars(sys.modules[PLUGIN.module])


def test_who_looks_through_all_modules_loads_nothing() -> None:
    defer_commands()
    assert not hasattr(sys.modules[PLUGIN.module], "__file__")
    assert "KedroPipelineModel" not in vars(sys.modules[PLUGIN.module])


def test_a_module_that_is_already_imported_stays() -> None:
    module = import_module(PLUGIN.module)
    defer_commands()
    assert sys.modules[PLUGIN.module] is module


def test_kedro_is_told_to_defer_them_before_it_loads_plugins() -> None:
    [registered] = entry_points(group="kedro.init", name="deferred_commands")
    assert registered.load() is defer_commands
