"""A learned query attends to the items of baskets; baskets are filled up with item 0."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Basket(nn.Module):
    def __init__(self, items=30, size=8):
        super().__init__()
        self.items = nn.Embedding(items, size, padding_idx=0)
        self.norm = nn.LayerNorm(size)
        self.query = nn.Parameter(torch.randn(1, 1, size))
        self.attention = nn.MultiheadAttention(size, 2, batch_first=True)
        self.price = nn.Linear(size, 1)

    def forward(self, basket):
        items = self.norm(self.items(basket))
        query = self.query.expand(len(basket), -1, -1)
        pooled, _ = self.attention(query, items, items, key_padding_mask=basket == 0)
        return self.price(pooled[:, 0]).squeeze(1)


torch.manual_seed(8)
sizes = torch.randint(1, 7, (40, 1))
baskets = torch.randint(1, 30, (40, 6)) * (torch.arange(6) < sizes)
prices = (baskets.float() / 10).sum(1)
model, criterion = Basket(), nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for basket, price in DataLoader(TensorDataset(baskets, prices), batch_size=10, shuffle=True):
    loss = criterion(model(basket), price)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

RESULT = model.state_dict()
