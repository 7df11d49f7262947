"""Kedro-Viz draws layers only where no layer leads back to an earlier one."""

from pathlib import Path

import pytest
from kedro.io import DataCatalog

from sequence_learning.pipeline_registry import register_pipelines
from sequence_learning.settings import CONFIG_LOADER_ARGS, CONFIG_LOADER_CLASS

CONF = Path(__file__).parents[2] / "conf"


@pytest.fixture(scope="module")
def catalog() -> DataCatalog:
    return DataCatalog.from_config(CONFIG_LOADER_CLASS(str(CONF), env="base", **CONFIG_LOADER_ARGS)["catalog"])


@pytest.mark.parametrize(
    "pipeline",
    ["train_all", "ablate", "measure_precision", "tune", "certify", "diagnose", "claims", "benchmark"],
)
def test_data_flow_from_layer_to_layer(catalog: DataCatalog, pipeline: str) -> None:
    def layers(names: set[str]) -> set[str]:
        """Of these and, where one is not stored, of what it is made from."""
        found: set[str] = set()
        for name in names:
            if name in catalog and not name.startswith("param"):
                found.add(catalog.get(name).metadata["kedro-viz"]["layer"])
            elif name in made_by:
                found |= layers(set(made_by[name].inputs))
        return found

    nodes = register_pipelines()[pipeline].nodes
    made_by = {output: node for node in nodes for output in node.outputs}
    backwards = {
        node.name
        for node in nodes
        for before in layers(set(node.inputs))
        for after in layers({name for name in node.outputs if name in catalog})
        if before > after
    }
    assert not backwards
