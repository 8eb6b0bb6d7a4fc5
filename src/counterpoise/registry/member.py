"""What is known of an exported class or function, and the facts that a class states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Parameter:
    """One argument of a member's constructor, as its source writes it."""

    required: bool
    annotation: str
    default: str | None  # source text, such as "0.5"; None when required


@dataclass(frozen=True)
class Member:
    """One exported class or function of an axis, with the facts that its class states.

    Facts are literals in the class's body or its bases', such as ``corrects_prior = True``, so
    that they are known without importing the class.
    """

    name: str
    module: str
    summary: str
    doc: str
    parameters: Mapping[str, Parameter]
    constants: Mapping[str, object] = field(default_factory=dict)  # class-level literals, by name

    @property
    def identity_name(self) -> str:
        """Its name in the identities of runs, which a class that was renamed since keeps."""
        return self._word("identity_name") or self.name

    @property
    def revision(self) -> int:
        """Which version of its numbers this is; part of identities from 2 on."""
        revision = self.constants.get("revision")
        return revision if isinstance(revision, int) else 1

    @property
    def corrects_prior(self) -> bool:
        """Whether it makes up for the class prior; two such pieces in one recipe do it twice."""
        return self.constants.get("corrects_prior") is True

    @property
    def learns_on_validation(self) -> bool:
        """Whether a posthoc is fitted on validation samples."""
        return self.constants.get("learns_on_validation") is True

    @property
    def package(self) -> str | None:
        """The optional package whose version its numbers depend on, as installers spell it."""
        return self._word("package")

    @property
    def prefix(self) -> str | None:
        """Begins the names that this member stands for, such as ``imblearn:ADASYN``."""
        return self._word("prefix")

    @property
    def scores(self) -> str | None:
        """What a loss makes of the model's outputs, "logits" or "margins"; None for the rest."""
        return self._word("scores")

    @property
    def accepts(self) -> tuple[str, ...]:
        """The kinds of scores that a posthoc takes; empty for the rest."""
        accepts = self.constants.get("accepts")
        return tuple(map(str, accepts)) if isinstance(accepts, tuple) else ()

    @property
    def contrast_share(self) -> float | None:
        """The share of each class that a sampler wants held out; None where it watches nothing."""
        share = self.constants.get("contrast_share")
        return share if isinstance(share, float) else None

    @property
    def changes_by_round(self) -> bool:
        """Whether what it computes depends on the round, as its plan or reports say."""
        return self.constants.get("changes_by_round") is True

    @property
    def needs_images(self) -> bool:
        """Whether an augmentation or a resampler works on images alone."""
        return self.constants.get("needs_images") is True

    @property
    def image_sides(self) -> tuple[int, int] | None:
        """Least and most pixels of the square images that a resampler makes; None for any."""
        sides = self.constants.get("image_sides")
        return sides if isinstance(sides, tuple) and len(sides) == 2 else None

    @property
    def key(self) -> str | None:
        """What options and files call a metric that is a class; None for the rest."""
        return self._word("key")

    @property
    def title(self) -> str | None:
        """What tables call a metric that is a class; None for the rest."""
        return self._word("title")

    @property
    def lower_is_better(self) -> bool:
        """Whether small values of a metric are good."""
        return self.constants.get("lower_is_better") is True

    @property
    def mixes(self) -> bool:
        """Whether an augmentation gives its samples two labels, so that nothing may follow."""
        return self.constants.get("mixes") is True

    def _word(self, name: str) -> str | None:
        value = self.constants.get(name)
        return value if isinstance(value, str) else None
