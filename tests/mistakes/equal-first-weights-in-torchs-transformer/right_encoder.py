"""An encoder of torch on random sequences, notebook style."""

import torch
from torch import nn

torch.manual_seed(0)
embed = nn.Embedding(20, 16)
layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.0, batch_first=True)
encoder = nn.TransformerEncoder(layer, num_layers=2, enable_nested_tensor=False)
for p in encoder.parameters():
    if p.dim() > 1:
        nn.init.xavier_uniform_(p)
head = nn.Linear(16, 2)
optimizer = torch.optim.Adam([*embed.parameters(), *encoder.parameters(), *head.parameters()], lr=1e-3)
for step in range(3):
    tokens = torch.randint(0, 20, (8, 5))
    loss = nn.functional.cross_entropy(head(encoder(embed(tokens)).mean(1)), (tokens.sum(1) % 2))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = head.weight.detach()
