"""Fine-tune from a full checkpoint with a new optimizer; evaluate another; go back to the best one within the run."""

import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.randint(3, (32,))


def train(model, optimizer, steps, scheduler=None):
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
        if scheduler is not None:
            scheduler.step()


model = nn.Linear(4, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
train(model, optimizer, 3, scheduler)
torch.save(
    {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()}, "full.pt"
)
train(model, optimizer, 2, scheduler)

model.load_state_dict(torch.load("full.pt")["model"])
train(model, optimizer, 2, scheduler)

checkpoint = torch.load("full.pt")
tuned = nn.Linear(4, 3)
tuned.load_state_dict(checkpoint["model"])
slow = torch.optim.Adam(tuned.parameters(), lr=1e-3)
train(tuned, slow, 2, torch.optim.lr_scheduler.ExponentialLR(slow, 0.9))

only_tested = nn.Linear(4, 3)
only_tested.load_state_dict(checkpoint["model"])
with torch.no_grad():
    score = nn.functional.cross_entropy(only_tested(x), y)

wound = nn.Linear(4, 3)
wound.load_state_dict(checkpoint["model"])
again = torch.optim.Adam(wound.parameters(), lr=1e-2)
again.load_state_dict(checkpoint["optimizer"])
forward = torch.optim.lr_scheduler.ExponentialLR(again, 0.9, last_epoch=2)
train(wound, again, 2, forward)

RESULT = model.state_dict(), tuned.state_dict(), wound.state_dict(), score
