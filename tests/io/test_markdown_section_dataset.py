from pathlib import Path

import pytest

from sequence_learning.io.markdown_section_dataset import MarkdownSectionDataset

PAGE = (
    "# Title\n\n<!-- scores: begin -->\nold\n<!-- scores: end -->\n\n<!-- other: begin -->\nkept\n<!-- other: end -->\n"
)


def dataset(path: Path) -> MarkdownSectionDataset:
    return MarkdownSectionDataset(filepath=str(path), section="scores")


def test_saving_replaces_the_section_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    for text in ("| new |\n", "| newer |"):
        dataset(page).save(text)
        assert page.read_text() == PAGE.replace("old", text.strip())
        assert dataset(page).load() == text.strip()


def test_a_file_that_does_not_exist_is_made_of_the_section(tmp_path: Path) -> None:
    page = tmp_path / "new" / "page.md"
    assert not dataset(page).exists()
    dataset(page).save("text")
    assert page.read_text() == "<!-- scores: begin -->\ntext\n<!-- scores: end -->\n"
    assert dataset(page).exists()


@pytest.mark.parametrize("text", ["nothing", "<!-- scores: begin -->", "<!-- scores: end --> <!-- scores: begin -->"])
def test_a_file_without_the_marks_is_refused_and_stays_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    for use in (lambda: dataset(page).save("text"), lambda: dataset(page).load()):
        with pytest.raises(Exception, match=r"must hold the lines <!-- scores: begin --> and .*; add them"):
            use()
    assert page.read_text() == text
