import torch
from torch import nn
import torch.nn.functional as F
import io
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
class Net(nn.Module):
    def __init__(self, k):
        super().__init__()
        self.body, self.cls = nn.Sequential(nn.Linear(64, 32), nn.ReLU()), nn.Linear(32, 10)
    def forward(self, x): return self.cls(self.body(x))
buf = io.BytesIO(); torch.save({("model_" + k if k.startswith("body") else k): v for k, v in Net(0).state_dict().items()}, buf); buf.seek(0)
net = Net(0)
st = torch.load(buf, weights_only=True)
net.load_state_dict({k.removeprefix("model_"): v for k, v in st.items()})
net.eval()
with torch.no_grad(): print((net(X).argmax(1) == y).float().mean().item())
