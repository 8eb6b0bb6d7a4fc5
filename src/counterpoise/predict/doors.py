"""What Python calls by name; its errors name arguments where those below name options."""

from counterpoise.predict.exported import export_onnx as _export_onnx
from counterpoise.python_words import errors_as_asked

export_onnx = errors_as_asked(known=())(_export_onnx)
