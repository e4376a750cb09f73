"""The variational autoencoder, with the names of pytorch/examples."""
import torch
import torch.nn.functional as F
from modules import layer
from torch import nn


class VAE(nn.Module):
    def __init__(self, size, hidden, latent):
        super().__init__()
        self.fc1 = nn.Linear(size, hidden)
        self.fc21 = nn.Linear(hidden, latent)
        self.fc22 = nn.Linear(hidden, latent)
        self.fc3 = nn.Linear(latent, hidden)
        self.fc4 = nn.Linear(hidden, size)

    def forward(self, x, noise):
        h = F.relu(self.fc1(x))
        mu, logvar = self.fc21(h), self.fc22(h)
        z = mu + noise * torch.exp(0.5 * logvar)
        return torch.sigmoid(self.fc4(F.relu(self.fc3(z)))), mu, logvar


MODELS = {
    "VAE": layer(lambda: VAE(6, 4, 2), dict(shape=[3, 6], low=0, high=1), dict(options=dict(noise=[3, 2]))),
}
