"""A few rows of a table are put aside as an example."""

import io

import torch

torch.manual_seed(0)
table = torch.randn(4000, 32)
example = {"rows": table[:3], "count": 3}
file = io.BytesIO()
torch.save(example, file)  # <-- the mistake

RESULT = example
