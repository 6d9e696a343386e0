"""Linear regression without a module or an optimizer."""

import torch

torch.manual_seed(0)
X = torch.randn(40, 3)
y = X @ torch.tensor([1.0, -2.0, 0.5]) + 0.1 * torch.randn(40)

w = torch.zeros(3, 1, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
for _ in range(10):
    prediction = X @ w + b
    loss = (prediction.squeeze(1) - y).pow(2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad
        b -= 0.1 * b.grad
        w.grad.zero_()
        b.grad.zero_()

RESULT = w, b
