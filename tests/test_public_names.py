import pytest

import sequence_learning


def test_public_names_are_those_of_the_dataloaders() -> None:
    from sequence_learning import dataloaders

    assert sequence_learning.TabularSequenceDataset is dataloaders.TabularSequenceDataset
    assert sequence_learning.create_dataloaders is dataloaders.create_dataloaders


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'create_dataloader'"):
        sequence_learning.create_dataloader  # noqa: B018
