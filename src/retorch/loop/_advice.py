"""Mistakes that can be seen before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from retorch.errors import OptimizerError, notice
from retorch.loop._parts import modules_of, optimizers_of


def check_optimizers(parts: Mapping[str, Any]) -> None:
    """Compare what the optimizers hold with what the modules have.

    Raises:
        OptimizerError: an optimizer holds no parameter of any module of the run, so it would train another copy.
    """
    modules, optimizers = modules_of(parts), optimizers_of(parts)
    if not modules or not optimizers:
        return
    named = {id(p): f"{part}.{name}" for part, module in modules.items() for name, p in module.named_parameters()}
    held = {part: {id(p) for group in optimizer.param_groups for p in group["params"]}
            for part, optimizer in optimizers.items()}  # fmt: skip
    for part, ids in held.items():
        if not ids & named.keys():
            raise OptimizerError(
                f"the optimizer {part!r} holds none of the parameters of {', '.join(map(repr, modules))}: it would "
                f"train another copy. Build it after the model, from this model's parameters()."
            )
    trainable = [(f"{part}.{name}", p) for part, module in modules.items()
                 for name, p in module.named_parameters() if p.requires_grad]  # fmt: skip
    _warn_of_orphans([name for name, p in trainable if not any(id(p) in ids for ids in held.values())], modules)


def _warn_of_orphans(orphans: list[str], modules: Mapping[str, Any]) -> None:
    # A module none of whose parameters are trained is a teacher, a target network or an average: meant so.
    trained = {part for part in modules if _some_trained(part, modules[part], orphans)}
    orphans = [name for name in orphans if name.split(".", 1)[0] in trained]
    if orphans:
        more = f" and {len(orphans) - 5} more" if len(orphans) > 5 else ""
        notice(
            f"no optimizer holds {', '.join(orphans[:5])}{more}, though they are trainable: they will not learn. "
            f"Give them to an optimizer, or freeze them with requires_grad_(False)",
        )


def _some_trained(part: str, module: Any, orphans: list[str]) -> bool:
    names = {f"{part}.{name}" for name, p in module.named_parameters() if p.requires_grad}
    return bool(names - set(orphans))
