import io
import torch
from torch import nn
import torch.nn.functional as F
torch.manual_seed(0)
from sklearn.datasets import load_digits
X, y = load_digits(return_X_y=True)
X, y = torch.tensor(X / 16, dtype=torch.float32), torch.tensor(y)
def build(): return nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(), nn.Linear(32, 10))
buf = io.BytesIO(); torch.save(build().state_dict(), buf); buf.seek(0)
net = build(); net.load_state_dict(torch.load(buf, weights_only=True)); net.eval()
with torch.inference_mode():
    probs = torch.cat([net(x).softmax(1) for x in X.split(100)])
print((probs.argmax(1) == y).float().mean().item(), (-probs.log().gather(1, y[:, None])).mean().item())
