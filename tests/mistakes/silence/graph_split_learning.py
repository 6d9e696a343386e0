"""Split learning: the client's activations are detached, and the gradient is carried over by hand."""

import torch
from torch import nn

torch.manual_seed(0)
client, server = nn.Linear(6, 8), nn.Sequential(nn.ReLU(), nn.Linear(8, 1))
opt_client = torch.optim.SGD(client.parameters(), lr=0.1)
opt_server = torch.optim.SGD(server.parameters(), lr=0.1)
for step in range(5):
    x = torch.randn(16, 6)
    h = client(x)
    sent = h.detach().requires_grad_()
    loss = (server(sent) - x.sum(1, keepdim=True)).pow(2).mean()
    opt_client.zero_grad()
    opt_server.zero_grad()
    loss.backward()
    h.backward(sent.grad)
    opt_client.step()
    opt_server.step()

RESULT = [client.weight.detach(), loss.item()]
