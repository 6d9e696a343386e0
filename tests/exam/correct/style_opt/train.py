import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3)).eval().requires_grad_(False)
content = torch.rand(1, 1, 16, 16); goal = net(content)
img = torch.rand(1, 1, 16, 16, requires_grad=True); opt = torch.optim.Adam([img], 0.05)
for it in range(40):
    loss = F.mse_loss(net(img), goal) + 1e-3 * (img[..., 1:] - img[..., :-1]).abs().mean()
    opt.zero_grad(); loss.backward(); opt.step()
    with torch.no_grad(): img.clamp_(0, 1)
print(loss.item())
