import os
import tempfile
import torch
from torch import nn

torch.manual_seed(0)
ckpt = os.path.join(tempfile.gettempdir(), f"exam_{os.getpid()}.pt")


def build():
    return nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 2))


# stage 1: pretraining, saved from a wrapped model
wrapped = nn.DataParallel(build())
X, y = torch.randn(200, 8), torch.randint(0, 2, (200,))
opt = torch.optim.Adam(wrapped.parameters(), lr=1e-2)
for i in range(0, 200, 20):
    opt.zero_grad()
    nn.functional.cross_entropy(wrapped(X[i:i + 20]), y[i:i + 20]).backward()
    opt.step()
torch.save(wrapped.state_dict(), ckpt)

# stage 2: fine-tuning
model = build()
state = torch.load(ckpt, weights_only=True)
model.load_state_dict({k.removeprefix("module."): v for k, v in state.items()})
os.remove(ckpt)
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
for i in range(0, 200, 20):
    opt.zero_grad()
    loss = nn.functional.cross_entropy(model(X[i:i + 20]), y[i:i + 20])
    loss.backward()
    opt.step()
print(loss.item())
