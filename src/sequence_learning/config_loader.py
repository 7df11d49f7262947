"""Kedro's configuration loader, with overrides that change what they name and nothing else."""

from typing import Any

from kedro.config import OmegaConfigLoader
from omegaconf import OmegaConf


class OverridingConfigLoader(OmegaConfigLoader):
    """Merges ``--params`` into the parameters last, and deeply.

    An environment's file replaces whole top-level blocks, which keeps each block in one place. Kedro merges
    ``--params`` into that file, so ``encoders.gru.hidden_size=32`` would replace all encoders by one without a name.
    """

    def __getitem__(self, key: str) -> dict[str, Any]:
        """The merged configuration of one kind: ``parameters``, ``catalog``, ..."""
        if key != "parameters":
            return super().__getitem__(key)
        overrides, self.runtime_params = self.runtime_params, {}
        try:
            parameters = super().__getitem__(key)
        finally:
            self.runtime_params = overrides
        merged = OmegaConf.to_container(OmegaConf.merge(parameters, overrides or {}))
        assert isinstance(merged, dict)
        return {str(name): block for name, block in merged.items()}
