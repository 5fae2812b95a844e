"""What sqlfluff takes for dbt's `adapter`: an engine macro becomes a plain call of its name."""

from collections.abc import Callable


def dispatch(macro_name: str, macro_namespace: str | None = None) -> Callable[..., str]:
    """A stand-in for `adapter.dispatch`.

    Args:
        macro_name: The engine macro.
        macro_namespace: The project; there is one.

    Returns:
        A function that renders the macro's name, called with its arguments.
    """

    def render(*arguments: object, **named_arguments: object) -> str:
        values = [*arguments, *named_arguments.values()]
        return f"{macro_name}({', '.join(str(value) for value in values)})"

    return render
