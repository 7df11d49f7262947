from pathlib import Path

import pytest

from sequence_learning.fits.store import FitStore


def test_a_new_folder_holds_nothing_and_is_not_made_by_asking(tmp_path: Path) -> None:
    store = FitStore(tmp_path / "fits")
    store.tidy()
    assert not store.file("a").exists()
    assert not store.state_file("a").exists()
    assert store.seconds() == {}
    assert not store.folder.exists()


def test_a_fit_and_its_state_are_two_files_and_keys_do_not_meet(tmp_path: Path) -> None:
    store = FitStore(tmp_path)
    assert len({store.file("a"), store.state_file("a"), store.file("b"), store.state_file("b")}) == 4


def test_seconds_of_the_latest_fits_are_remembered(tmp_path: Path) -> None:
    FitStore(tmp_path).note_seconds({"gru": 2.0, "cnn": 1.0})
    FitStore(tmp_path).note_seconds({"gru": 3.0})
    assert FitStore(tmp_path).seconds() == {"gru": 3.0, "cnn": 1.0}
    assert [path.name for path in tmp_path.iterdir()] == ["seconds.json"]


@pytest.mark.parametrize("text", [b"", b'{"gru": 2', b"\xff\xfe"])
def test_seconds_that_cannot_be_read_are_not_known(tmp_path: Path, text: bytes) -> None:
    store = FitStore(tmp_path)
    (tmp_path / "seconds.json").write_bytes(text)
    assert store.seconds() == {}
    store.note_seconds({"gru": 2.0})
    assert store.seconds() == {"gru": 2.0}


def test_the_state_of_a_fit_that_has_ended_is_removed_and_others_are_kept(tmp_path: Path) -> None:
    store = FitStore(tmp_path)
    for file in (store.file("ended"), store.state_file("ended"), store.state_file("waits")):
        file.touch()
    store.tidy()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ended.fit", "waits.state"]


def test_seconds_are_not_worth_failing_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    FitStore(tmp_path).note_seconds({"gru": 2.0})
    assert list(tmp_path.iterdir()) == []
