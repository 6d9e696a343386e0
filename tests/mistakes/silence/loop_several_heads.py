"""Two tasks share an encoder; each head has an optimizer of its own, and the encoder steps after both."""

import torch
from torch import nn

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(6, 12), nn.ReLU())
heads = nn.ModuleList([nn.Linear(12, 1), nn.Linear(12, 1)])
encoder_optimizer = torch.optim.SGD(encoder.parameters(), lr=0.01)
head_optimizers = [torch.optim.SGD(head.parameters(), lr=0.05) for head in heads]

for _ in range(6):
    x = torch.randn(16, 6)
    targets = (x.sum(1, keepdim=True), x.prod(1, keepdim=True))
    encoder_optimizer.zero_grad()
    for head, optimizer, target in zip(heads, head_optimizers, targets, strict=True):
        optimizer.zero_grad()
        nn.functional.mse_loss(head(encoder(x)), target).backward()
        optimizer.step()
    encoder_optimizer.step()

# written out, with the clearing at the end
for _ in range(6):
    x = torch.randn(16, 6)
    first = nn.functional.mse_loss(heads[0](encoder(x)), x.sum(1, keepdim=True))
    first.backward()
    head_optimizers[0].step()
    second = nn.functional.mse_loss(heads[1](encoder(x)), x.prod(1, keepdim=True))
    second.backward()
    head_optimizers[1].step()
    encoder_optimizer.step()
    for optimizer in (encoder_optimizer, *head_optimizers):
        optimizer.zero_grad()

RESULT = [encoder.state_dict(), heads.state_dict()]
