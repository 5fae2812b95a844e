"""Pages out of templates: escaped, in one file, without script and without any request."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(template: str, **values: Any) -> str:  # noqa: ANN401 - whatever a template shows
    """Fill in a template of this folder.

    Args:
        template: Its file name.
        **values: What it names; texts are escaped, `Markup` is not.

    Returns:
        The page.
    """
    return _templates().get_template(template).render(**values)


def entry_page(title: str, links: Mapping[str, str]) -> str:
    """The page that leads to the pages of a release.

    Args:
        title: Of the site.
        links: Address of each page, relative to this one, and what it is called.

    Returns:
        The page, its links by name.
    """
    ordered = sorted(links.items(), key=lambda link: (link[1], link[0]))
    return page("entry_page.html.j2", title=title, links=ordered)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("exports.dashboards", package_path="."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
