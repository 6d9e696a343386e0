"""`adopt`: any loader in, a `Source` out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from torch import Tensor
from torch.utils.data import BatchSampler, DataLoader, Dataset, IterableDataset, IterDataPipe, MapDataPipe

from retorch.data._advice import on_generators, on_iterable, on_order, on_sampler
from retorch.data._delivery import Delivery, Workers
from retorch.data._iterated import IteratedSource, Memory, Stream
from retorch.data._loader import Loader
from retorch.data._order import standard_order
from retorch.data._ordered import OrderedSource
from retorch.data._reading import Reader
from retorch.data._sampled import SampledSource, claimed_length
from retorch.data._source import JSON, Pass, Source
from retorch.errors import UsageError


def adopt(loader: Any, *, tracked: Iterable[object] = ()) -> Source:
    """Take over a loader, so that any of its batches can be reached by position.

    A `retorch.Loader`, or exactly torch's DataLoader over a map-style data set with one of torch's own samplers, is
    opened anywhere at the same cost. Another sampler is walked again, without reading samples. An iterable data set,
    a subclass of DataLoader, or any other iterable of batches is read again. The loader itself is left as it is: its
    generator is not drawn from, its workers are not started. Nothing is kept outside the source, whose own workers,
    if they are kept, live as long as it does.

    Args:
        loader: a `retorch.Loader`, a DataLoader, or an iterable of batches. A `generator=` of the user's enters the
            order of the samples through the state that it has now.
        tracked: random objects that the run itself saves and restores; no advice about them is given.

    Raises:
        UsageError: it is a data set or a tensor, or it cannot be walked.

    >>> source = adopt(DataLoader(range(10), batch_size=4))
    >>> list(source.open(7, Pass(epoch=0), start=2))
    [tensor([8, 9])]
    """
    _check(loader)
    if isinstance(loader, Loader) and type(loader).__iter__ is Loader.__iter__:
        return loader.source
    if type(loader) is not DataLoader or isinstance(loader.dataset, IterDataPipe | MapDataPipe):
        return _adopt_iterable(loader)
    if isinstance(loader.dataset, IterableDataset):
        return _adopt_stream(loader)
    return _adopt_map_style(loader, tuple(tracked))


def _check(loader: Any) -> None:
    kind = type(loader).__name__
    if isinstance(loader, Tensor) or (isinstance(loader, Dataset) and not isinstance(loader, IterableDataset)):
        raise UsageError(
            f"a {kind} was given where batches are needed: it gives samples. "
            f"Wrap it: retorch.Loader(data, batch_size=32, shuffle=True)"
        )
    if isinstance(loader, str | bytes | Mapping) or not _can_be_walked(loader):
        raise UsageError(
            f"a {kind} was given where batches are needed; give a retorch.Loader, a torch DataLoader, "
            f"or any iterable of batches"
        )


def _can_be_walked(loader: Any) -> bool:
    return hasattr(loader, "__iter__") or hasattr(loader, "__getitem__")


def _adopt_map_style(loader: DataLoader[Any], tracked: tuple[object, ...]) -> Source:
    workers = _workers_of(loader)
    advice = on_order(workers) + _on_private_generators(loader, tracked)
    sampler, batch_size, drop_last = _sampler_of(loader)
    order = standard_order(sampler)
    batched = loader.batch_sampler is not None
    reader = Reader(loader.dataset, loader.collate_fn, batched=batched, ordered=order is not None)
    delivery = Delivery(reader, workers)
    if order is not None:
        salt = _salt_of(loader)
        return OrderedSource(order, batch_size, delivery, drop_last=drop_last, salt=salt, advice=advice)
    return SampledSource(
        cast("Iterable[Any]", loader.batch_sampler if batched else sampler),
        delivery,
        facts={"order": type(sampler).__name__, "batch_size": batch_size, "drop_last": drop_last},
        advice=(on_sampler(sampler, loader.dataset), *advice),
    )


def _sampler_of(loader: DataLoader[Any]) -> tuple[Any, int | None, bool]:
    """Return what chooses the samples, how many make a batch, and drop_last.

    A batch sampler of the user's makes the batches itself: each of its items is one.
    """
    batches = loader.batch_sampler
    if batches is None:
        return loader.sampler, None, False
    if type(batches) is BatchSampler:
        return batches.sampler, batches.batch_size, batches.drop_last
    return batches, None, False


def _adopt_stream(loader: DataLoader[Any]) -> Source:
    workers = _workers_of(loader)
    # Workers that are not kept walk copies of the data set, and no copy outlives its pass.
    memory = Memory.NONE if workers.count and not workers.keep else Memory.PASSES
    facts: dict[str, JSON] = {
        "order": type(loader.dataset).__name__,
        "batch_size": loader.batch_size,
        "drop_last": loader.drop_last,
        "workers": workers.count,
    }
    if workers.keep:
        facts["look_ahead"] = workers.look_ahead
    cost = on_iterable(f"the data set {type(loader.dataset).__name__}", memory, workers.count)
    return IteratedSource(
        Stream(loader, workers, _salt_of(loader)),
        memory=memory,
        facts=facts,
        # With workers, the length that torch estimates may be wrong in both directions.
        length=None if workers.count else _estimate(loader),
        at_one_thread=workers.count == 0,
        advice=(cost, *on_order(workers)),
    )


def _adopt_iterable(loader: Any) -> Source:
    memory = _memory_of(loader)
    workers = getattr(loader, "num_workers", 0)
    workers = workers if isinstance(workers, int) else 0
    facts: dict[str, JSON] = {"order": type(loader).__name__}
    if isinstance(loader, DataLoader):
        facts |= {"batch_size": loader.batch_size, "workers": workers}

    def begin(seed: int, at: Pass) -> Iterator[Any]:  # noqa: ARG001 - its randomness comes from the global streams
        return iter(loader)

    return IteratedSource(
        begin,
        memory=memory,
        facts=facts,
        length=claimed_length(loader),
        at_one_thread=isinstance(loader, DataLoader) and workers == 0,
        advice=() if memory is Memory.NONE else (on_iterable(f"the {type(loader).__name__}", memory, workers),),
    )


def _memory_of(loader: Any) -> Memory:
    if type(loader) in {list, tuple}:
        return Memory.NONE
    return Memory.ONCE if isinstance(loader, Iterator) else Memory.PASSES


def _estimate(loader: DataLoader[Any]) -> int | None:
    # Not `len(loader)`: it would make torch compare the user's own later walks with it.
    samples = claimed_length(loader.dataset)
    if samples is None or loader.batch_size is None:
        return samples
    return samples // loader.batch_size if loader.drop_last else -(-samples // loader.batch_size)


def _workers_of(loader: DataLoader[Any]) -> Workers:
    return Workers(
        count=loader.num_workers,
        prefetch=loader.prefetch_factor,
        keep=loader.persistent_workers,
        init=loader.worker_init_fn,
        timeout_s=loader.timeout,
        context=loader.multiprocessing_context,
        pin=loader.pin_memory,
        pin_device=loader.pin_memory_device,
        in_order=loader.in_order,
    )


def _salt_of(loader: DataLoader[Any]) -> tuple[int, ...]:
    """Return the first state of the user's own generators as numbers for a key, once each; most loaders have none."""
    sampler = loader.batch_sampler.sampler if type(loader.batch_sampler) is BatchSampler else loader.sampler
    generators = {id(one): one for one in (getattr(sampler, "generator", None), loader.generator) if one is not None}
    states = (generator.get_state().numpy().tobytes() for generator in generators.values())
    return tuple(int.from_bytes(hashlib.blake2b(state, digest_size=4).digest(), "little") for state in states)


def _on_private_generators(loader: DataLoader[Any], tracked: tuple[object, ...]) -> tuple[str, ...]:
    return (
        *on_generators("the data set", loader.dataset, loader.num_workers, tracked),
        *on_generators("the collate function", loader.collate_fn, loader.num_workers, tracked),
    )
