"""Kedro's configuration loader: overrides change what they name and nothing else; environments have own folders."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader
from omegaconf import OmegaConf


class OverridingConfigLoader(OmegaConfigLoader):
    """Merges ``--params`` deeply into the parameters, and gives each environment a folder for its data.

    An environment's file replaces whole top-level blocks, which keeps each block in one place. Kedro merges
    ``--params`` into that file, so ``encoders.gru.hidden_size=32`` would replace all encoders by one without a name.

    Two globals need not be written down: ``environment`` is the name of the run's environment; ``data_name``, the
    folder under each layer of ``data/``, is the same unless the environment's own ``globals.yml`` says otherwise. A run
    without ``--env`` takes the ``data_name`` of the base environment.

    Raises:
        click.ClickException: if the environment is no folder of ``conf/``; with those that there are.
    """

    def __init__(self, *args: Any, **options: Any) -> None:  # noqa: ANN401
        self._merged: dict[str, dict[str, Any]] = {}
        self._own: dict[str, set[str]] = {}
        super().__init__(*args, **options)
        self._check_environment()

    def _check_environment(self) -> None:
        conf = Path(self.conf_source)
        folders = [folder.name for folder in conf.iterdir() if folder.is_dir()] if conf.is_dir() else []
        known = sorted(name for name in folders if not name.startswith("."))
        if known and self.is_named and self.env not in known:
            from click import ClickException  # which the terminal shows without a traceback

            raise ClickException(
                f"an environment must be a folder of conf/, got {self.env!r}; make conf/{self.env}, or use one of: "
                f"{', '.join(known)}"
            )

    def __getitem__(self, key: str) -> dict[str, Any]:
        """The merged configuration of one kind: ``parameters``, ``catalog``, ...

        Files are read once: Kedro, its plugins and the hooks ask some ten times, each time for a third of a second.
        """
        if key not in self._merged:
            self._merged[key] = self._merge(key)
        return deepcopy(self._merged[key])

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401
        """What is set takes the place of what the files say."""
        self._merged.pop(key, None)
        super().__setitem__(key, value)

    def _merge(self, key: str) -> dict[str, Any]:
        merged_by_kedro: dict[str, Any] = super().__getitem__(key)
        if key == "globals":
            return merged_by_kedro | self._names()
        if key != "parameters" or not self.runtime_params:
            return merged_by_kedro
        overrides, self.runtime_params = self.runtime_params, {}
        try:
            whole = super().__getitem__(key)
        finally:
            self.runtime_params = overrides
        # Where Kedro kept nothing of a block but the overrides, the rest of it comes back.
        merged = OmegaConf.to_container(OmegaConf.merge(whole, merged_by_kedro))
        assert isinstance(merged, dict)
        return {str(name): block for name, block in merged.items()}

    def _read_raw_config(self, key: str) -> Any:  # noqa: ANN401
        """What the files say. The names of the environment's own blocks are kept, since hooks ask for them often."""
        read = super()._read_raw_config(key)
        self._own[key] = {str(name) for blocks in read[1].values() for name in blocks}
        return read

    def own(self, key: str) -> set[str]:
        """Names of the blocks of one kind that the environment's own files define; none in the base environment."""
        if key not in self._own:
            self._read_raw_config(key)
        return self._own[key]

    @property
    def is_named(self) -> bool:
        """Whether the run was given an environment beside the base and the default one."""
        return self.env not in {None, self.base_env, self.default_run_env}

    @property
    def shares_data_folder(self) -> bool:
        """Whether results go where those of the base environment go."""
        base, *_ = self._read_raw_config("globals")
        return self["globals"]["data_name"] in {blocks.get("data_name") for blocks in base.values()}

    def _names(self) -> dict[str, str]:
        environment = {"environment": self.env or self.default_run_env}
        shares = not self.is_named or "data_name" in self.own("globals")
        return environment if shares else environment | {"data_name": str(self.env)}
