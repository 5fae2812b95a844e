"""Makes the folder of an analyst's own file before dbt opens it; DuckDB makes files, not folders.

dbt's target `dev` names this module as a plugin in `profiles.yml`.
"""

from pathlib import Path
from typing import Any

from dbt.adapters.duckdb.plugins import BasePlugin

from warehouse.errors import TallyhouseError


class Plugin(BasePlugin):
    """What dbt-duckdb sets up before it connects."""

    def initialize(self, plugin_config: dict[str, Any]) -> None:
        """Make the folder of the file that dbt is about to open.

        Args:
            plugin_config: `file`: the analyst's file; `published`: the file that it reads.

        Raises:
            TallyhouseError: Nothing is published yet.
        """
        published = Path(plugin_config["published"])
        if not published.exists():
            raise TallyhouseError(
                f"There is no {published} to read from: `tallyhouse run` publishes it, and "
                "WAREHOUSE__FOLDER names another warehouse."
            )
        Path(plugin_config["file"]).parent.mkdir(parents=True, exist_ok=True)
