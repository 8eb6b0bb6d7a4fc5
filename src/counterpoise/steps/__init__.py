"""How does one batch become an update?"""

from counterpoise.steps.plain import Plain

__all__ = ["Plain"]
