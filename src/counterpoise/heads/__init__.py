"""Features -> scores. A head may have ``penalty() -> ()``, which the step adds to the loss."""

from counterpoise.heads.linear import Linear

__all__ = ["Linear"]
