"""Who hears what: observers attach handlers to event types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from retorch.errors import notice
from retorch.events._events import Event

E = TypeVar("E", bound=Event)


class Observer:
    """Something that watches a run: a progress bar, a logger, a checker.

    Override `attach` and ask the hub for the events that matter. An observer must not change what the run
    computes. One on which the result depends sets `essential = True`: its failure stops the run. Any other is
    switched off once, with a notice, and the run goes on.

    >>> class Counter(Observer):
    ...     def attach(self, hub):
    ...         self.steps = 0
    ...         hub.on(StepEnded, self.count)
    ...     def count(self, event):
    ...         self.steps += 1
    """

    essential: ClassVar[bool] = False

    def attach(self, hub: ObserverHub) -> None:
        """Ask for events with `hub.on(EventType, handler)`."""


class Hub:
    """Delivers each event to the handlers that asked for its exact type, in the order of attaching."""

    def __init__(self, observers: tuple[Observer, ...] = ()) -> None:
        self._handlers: dict[type[Event], list[tuple[Observer, Callable[[Any], None]]]] = {}
        for observer in observers:
            self.attach(observer)

    def attach(self, observer: Observer) -> None:
        """Let an observer ask for its events."""
        observer.attach(ObserverHub(self, observer))

    def detach(self, observer: Observer) -> None:
        """Forget every handler of an observer."""
        for kind, handlers in list(self._handlers.items()):
            self._handlers[kind] = [entry for entry in handlers if entry[0] is not observer]
            if not self._handlers[kind]:
                del self._handlers[kind]

    def wants(self, kind: type[Event]) -> bool:
        """Tell whether anybody listens, so that an unheard event need not be made."""
        return kind in self._handlers

    def emit(self, event: Event) -> None:
        """Deliver an event. A failing observer stops the run if it is essential and is switched off if not."""
        for observer, handler in self._handlers.get(type(event), ()):
            try:
                handler(event)
            except Exception as error:
                if observer.essential:
                    raise
                self.detach(observer)
                notice(
                    f"{type(observer).__name__} failed at step {event.state.step} and is switched off; the run "
                    f"goes on. It said: {type(error).__name__}: {error}"
                )

    def _add(self, observer: Observer, kind: type[Event], handler: Callable[[Any], None]) -> None:
        # A new list each time: a handler may attach or detach observers while an event is delivered.
        self._handlers[kind] = [*self._handlers.get(kind, ()), (observer, handler)]


class ObserverHub:
    """One observer's view of the hub; what it attaches here is its own to lose."""

    def __init__(self, hub: Hub, observer: Observer) -> None:
        self._hub = hub
        self._observer = observer

    def on(self, kind: type[E], handler: Callable[[E], None]) -> None:
        """Call `handler` for each event of exactly this type."""
        self._hub._add(self._observer, kind, handler)  # noqa: SLF001 - one file, two faces of one thing
