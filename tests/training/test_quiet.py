import logging
import warnings

import pytest

from sequence_learning.training.quiet import quiet_lightning

LOGGERS = ["lightning.pytorch", "lightning.fabric", "pytorch_lightning", "lightning_fabric"]


@pytest.mark.parametrize("name", LOGGERS)
def test_lightning_is_quiet_inside_and_speaks_again_afterwards(name: str) -> None:
    logger, before = logging.getLogger(name), logging.getLogger(name).level
    with quiet_lightning():
        assert not logging.getLogger(f"{name}.utilities.rank_zero").isEnabledFor(logging.WARNING)
        assert logger.isEnabledFor(logging.ERROR)
    assert logger.level == before


@pytest.mark.parametrize("name", LOGGERS)
def test_lightning_speaks_again_after_an_error(name: str) -> None:
    before = logging.getLogger(name).level
    with pytest.raises(OSError, match="full"), quiet_lightning():
        raise OSError("full")
    assert logging.getLogger(name).level == before


@pytest.mark.parametrize(
    ("module", "n_heard"), [("lightning.fabric.connector", 0), ("lightning.pytorch.loops", 0), ("mine", 1)]
)
def test_warnings_of_lightning_alone_are_not_heard(module: str, n_heard: int) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with quiet_lightning():
            warnings.warn_explicit("few workers", UserWarning, "a.py", 1, module=module)
    assert len(heard) == n_heard
