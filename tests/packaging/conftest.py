from tests.inference.conftest import without_graph

__all__ = ["without_graph"]
