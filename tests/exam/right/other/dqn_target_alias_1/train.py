import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
class Agent:
    def __init__(self):
        self.q = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
        import copy; self.target = copy.deepcopy(self.q)
        self.opt = torch.optim.Adam(self.q.parameters(), 1e-3)
    def learn(self, s, a, r, n):
        with torch.no_grad(): t = r + 0.95 * self.target(n).max(1).values
        loss = F.mse_loss(self.q(s).gather(1, a[:, None]).squeeze(1), t)
        self.opt.zero_grad(); loss.backward(); self.opt.step()
        return loss.item()
    def sync(self): self.target.load_state_dict(self.q.state_dict())
ag = Agent()
for it in range(60):
    s, n = torch.randn(32, 3), torch.randn(32, 3)
    l = ag.learn(s, torch.randint(0, 2, (32,)), s[:, 0], n)
    if it % 20 == 19: ag.sync()
print(l)
