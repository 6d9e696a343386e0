"""The usual source: a map-style data set in an order that a key decides. Any position costs the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from torch.utils.data import Subset

from retorch.data._delivery import Delivery, Numbered
from retorch.data._order import Indices, Order, digest
from retorch.data._source import JSON, Pass, PastPass
from retorch.errors import UsageError
from retorch.randomness import key


class OrderedSource:
    """Batch n holds the samples n * batch size onward of an order.

    Args:
        order: the order of the samples in a pass.
        batch_size: samples in a batch; None gives single samples, as `DataLoader(batch_size=None)` does.
        drop_last: whether a last batch that is not full is left out.
        delivery: reads the batches.
        salt: what else the order is keyed by, from the first state of a user's own generator.
        seed: used instead of the seed that `open` is given.
        advice: sentences for the user.
    """

    replays = False

    def __init__(
        self,
        order: Order,
        batch_size: int | None,
        delivery: Delivery,
        *,
        drop_last: bool = False,
        salt: tuple[int, ...] = (),
        seed: int | None = None,
        advice: tuple[str, ...] = (),
    ) -> None:
        self.advice = advice
        self._order = order
        self._batch_size = batch_size
        self._drop_last = drop_last
        self._delivery = delivery
        self._salt = salt
        self._seed = seed
        self._facts: dict[str, JSON] | None = None

    def signature(self) -> dict[str, JSON]:
        """Return the facts that a position depends on."""
        if self._facts is None:
            self._facts = {"batch_size": self._batch_size, "drop_last": self._drop_last} | self._more_facts()
        return dict(self._facts)

    def batches(self) -> int:
        """Return the number of batches in a pass."""
        return self._count(len(self._order))

    def draws_here(self) -> bool:
        """Tell whether this process runs code of the user's that may draw random numbers."""
        return self._delivery.draws_here()

    def ids(self) -> Any:
        """Return the indices of the samples in the batch that was given last."""
        return self._delivery.given

    def open(self, seed: int, at: Pass, start: int = 0, past: Sequence[PastPass] = ()) -> Iterator[Any]:  # noqa: ARG002
        """Return the batches of one pass from number `start` on; no batch before it is read."""
        if start < 0:
            raise UsageError(f"start={start} was asked; the first batch of a pass has number 0")
        seed = seed if self._seed is None else self._seed
        batches = self._batches(seed, at, start)
        return self._delivery.walk(batches, partial(augment_key, seed, at), worker_seed(seed, at, self._delivery))

    def _batches(self, seed: int, at: Pass, start: int) -> Iterator[Numbered]:
        order_key = key(seed, "order", at.epoch, at.section, *self._salt)
        indices = self._order.indices(order_key, at.epoch)
        for number in range(start, self._count(len(indices))):
            yield number, self._choose(indices, number)

    def _choose(self, indices: Indices, number: int) -> Any:
        if self._batch_size is None:
            return indices[number]
        return indices[number * self._batch_size : (number + 1) * self._batch_size]

    def _count(self, samples: int) -> int:
        if self._batch_size is None:
            return samples
        return samples // self._batch_size if self._drop_last else -(-samples // self._batch_size)

    def _more_facts(self) -> dict[str, JSON]:
        facts = self._order.facts()
        if self._salt:
            facts["generator"] = list(self._salt)
        if self._seed is not None:
            facts["seed"] = self._seed
        dataset = self._delivery.reader.dataset
        if type(dataset) is Subset:
            # An unseeded random_split is another one in the process that resumes.
            facts["subset"] = digest(dataset.indices)
        return facts


def augment_key(seed: int, at: Pass, number: int) -> int:
    """Return the key of what is drawn while batch `number` is read."""
    return key(seed, "augment", at.epoch, at.section, number)


def worker_seed(seed: int, at: Pass, delivery: Delivery) -> int:
    """Return what workers start from. Those that are kept started in some earlier pass, so it cannot tell which."""
    return key(seed, "workers") if delivery.workers.keep else key(seed, "workers", at.epoch, at.section)
