"""`causes`: what experiments prove about why two runs part, and what they only suggest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from retorch.replay._facts import Cause, Experiment
from retorch.replay._settings import settings_of, unlike_settings
from retorch.replay._trials import ALL_BUT, ALL_OF_A, ALL_OF_B, AS_IN_B, said


def causes(
    experiments: Sequence[Experiment], environment_a: Mapping[str, Any], environment_b: Mapping[str, Any]
) -> tuple[Cause, ...]:
    """Say what the experiments of one operation show.

    A setting is proven where the two runs differ in it, where A's own settings give A's bits, and where B's value of
    this setting alone turns them into B's. Settings that are needed together are one cause. A setting that gives B's
    bits although both runs recorded the same is told and not proven.

    Args:
        experiments: what `retorch.replay` found about the operation.
        environment_a: as A recorded it.
        environment_b: as B recorded it.
    """
    own = {each.setting: each for each in experiments if each.setting in (ALL_OF_A, ALL_OF_B)}
    if not own or own[ALL_OF_A].gives in ("both", "failed"):
        return ()
    if not own[ALL_OF_A].steady:
        return (_never_the_same(experiments),)
    unlike = unlike_settings(settings_of(environment_a), settings_of(environment_b))
    b = settings_of(environment_b)
    ours = [each for each in experiments if each.value == AS_IN_B or each.setting.startswith("argument ")]
    ours += [each for each in experiments if each.setting in unlike and each.value == said(b.get(each.setting))]
    found = [*_alone(ours, own[ALL_OF_A]), *_together(experiments, own, b, environment_a)]
    return tuple(found) or tuple(_elsewhere(experiments, ours, own))


def _never_the_same(experiments: Sequence[Experiment]) -> Cause:
    """Even A does not repeat itself: no setting need differ for two runs to part here."""
    cured = [
        each
        for each in experiments
        if each.steady and (each.setting, each.value) in (("deterministic_algorithms", "on"), ("threads", "1"))
    ]
    cure = "".join(f"; with {_set_to(each)} it gives the same each time" for each in cured)
    message = f"run again with A's own settings, the operation gives other bits each time{cure}"
    return Cause("deterministic_algorithms", proven=True, message=message)


def _alone(tried: Sequence[Experiment], own_a: Experiment) -> Iterator[Cause]:
    for each in tried:
        told = f"{each.setting}: {each.message}"
        if not each.steady:
            yield Cause(each.setting, proven=False, message=f"{told}; B's bits cannot be had again")
        elif each.gives == "b" and own_a.gives == "a":
            message = f"{told}; run again with {_set_to(each)}, the operation gives B's bits"
            yield Cause(each.setting, proven=True, message=message)
        elif each.gives == "b":
            message = f"{told}; run again with {_set_to(each)}, the operation gives B's bits, but not A's with A's own"
            yield Cause(each.setting, proven=False, message=message)


def _together(
    experiments: Sequence[Experiment], own: Mapping[str, Experiment], b: Mapping[str, Any], a: Mapping[str, Any]
) -> Iterator[Cause]:
    without = [each for each in experiments if each.setting.startswith(ALL_BUT)]
    needed = [each for each in without if each.gives != "b"] or without
    if not needed or own[ALL_OF_B].gives != "b":
        return
    values = settings_of(a)
    names = [each.setting.removeprefix(ALL_BUT) for each in needed]
    told = "; ".join(f"{name}: {said(values.get(name))} in A, {said(b.get(name))} in B" for name in names)
    message = f"{told}; run again with all of them together, the operation gives B's bits, with none of them alone"
    yield Cause(" and ".join(names), proven=own[ALL_OF_A].gives == "a", message=message)


def _elsewhere(
    experiments: Sequence[Experiment], ours: Sequence[Experiment], own: Mapping[str, Experiment]
) -> Iterator[Cause]:
    for each in experiments:
        if each.gives == "b" and each.steady and each not in ours and each not in own.values():
            message = (
                f"run again with {_set_to(each)}, the operation gives B's bits: "
                f"it would explain it, though both runs recorded the same"
            )
            yield Cause(each.setting, proven=False, message=message)


def _set_to(each: Experiment) -> str:
    if each.setting == "threads":
        return "1 thread" if each.value == "1" else f"{each.value} threads"
    return f"{each.setting} {each.value}"
