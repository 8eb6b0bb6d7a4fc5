"""How does one batch become an update?"""

from counterpoise.steps.complement import Complement
from counterpoise.steps.plain import Plain

__all__ = ["Complement", "Plain"]
