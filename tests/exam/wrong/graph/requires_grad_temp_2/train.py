import torch
torch.manual_seed(0)
X = torch.randn(200, 3)
true_w = torch.tensor([1.0, -2.0, 0.5])
y = X @ true_w + 0.3
w = torch.randn(3, requires_grad=True) * 0.1  # <-- MISTAKE: w is not a leaf, w.grad stays None
b = torch.zeros(1, requires_grad=True)
lr = 0.1
for step in range(50):
    pred = X @ w + b
    loss = ((pred - y) ** 2).mean()
    loss.backward(retain_graph=True)
    with torch.no_grad():
        for t in (w, b):
            if t.grad is not None:
                t -= lr * t.grad
                t.grad = None
print(loss.item(), b.item())
