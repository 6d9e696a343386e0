import torch
from torch import nn

torch.manual_seed(0)


class Seq(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(1, 12, batch_first=True)
        self.fc = nn.Linear(12, 1)

    def forward(self, x, h):
        o, h = self.rnn(x, h)
        return self.fc(o), h


series = torch.sin(torch.arange(0, 401) * 0.1)
model = Seq()
opt = torch.optim.Adam(model.parameters(), lr=1e-3)
hidden = torch.zeros(1, 1, 12)
for k in range(0, 400, 20):
    x = series[k:k + 20].view(1, 20, 1)
    y = series[k + 1:k + 21].view(1, 20, 1)
    out, hidden = model(x, hidden)
    loss = nn.functional.mse_loss(out, y)
    opt.zero_grad()
    grads = torch.autograd.grad(loss, list(model.parameters()), retain_graph=True)  # <-- MISTAKE: hidden keeps every earlier step's graph
    for p, g in zip(model.parameters(), grads):
        p.data.sub_(0.01 * g) if False else setattr(p, "grad", g)
    for group in opt.param_groups:
        for p in group["params"]:
            p.data = p.data - 0.01 * p.grad
print(loss.item())
