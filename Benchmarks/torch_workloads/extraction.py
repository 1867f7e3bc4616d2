"""Motion priors with stored attention: inversion, reconstruction, head metrics."""

import torch
import torch.nn.functional as F
from diffusers.models.embeddings import apply_rotary_emb
from safetensors.torch import load_file

from .vdm import DiffusionModel


class Recall:
    """CogVideoX's attention, in which the first half of the batch may also attend to the second.

    With `sums` set, the first half's attention to itself is added to it,
    `[clips, heads, tokens, tokens]`.
    """

    def __init__(self):
        self.memory = False
        self.sums = None
        self.count = 0

    def __call__(self, attn, hidden_states, encoder_hidden_states, attention_mask=None,
                 image_rotary_emb=None):
        text = encoder_hidden_states.shape[1]
        joint = torch.cat([encoder_hidden_states, hidden_states], dim=1)
        q, k, v = (f(joint).unflatten(-1, (attn.heads, -1)).transpose(1, 2)
                   for f in (attn.to_q, attn.to_k, attn.to_v))
        q, k = attn.norm_q(q), attn.norm_k(k)
        for x in (q, k):
            x[:, :, text:] = apply_rotary_emb(x[:, :, text:], image_rotary_emb)
        if self.memory:
            half = len(q) // 2
            own = F.scaled_dot_product_attention(q[half:], k[half:], v[half:])
            keys = torch.cat([k[:half], k[half:]], dim=2)
            values = torch.cat([v[:half], v[half:]], dim=2)
            mixed = torch.cat([self.recall(q[:half], keys, values), own])
        else:
            mixed = F.scaled_dot_product_attention(q, k, v)
        joint = attn.to_out[0](mixed.transpose(1, 2).flatten(2))
        return joint[:, text:], joint[:, :text]

    def recall(self, q, keys, values):
        if self.sums is None:
            return F.scaled_dot_product_attention(q, keys, values)
        weights = (q @ keys.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
        own = weights[..., :q.shape[2]]
        self.sums += own / own.sum(-1, keepdim=True)
        self.count += 1
        return weights @ values


def head_metrics(vision, grid):
    """The three metrics of `[clips, heads, visionTokens, visionTokens]`, each `[clips, heads]`."""
    frames, cells = grid[0], grid[1] * grid[2]
    threshold = vision.mean((-2, -1))
    places = vision.unflatten(-1, (frames, cells)).unflatten(-3, (frames, cells))
    band = places.diagonal(dim1=3, dim2=5)  # [clips, heads, frames, frames, cells]
    inside = band.square().sum((2, 3, 4))
    limit = threshold[..., None, None, None]
    above = band > limit
    starts = above.clone()
    starts[:, :, :, 1:] &= ~above[:, :, :, :-1]
    runs = starts.sum((2, 3))  # [clips, heads, cells]
    lengths = above.sum((2, 3)) / runs.clamp(min=1)
    return {"focus": inside / (vision.square().sum((-2, -1)) - inside),
            "continuity": lengths.mean(-1),
            "saliency": (band >= limit).float().mean((2, 3, 4))}


class Extraction:
    """Priors of a batch of clips: 5 steps, guidance 6, cross-stream memory."""

    steps, guidance = 5, 6.0

    def __init__(self, data, inputs=None):
        self.model = DiffusionModel(data, inputs)
        for module in (self.model.transformer, self.model.encoder):
            module.eval()
        self.recall = Recall()
        self.model.transformer.set_attn_processor(self.recall)
        self.model.scheduler.set_timesteps(self.steps)
        self.timesteps = self.model.scheduler.timesteps.tolist()
        self.levels = self.model.scheduler.alphas_cumprod.float()
        if inputs is not None:
            tensors = load_file(inputs / "extraction-inputs.safetensors")
            self.latents, self.ids = tensors["latents"], tensors["ids"]
            self.empty = tensors["empty-ids"]

    def move(self, sample, v, start, end):
        """DDIM from one signal level to another."""
        clean = start ** 0.5 * sample - (1 - start) ** 0.5 * v
        noise = start ** 0.5 * v + (1 - start) ** 0.5 * sample
        return end ** 0.5 * clean + (1 - end) ** 0.5 * noise

    def predict(self, streams, text, timestep, rotary):
        batch = len(streams)
        return self.model.predict(
            streams, text.repeat(batch // len(text), 1, 1), torch.full((batch,), timestep), rotary)

    @torch.no_grad()
    def priors(self, latents, ids, empty):
        """Metrics by name `[clips, heads]` and text-to-vision maps of every head."""
        rotary = self.model.rotary(latents)
        text, none = self.model.encode(ids), self.model.encode(empty)
        level = [self.levels[t].item() for t in self.timesteps] + [1.0]
        self.recall.memory, self.recall.sums = False, None
        trajectory = [latents]
        for step in reversed(range(self.steps)):
            v = self.predict(trajectory[-1], none, self.timesteps[step], rotary)
            trajectory.append(self.move(trajectory[-1], v, level[step + 1], level[step]))
        config = self.model.transformer.config
        patch = config.patch_size
        grid = (latents.shape[1], latents.shape[3] // patch, latents.shape[4] // patch)
        tokens = ids.shape[1] + grid[0] * grid[1] * grid[2]
        sums = torch.zeros(len(latents), config.num_attention_heads, tokens, tokens)
        self.recall.memory, self.recall.count = True, 0
        sample = trajectory[-1]
        for step in range(self.steps):
            streams = torch.cat([sample, trajectory[self.steps - step]])
            self.recall.sums = sums
            v = self.predict(streams, text, self.timesteps[step], rotary)[:len(latents)]
            self.recall.sums = None
            free = self.predict(streams, none, self.timesteps[step], rotary)[:len(latents)]
            sample = self.move(sample, free + (v - free) * self.guidance, level[step],
                               level[step + 1])
        maps = sums.div_(self.recall.count)
        words = ids.shape[1]
        return {**head_metrics(maps[..., words:, words:], grid),
                "text to vision": maps[..., :words, words:].clone(),
                "reconstruction error": [
                    ((sample - latents).norm() / latents.norm()).item()]}

    def clips(self, count, first=0):
        """Priors of some clips as one batch."""
        part = slice(first, first + count)
        return self.priors(self.latents[part], self.ids[part], self.empty)

    def values(self):
        found = self.clips(1)
        return {f"extraction {name}": found[name][0].tolist()
                for name in ("focus", "continuity", "saliency")} | {
                    "extraction reconstruction error": found["reconstruction error"]}
