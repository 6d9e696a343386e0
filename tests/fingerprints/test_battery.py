"""6,000 pairs of tensors as training confuses them: what a norm, a sum or an XOR of values takes for equal."""

import pytest
import torch

from retorch.fingerprints import fingerprint, ordered_sum

PAIRS_EACH = 600


def generator_of(number):
    return torch.Generator().manual_seed(number)


def values(generator, dtype=torch.float32):
    return torch.randn(16, 8, generator=generator).to(dtype)


def two(generator, count):
    return torch.randperm(count, generator=generator)[:2].tolist()


def permuted_rows(generator):
    before = values(generator)
    order = torch.randperm(16, generator=generator)
    return before, before[order]


def two_swapped_rows(generator):
    before = values(generator)
    after, (first, second) = before.clone(), two(generator, 16)
    after[[first, second]] = before[[second, first]]
    return before, after


def two_flipped_signs(generator):
    before = values(generator)
    after = before.clone()
    after.view(-1)[two(generator, 128)] *= -1
    return before, after


def all_signs_flipped(generator):
    before = values(generator)
    return before, -before


def two_flipped_signs_in_bfloat16(generator):
    before = values(generator, torch.bfloat16)
    after = before.clone()
    after.view(-1)[two(generator, 128)] *= -1
    return before, after


def another_row_duplicated(generator):
    """Of rows that lie there twice each, one pair gives way to another: XOR sees zero in both."""
    before = values(generator)[:8].repeat_interleave(2, 0)
    first, second = two(generator, 8)
    after = before.clone()
    after[2 * first : 2 * first + 2] = before[2 * second]
    return before, after


def another_dropout_mask(generator):
    kept = values(generator)
    return tuple(kept * (torch.rand(kept.shape, generator=generator) < 0.5) for _ in range(2))


def other_labels(generator):
    return tuple(torch.randint(0, 10, (32,), generator=generator) for _ in range(2))


def two_swapped_labels(generator):
    before = torch.arange(32) % 10
    after, (first, second) = before.clone(), two(generator, 10)
    after[[first, second]] = before[[second, first]]
    return before, after


def one_ulp(generator):
    before = values(generator)
    after = before.clone()
    after.view(-1).view(torch.int32)[two(generator, 128)[0]] += 1
    return before, after


ALTERATIONS = [
    permuted_rows, two_swapped_rows, two_flipped_signs, all_signs_flipped, two_flipped_signs_in_bfloat16,
    another_row_duplicated, another_dropout_mask, other_labels, two_swapped_labels, one_ulp,
]  # fmt: skip


def missed(alter, algorithm):
    pairs = (alter(generator_of(number)) for number in range(PAIRS_EACH))
    return sum(algorithm(before) == algorithm(after) for before, after in pairs)


def test_the_battery_holds_6000_pairs_that_differ():
    assert len(ALTERATIONS) * PAIRS_EACH == 6000
    for alter in ALTERATIONS:
        before, after = alter(generator_of(0))
        assert before.shape == after.shape
        assert before.dtype == after.dtype
        assert not torch.equal(before, after)


@pytest.mark.parametrize("algorithm", [fingerprint, ordered_sum])
@pytest.mark.parametrize("alter", ALTERATIONS)
def test_every_altered_pair_is_told_apart(alter, algorithm):
    assert missed(alter, algorithm) == 0


def xor_of_words(tensor):
    words = tensor.view(torch.int16 if tensor.itemsize == 2 else torch.int32).flatten().tolist()
    result = 0
    for word in words:
        result ^= word
    return result


def sum_of_sizes(tensor):
    return tensor.double().abs().flatten().sort().values.sum().item()


def test_the_battery_is_hard_a_xor_and_a_norm_miss_most_kinds_of_pairs():
    for algorithm, blind in (
        (xor_of_words, {permuted_rows, two_swapped_rows, two_flipped_signs, all_signs_flipped,
                        two_flipped_signs_in_bfloat16, another_row_duplicated, two_swapped_labels}),
        (sum_of_sizes, {permuted_rows, two_swapped_rows, two_flipped_signs, all_signs_flipped,
                        two_flipped_signs_in_bfloat16, two_swapped_labels}),
    ):  # fmt: skip
        unseen = {alter for alter in ALTERATIONS if missed(alter, algorithm) > PAIRS_EACH / 2}
        assert unseen == blind
