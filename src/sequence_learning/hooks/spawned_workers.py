"""Keeps a spawned worker of Kedro's ``ParallelRunner`` from opening an MLflow run of its own.

macOS and Windows start workers afresh. Kedro registers the hooks of installed packages there, kedro-mlflow's among
them, but not those of ``settings.py``. kedro-mlflow then knows of no run and logs each node's parameters to a new one.
So this hook is registered as an installed package's, in ``pyproject.toml``; metrics still reach their run, which
travels with the datasets.
"""

import multiprocessing

from kedro.framework.hooks import hook_impl


class SpawnedWorkers:
    """Silences kedro-mlflow where it knows of no run."""

    @hook_impl(tryfirst=True)
    def before_node_run(self) -> None:
        """Act in a worker process alone, and only where kedro-mlflow was not told of the run."""
        if multiprocessing.parent_process() is None:
            return
        from kedro_mlflow.framework.hooks.mlflow_hook import mlflow_hook

        if mlflow_hook.run_id is None:
            mlflow_hook._is_mlflow_enabled = False


spawned_workers = SpawnedWorkers()
