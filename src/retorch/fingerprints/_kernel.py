"""The order-seeing sum in Triton, reading each element once at the speed of the device's memory.

Imported only where there is a device that Triton compiles for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import triton  # type: ignore[import-not-found, import-untyped, unused-ignore]
import triton.language as tl  # type: ignore[import-not-found, import-untyped, unused-ignore]
from torch import Tensor

from retorch.fingerprints import _mixing
from retorch.fingerprints._pieces import Span

_PHI = tl.constexpr(_mixing.PHI)
_FIRST_FACTOR = tl.constexpr(_mixing.FIRST_FACTOR)
_SECOND_FACTOR = tl.constexpr(_mixing.SECOND_FACTOR)

_BLOCK = 2048  # elements that one program adds up at a time
_BLOCKS_EACH = 8  # that a program should at least have to do
_MOST_PROGRAMS = 1024  # for one tensor
_MOST_COPIED_BYTES = 1 << 26
_FEW = 3  # tensors, for which a table of them takes longer than a launch for each

_UNSIGNED = {torch.uint8: torch.uint8, torch.int16: torch.uint16, torch.int32: torch.uint32, torch.int64: torch.uint64}


def add_sums(spans: Iterable[Span], totals: Tensor) -> None:
    """Add the order-seeing sum of each span to its place in `totals`, int64 [m], on their device."""
    gathered: list[Span] = []
    copied_bytes = 0
    for span in spans:
        gathered.append(span)
        copied_bytes += span.words.nbytes if span.copied else 0
        if copied_bytes > _MOST_COPIED_BYTES:
            _launch(gathered, totals)
            gathered, copied_bytes = [], 0
    _launch(gathered, totals)


def _launch(spans: Sequence[Span], totals: Tensor) -> None:
    by_dtype: dict[torch.dtype, list[Span]] = {}
    for span in spans:
        if len(span.words):
            by_dtype.setdefault(span.words.dtype, []).append(span)
    for alike in by_dtype.values():
        if len(alike) > _FEW:
            _add_many(alike, totals)
        else:
            for span in alike:
                _add_one(span, totals)


def _add_one(span: Span, totals: Tensor) -> None:
    words = span.words.view(_UNSIGNED[span.words.dtype])
    _sum_one[(_programs(len(words)),)](words, len(words), span.start, totals, span.place, BLOCK=_BLOCK)


def _add_many(spans: Sequence[Span], totals: Tensor) -> None:
    """Add up spans of one dtype in a single launch, from a table of where they lie."""
    rows = [(span.words.data_ptr(), len(span.words), span.start, span.place) for span in spans]
    table = torch.tensor(rows, dtype=torch.int64, pin_memory=not totals.is_cpu).to(totals.device, non_blocking=True)
    grid = (len(spans), _programs(max(count for _, count, _, _ in rows)))
    aligned = all(address % 16 == 0 for address, _, _, _ in rows)
    _sum_many[grid](table, totals, WIDTH=spans[0].words.itemsize, ALIGNED=aligned, BLOCK=_BLOCK)


def _programs(words: int) -> int:
    return min(-(-words // (_BLOCK * _BLOCKS_EACH)), _MOST_PROGRAMS)


@triton.jit(do_not_specialize=["count", "start", "place"])  # type: ignore[untyped-decorator, unused-ignore]
def _sum_one(words, count, start, totals, place, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, N803, PLR0917
    total = _sum_blocks(words, count, start, tl.program_id(0), tl.num_programs(0), BLOCK)
    tl.atomic_add(totals + place, total)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _sum_many(table, totals, WIDTH: tl.constexpr, ALIGNED: tl.constexpr, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, N803
    row = table + 4 * tl.program_id(0)
    count = tl.load(row + 1)
    if tl.program_id(1) * BLOCK < count:
        address = tl.load(row)
        if WIDTH == 1:
            words = address.to(tl.pointer_type(tl.uint8))
        elif WIDTH == 2:
            words = address.to(tl.pointer_type(tl.uint16))
        elif WIDTH == 4:
            words = address.to(tl.pointer_type(tl.uint32))
        else:
            words = address.to(tl.pointer_type(tl.uint64))
        if ALIGNED:
            words = tl.multiple_of(words, 16)
        total = _sum_blocks(words, count, tl.load(row + 2), tl.program_id(1), tl.num_programs(1), BLOCK)
        tl.atomic_add(totals + tl.load(row + 3), total)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _sum_blocks(words, count, start, program, programs, BLOCK: tl.constexpr):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, N803, PLR0917
    """Add up the blocks number `program`, `program + programs`, ... of a span; the last one may be a part of one."""
    within = tl.arange(0, BLOCK)
    # The product of place and phi grows by the same amount from block to block: one multiplication less an element.
    phases = (within + 1).to(tl.uint64) * _PHI
    total = tl.zeros([BLOCK], tl.uint64)
    whole = count // BLOCK
    # Without a mask, each thread loads 16 bytes at a time.
    for block in range(program, whole, programs):
        first = tl.cast(block, tl.int64) * BLOCK
        total += _mixed(tl.load(words + first + within), phases, start + first)
    if whole % programs == program:
        first = tl.cast(whole, tl.int64) * BLOCK
        present = within < count - first
        rest = _mixed(tl.load(words + first + within, mask=present, other=0), phases, start + first)
        total += tl.where(present, rest, 0)
    return tl.sum(total).to(tl.int64, bitcast=True)


@triton.jit  # type: ignore[untyped-decorator, unused-ignore]
def _mixed(words, phases, start):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    mixed = words.to(tl.uint64) + (phases + start.to(tl.uint64) * _PHI)
    mixed = (mixed ^ (mixed >> 30)) * _FIRST_FACTOR
    mixed = (mixed ^ (mixed >> 27)) * _SECOND_FACTOR
    return mixed ^ (mixed >> 31)
