import random
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0); random.seed(0)
q = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2)); tgt = nn.Sequential(nn.Linear(2, 24), nn.ReLU(), nn.Linear(24, 2))
tgt.load_state_dict(q.state_dict())
opt = torch.optim.Adam(q.parameters(), 1e-3)
buf = []
s = torch.zeros(2)
for t in range(300):
    with torch.no_grad():
        a = random.randrange(2) if random.random() < 0.2 else q(s).argmax().item()
    n = (s + torch.tensor([0.1, 0.02]) * (1 if a else -1)).clamp(-1, 1)
    r = -n.abs().sum().item()
    buf.append((s, a, r, n)); s = n if t % 20 else torch.rand(2) - 0.5
    if len(buf) >= 32:
        S, A, R, N = zip(*random.sample(buf, 32))
        with torch.no_grad():
            target = torch.tensor(R) + 0.9 * tgt(torch.stack(N)).max(1).values
        loss = F.smooth_l1_loss(q(torch.stack(S)).gather(1, torch.tensor(A)[:, None]).squeeze(1), target)
        opt.zero_grad(); loss.backward(); opt.step()
    if t % 50 == 0:
        tgt.load_state_dict(q.state_dict())
print(loss.item())
