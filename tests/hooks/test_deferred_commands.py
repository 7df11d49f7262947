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
    monkeypatch.setitem(sys.modules, PLUGIN.module, sys)  # so that nothing of this stays afterwards
    del sys.modules[PLUGIN.module]


def is_imported() -> bool:
    return "KedroPipelineModel" in vars(sys.modules[PLUGIN.module])


def test_kedro_finds_all_commands_before_the_module_is_imported() -> None:
    defer_commands()
    group = PLUGIN.load()
    found = group.list_commands(click.Context(group))
    assert not is_imported()
    del sys.modules[PLUGIN.module]
    assert found == sorted(import_module(PLUGIN.module).commands.commands)


def test_a_command_that_is_called_is_the_plugin_s_own() -> None:
    defer_commands()
    answer = CliRunner().invoke(PLUGIN.load(), ["mlflow", "ui", "--help"])
    assert answer.exit_code == 0, answer.output
    assert "--port" in answer.output
    assert is_imported()


def test_who_imports_another_name_gets_the_module() -> None:
    defer_commands()
    assert import_module(PLUGIN.module).mlflow_commands is sys.modules[PLUGIN.module].mlflow_commands
    assert is_imported()


def test_who_looks_through_all_modules_loads_nothing() -> None:
    defer_commands()
    assert not hasattr(sys.modules[PLUGIN.module], "__file__")
    assert not is_imported()


def test_a_module_that_is_already_imported_stays() -> None:
    module = import_module(PLUGIN.module)
    defer_commands()
    assert sys.modules[PLUGIN.module] is module
