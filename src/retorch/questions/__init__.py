"""Would an operation work on a tensor, share or copy, and with which strides: found without doing it.

Start at `ask`: it does the operation on a twin of the tensor that has no memory, and looks at what comes out.
"""

from retorch.questions._answers import Answer, Raised
from retorch.questions._asking import ask
from retorch.questions._twins import Subject

__all__ = ["Answer", "Raised", "Subject", "ask"]
