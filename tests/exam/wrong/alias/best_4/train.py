import torch
from torch import nn

torch.manual_seed(7)
xs = torch.linspace(-3, 3, 400).unsqueeze(1)
ys = torch.sin(xs) + 0.1 * torch.randn_like(xs)
pick = torch.randperm(400)
xt, yt, xv, yv = xs[pick[:300]], ys[pick[:300]], xs[pick[300:]], ys[pick[300:]]
model = nn.Sequential(nn.Linear(1, 40), nn.SiLU(), nn.Linear(40, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
checkpoint = {"loss": float("inf")}
for epoch in range(15):
    for b in torch.randperm(300).split(60):
        optimizer.zero_grad()
        ((model(xt[b]) - yt[b]) ** 2).mean().backward()
        optimizer.step()
    with torch.no_grad():
        v = ((model(xv) - yv) ** 2).mean().item()
    if v < checkpoint["loss"]:
        checkpoint["loss"] = v
        checkpoint["epoch"] = epoch
        checkpoint["state"] = model.state_dict().copy()  # <-- MISTAKE: a shallow copy, the tensors are the live ones
model.load_state_dict(checkpoint["state"])
print(checkpoint["epoch"], checkpoint["loss"])
