"""Kedro's configuration loader, with overrides that change what they name and nothing else."""

from typing import Any

from kedro.config import OmegaConfigLoader
from omegaconf import OmegaConf


class OverridingConfigLoader(OmegaConfigLoader):
    """Merges ``--params`` deeply into the parameters.

    An environment's file replaces whole top-level blocks, which keeps each block in one place. Kedro merges
    ``--params`` into that file, so ``encoders.gru.hidden_size=32`` would replace all encoders by one without a name.
    """

    def __getitem__(self, key: str) -> dict[str, Any]:
        """The merged configuration of one kind: ``parameters``, ``catalog``, ..."""
        merged_by_kedro = super().__getitem__(key)
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
