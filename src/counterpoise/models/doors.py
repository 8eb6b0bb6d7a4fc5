"""What Python calls by name; its errors name arguments where those below name options."""

from counterpoise.models.assemble import create as _create
from counterpoise.python_words import errors_as_asked

create = errors_as_asked(known=())(_create)
