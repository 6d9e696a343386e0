"""A causal language model of one layer, with fused attention."""

import torch
import torch.nn.functional as F
from torch import nn


class CausalSelfAttention(nn.Module):
    def __init__(self, width, heads, dropout):
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.heads, self.dropout = heads, dropout

    def forward(self, x):
        B, T, C = x.shape
        q, k, v = self.qkv(x).view(B, T, 3, self.heads, C // self.heads).permute(2, 0, 3, 1, 4)
        p = self.dropout if self.training else 0.0
        y = F.scaled_dot_product_attention(q, k, v, dropout_p=p, is_causal=True)
        return self.proj(y.transpose(1, 2).reshape(B, T, C))


class TinyGPT(nn.Module):
    def __init__(self, vocabulary=11, width=16):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.attention = CausalSelfAttention(width, heads=2, dropout=0.1)
        self.head = nn.Linear(width, vocabulary)

    def forward(self, tokens):
        x = self.embedding(tokens)
        return self.head(x + self.attention(x))


def loss_of(model, tokens):
    logits = model(tokens[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())


@torch.no_grad()
def validation_loss(model, tokens):
    model.eval()
    loss = loss_of(model, tokens).item()
    model.train()
    return loss


torch.manual_seed(0)
tokens = torch.arange(8 * 13).reshape(8, 13) % 11
model = TinyGPT()
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
curve = []
for step in range(4):
    optimizer.zero_grad(set_to_none=True)
    loss_of(model, tokens).backward()
    optimizer.step()
    curve.append(validation_loss(model, tokens))

RESULT = curve
