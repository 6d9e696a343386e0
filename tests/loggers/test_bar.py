"""The bar as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retorch.loggers._drawing import Moment, clock, draw_bar, epoch_line

FULL = Moment(
    epoch=2, epochs=10, batch=412, batches=1500, values={"loss": 0.12345, "accuracy": 0.981},
    validation={"accuracy": 0.9781}, samples_per_s=12345.6, left_s=754.0,
)  # fmt: skip


def test_a_wide_bar_shows_everything():
    text = draw_bar(FULL, 200).plain
    assert text == (
        "epoch 3/10  " + "━" * 8 + "─" * 22 + "  412/1500  loss 0.1235  accuracy 0.981  validation accuracy 0.9781"
        "  12,346 samples/s  12:34 left"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("width", "kept", "dropped"),
    [(110, "validation accuracy", "samples/s"), (70, "accuracy 0.981", "validation"), (40, "loss", "left")],
)
def test_narrow_terminals_lose_the_least_needed_first(width, kept, dropped):
    text = draw_bar(FULL, width).plain
    assert kept in text
    assert dropped not in text
    assert "━" in text


def test_a_terminal_without_unicode_gets_ascii():
    assert draw_bar(FULL, 60, ascii_only=True).plain.isascii()


@given(
    width=st.integers(1, 200),
    epochs=st.none() | st.integers(1, 10**6),
    batch=st.integers(0, 10**9),
    batches=st.none() | st.integers(0, 10**9),
    values=st.dictionaries(st.text("abc", min_size=1), st.floats(), max_size=4),
    left_s=st.none() | st.floats(0, 1e9),
)
def test_a_bar_is_never_wider_than_its_terminal(width, epochs, batch, batches, values, left_s):
    moment = Moment(0, epochs, batch, batches, values, values, 1e12, left_s)
    assert draw_bar(moment, width).cell_len <= width


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "0:10"), (59.7, "1:00"), (754, "12:34"), (11045, "3:04:05")],
)
def test_times_read_as_clocks(seconds, text):
    assert clock(seconds) == text


def test_an_epoch_without_validation_has_a_shorter_line():
    assert epoch_line(0, None, {"loss": 0.5}, 1.24) == "epoch 1  loss 0.5  1.2 s"
