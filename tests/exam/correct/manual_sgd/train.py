torch = __import__("torch")
torch.manual_seed(0)
X = torch.randn(200, 3); y = X @ torch.tensor([1.0, -2.0, 0.5]) + 0.3
w, b = torch.zeros(3, requires_grad=True), torch.zeros(1, requires_grad=True)
for it in range(50):
    loss = ((X @ w + b - y) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.1 * w.grad; b -= 0.1 * b.grad
        w.grad.zero_(); b.grad.zero_()
print(loss.item())
