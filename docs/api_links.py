"""An extension of Sphinx: a class that a page names in code, such as `LDAM`, leads to its docs."""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

KINDS = ("class", "function", "method", "exception")


class LinkNames(SphinxPostTransform):
    """Make a link of each name in code that only one documented object can mean."""

    default_priority = 5

    def run(self, **kwargs: object) -> None:
        """Called for each page."""
        here = self.env.current_document.docname
        if here.startswith("api/"):
            return
        known = self._known()
        for literal in list(self.document.findall(nodes.literal)):
            words = literal.astext().removesuffix("()").removeprefix("counterpoise.")
            inside = isinstance(literal.parent, nodes.reference | nodes.title)
            if words not in known or inside or "xref" in literal.get("classes", ()):
                continue
            page, target = known[words]
            uri = f"{self.app.builder.get_relative_uri(here, page)}#{target}"
            link = nodes.reference("", "", internal=True, refuri=uri)
            literal.replace_self(link)
            link += literal

    def _known(self) -> dict[str, tuple[str, str]]:
        """Page and target by name; short names are of classes, as a word may mean anything."""
        found: dict[str, set[tuple[str, str]]] = {}
        for full, entry in self.env.get_domain("py").objects.items():  # type: ignore[attr-defined]
            if entry.objtype in KINDS and not entry.aliased:
                for name in _names(full):
                    found.setdefault(name, set()).add((entry.docname, entry.node_id))
        return {name: next(iter(places)) for name, places in found.items() if len(places) == 1}


def _names(full: str) -> Iterator[str]:
    parts = full.split(".")[1:]
    for begin in range(len(parts)):
        name = ".".join(parts[begin:])
        if "." in name or name[:1].isupper():
            yield name


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_post_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
