"""Validation that walks the training set, while the one that was held out is never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from retorch.checks._finding import Finding
from retorch.checks._observations import Ended, LoaderBegins, LoaderEnded, LoaderMade, ModuleBegins
from retorch.checks._rule import Rule, sees
from retorch.checks._scene import Scene
from retorch.checks.rules.data._held import holders_of
from retorch.lines import Site


@dataclass(eq=False)
class _Loader:
    """What is known of a loader, also when it is gone."""

    made: Site
    is_read: bool = False
    trains: bool = False


@dataclass
class _Pass:
    """A pass that began after some steps and calls; and which line sees each loader that was not read so far."""

    step: int
    evaluations: int
    unread: list[tuple[_Loader, Site]]


class ValidationOnTheTrainingSet(Rule):
    """The model is judged by the loader that it is trained on, and a loader of other samples is never read.

    Why it matters: the score is that of the training. It rises as long as the model learns by heart, and nothing shows
    when it stops being of use for new samples.

    When it is fine: a program that only shows how well the training set is fitted, and has a test set for later.

    Wrong: `for x, y in train_loader:` in the function that validates, beside a `val_loader` that nobody walks.

    Right: `for x, y in val_loader:`.
    """

    name = "validation-on-the-training-set"
    grade = "warning"

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._loaders: WeakKeyDictionary[Any, _Loader] = WeakKeyDictionary()
        self._now: WeakKeyDictionary[Any, _Pass] = WeakKeyDictionary()
        self._judged: list[_Pass] = []
        self._is_judged_elsewhere = False

    @sees(LoaderMade)
    def made(self, seen: LoaderMade) -> None:
        """Note a loader that nobody has read yet."""
        self._loaders[seen.loader] = _Loader(seen.site)

    @sees(LoaderBegins)
    def begin(self, seen: LoaderBegins) -> None:
        """Note that it is read, and who sees the others that are not."""
        loader = self._loaders.setdefault(seen.loader, _Loader(seen.site))
        loader.is_read = True
        unread = self._unread_beside(seen.loader) if loader.trains and not self._is_judged_elsewhere else []
        self._now[seen.loader] = _Pass(self.scene.step, self.scene.calls["evaluation"], unread)

    @sees(LoaderEnded)
    def end(self, seen: LoaderEnded) -> None:
        """Note what the pass was for."""
        walked = self._now.pop(seen.loader, None)
        if walked is None:
            return
        loader = self._loaders[seen.loader]
        if self.scene.step > walked.step:
            loader.trains = True
        elif self.scene.calls["evaluation"] >= walked.evaluations + seen.batches > walked.evaluations:
            self._judged.append(walked)
            self._is_judged_elsewhere |= not loader.trains

    @sees(ModuleBegins)
    def called(self, seen: ModuleBegins) -> None:
        """Note whether the model is judged by samples that come from no loader."""
        if not seen.depth and not self._now and self.scene.phase == "evaluation":
            self._is_judged_elsewhere = True

    @sees(Ended)
    def conclude(self, _: Ended) -> Iterator[Finding]:
        """Judge the whole: one loader is trained on and judged by, and another one is there and was never read."""
        if self._is_judged_elsewhere:
            return
        for walked in self._judged:
            for loader, site in walked.unread:
                if not loader.is_read:
                    yield self.finding(
                        site,
                        "the model is judged by the samples that it is trained on",
                        evidence=f"this walks the loader of the training without a step, and the loader of "
                        f"{loader.made.place} was never read",
                        remedy="walk the loader of the samples that were held out",
                    )
                    return

    def _unread_beside(self, loader: Any) -> list[tuple[_Loader, Site]]:
        others = {
            id(other): known
            for other, known in self._loaders.items()
            if not known.is_read and other.dataset is not loader.dataset
        }
        sites = holders_of(set(others)) if others else {}
        return [(others[number], site) for number, site in sites.items()]
