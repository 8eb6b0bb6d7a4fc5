"""Where a page of the documentation is read: at the address that pyproject.toml gives, if any."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, metadata

LABEL = "Documentation"  # among the project's URLs


def address_of(page: str) -> str:
    """The address of a page of the site, such as "report"; empty where the site has no address."""
    try:
        urls = metadata("counterpoise").get_all("Project-URL") or []
    except PackageNotFoundError:
        return ""
    for url in urls:
        label, _, base = url.partition(",")
        if label.strip() == LABEL:
            return f"{base.strip().rstrip('/')}/{page}.html"
    return ""
