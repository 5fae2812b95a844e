"""The true value of the statistics, worked out from the plan of the world."""

from typing import Any

from sample_world.wrapped.players import World


def truth_document(world: World) -> dict[str, Any]:
    """Return the content of truth.json.

    Args:
        world: The plan.
    """
    return {"seed": world.seed, "size": world.size, "rows": []}
