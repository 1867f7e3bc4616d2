"""The mini video diffusion model and its training step."""

import json

import torch
import torch.nn.functional as F
from diffusers import CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from safetensors.torch import load_file
from transformers import T5Config, T5EncoderModel


class DiffusionModel:
    """Transformer, text encoder and noise levels, from the repository's configurations."""

    def __init__(self, data, inputs=None):
        folder = data / "models" / "cogvideox-mini"

        def read(path):
            return json.loads((folder / path).read_text())

        self.transformer = CogVideoXTransformer3DModel.from_config(read("transformer/config.json"))
        # The repository's encoder has no dropout.
        self.encoder = T5EncoderModel(T5Config(
            **read("text_encoder/config.json") | {"dropout_rate": 0.0}))
        self.scheduler = CogVideoXDDIMScheduler.from_config(
            read("scheduler/scheduler_config.json"), clip_sample=False, set_alpha_to_one=True)
        if inputs is not None:
            weights = load_file(inputs / "vdm.safetensors")
            for prefix, module in [("transformer.", self.transformer),
                                   ("text_encoder.", self.encoder)]:
                own = {name.removeprefix(prefix): value for name, value in weights.items()
                       if name.startswith(prefix)}
                report = module.load_state_dict(own, strict=False)
                # The table of words has two names, of which one is stored.
                assert not report.unexpected_keys, report
                assert set(report.missing_keys) <= {"encoder.embed_tokens.weight"}, report

    def rotary(self, latents):
        """Positions of the vision tokens of `[batch, frames, channels, height, width]`."""
        patch = self.transformer.config.patch_size
        grid = (latents.shape[3] // patch, latents.shape[4] // patch)
        return get_3d_rotary_pos_embed(
            self.transformer.config.attention_head_dim, ((0, 0), grid), grid, latents.shape[1])

    def encode(self, ids):
        return self.encoder(input_ids=ids).last_hidden_state

    def predict(self, latents, text, timesteps, rotary):
        return self.transformer(
            latents, encoder_hidden_states=text, timestep=timesteps, image_rotary_emb=rotary,
            return_dict=False)[0]


class DiffusionTraining:
    """Steps on the published objective: squared error of v over one batch."""

    checked_steps = 3

    def __init__(self, data, inputs):
        self.model = DiffusionModel(data, inputs)
        self.inputs = load_file(inputs / "vdm-inputs.safetensors")
        self.latents, self.ids = self.inputs["latents"], self.inputs["ids"]
        self.batch = len(self.latents)
        self.rotary = self.model.rotary(self.latents)
        self.levels = self.model.scheduler.alphas_cumprod.float()
        self.parameters = [*self.model.transformer.parameters(), *self.model.encoder.parameters()]
        for module in (self.model.transformer, self.model.encoder):
            module.train()
        self.optimiser = torch.optim.AdamW(
            self.parameters, lr=1e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True)

    def step(self, noise=None, timesteps=None):
        """One optimiser step; noise and timesteps are drawn unless they are given."""
        if noise is None:
            noise = torch.randn_like(self.latents)
            timesteps = torch.randint(0, len(self.levels), (self.batch,))
        level = self.levels[timesteps].view(-1, 1, 1, 1, 1)
        signal, rest = level.sqrt(), (1 - level).sqrt()
        found = self.model.predict(
            signal * self.latents + rest * noise, self.model.encode(self.ids), timesteps,
            self.rotary)
        loss = F.mse_loss(found, signal * noise - rest * self.latents)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        return loss.item()

    def values(self):
        """What the first steps give on the draws that merepl made."""
        draws = [slice(step * self.batch, (step + 1) * self.batch)
                 for step in range(self.checked_steps)]
        return {"VDM loss by step": [
            self.step(self.inputs["noise"][part], self.inputs["timesteps"][part])
            for part in draws]}
