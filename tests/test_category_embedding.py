import pytest
import torch

from sequence_learning.category_embedding import CategoryEmbedding, concatenated, with_categories


def test_a_category_takes_half_as_many_numbers_as_codes_up_to_sixteen() -> None:
    widths = [CategoryEmbedding((n,)).d_out for n in (1, 2, 3, 31, 32, 500)]
    assert widths == [1, 1, 2, 16, 16, 16]


def test_categories_lie_side_by_side() -> None:
    embedding = CategoryEmbedding((4, 6))
    vectors = embedding(torch.tensor([[[3, 0], [0, 5]]]))
    assert vectors.shape == (1, 2, 5)
    first, second = (table.weight for table in embedding.tables)
    assert torch.equal(vectors[0, 0], torch.cat([first[3], second[0]]))
    assert torch.equal(vectors[0, 1], torch.cat([first[0], second[5]]))


def test_no_category_gives_no_width() -> None:
    assert CategoryEmbedding(())(torch.zeros(2, 3, 0, dtype=torch.int64)).shape == (2, 3, 0)


def test_what_lies_side_by_side_with_nothing_is_not_copied() -> None:
    numbers, nothing = torch.randn(2, 3, 4), torch.zeros(2, 3, 0)
    assert concatenated(numbers, nothing) is concatenated(nothing, numbers) is numbers
    assert concatenated(nothing, nothing).shape == (2, 3, 0)
    assert torch.equal(concatenated(numbers, nothing, numbers), torch.cat([numbers, numbers], dim=-1))


def test_vectors_lie_behind_the_numbers_that_they_are_put_beside() -> None:
    numbers, codes = torch.randn(2, 3, 4), torch.tensor([[[1, 0], [3, 5], [0, 2]]]).expand(2, -1, -1)
    embedding = CategoryEmbedding((4, 6))
    vectors = with_categories(numbers, codes, embedding)
    assert torch.equal(vectors, torch.cat([numbers, embedding(codes)], dim=-1))
    assert with_categories(numbers, codes[..., :0], CategoryEmbedding(())) is numbers


def test_a_code_without_a_vector_is_refused() -> None:
    with pytest.raises(IndexError, match="out of range"):
        CategoryEmbedding((3,))(torch.tensor([[3]]))
