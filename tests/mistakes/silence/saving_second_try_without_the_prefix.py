"""Look at what was loaded, and try again without the prefix."""

import torch
from torch import nn

torch.manual_seed(0)
wrapped = nn.DataParallel(nn.Linear(4, 2))
state = wrapped.state_dict()
model = nn.Linear(4, 2)
missing, unexpected = model.load_state_dict(state, strict=False)
if missing and unexpected:
    model.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
model.eval()
with torch.no_grad():
    RESULT = model(torch.ones(3, 4))
