"""Writes the fixtures of Tests/VideoDiffusionTests/Fixtures/*.{json,safetensors}.

Tiny random CogVideoX transformers, causal autoencoders and T5 encoders, run through diffusers and
transformers on the CPU in float32: outputs, and the gradients of sum(output * cotangent) for all
parameters; noise levels, timesteps and sampler steps of the published scheduler.
Run: python Tests/Reference/cogvideox.py   (needs torch, diffusers 0.42, transformers 5.23)
"""

import json
import pathlib

import torch
from diffusers import (
    AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXTransformer3DModel,
    DDIMInverseScheduler)
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from safetensors.torch import save_file
from transformers import T5Config, T5EncoderModel

FOLDER = pathlib.Path(__file__).parent.parent / "VideoDiffusionTests" / "Fixtures"


def save(name, description, tensors):
    (FOLDER / f"{name}.json").write_text(json.dumps(description, indent=1) + "\n")
    save_file({k: v.detach().float().contiguous() for k, v in tensors.items()},
              FOLDER / f"{name}.safetensors")


def randomise(model, generator):
    """Values under which every parameter matters; returns the model with its weights."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_(0.2 * noise + ("norm" in name and name.endswith("weight")))
            else:
                parameter.copy_(noise / parameter[0].numel() ** 0.5)
    return model.eval()


def with_gradients(model, named_outputs, generator):
    """Cotangents of all outputs, and the gradients of the sum of their products."""
    tensors = {}
    total = 0
    for key, output in named_outputs.items():
        cotangent = torch.randn(output.shape, generator=generator)
        tensors |= {f"out.{key}": output, f"in.{key}_cotangent": cotangent}
        total = total + (output * cotangent).sum()
    total.backward()
    for name, parameter in model.named_parameters():
        if name == "encoder.embed_tokens.weight":  # the same tensor as "shared.weight"
            continue
        tensors[f"weight.{name}"] = parameter.clone()
        if parameter.grad is not None:
            tensors[f"grad.{name}"] = parameter.grad
    return tensors


def transformer(name, seed, *, batch, frames, height, width, text, timesteps, **config):
    generator = torch.Generator().manual_seed(seed)
    config = dict(use_rotary_positional_embeddings=True, max_text_seq_length=text, **config)
    model = randomise(CogVideoXTransformer3DModel(**config), generator)
    patch = config["patch_size"]
    rows, columns = height // patch, width // patch
    rotary = get_3d_rotary_pos_embed(
        config["attention_head_dim"], ((0, 0), (rows, columns)), (rows, columns), frames)
    hidden = torch.randn(
        batch, frames, config["in_channels"], height, width, generator=generator)
    words = torch.randn(batch, text, config["text_embed_dim"], generator=generator)
    sample = model(
        hidden, encoder_hidden_states=words, timestep=torch.tensor(timesteps),
        image_rotary_emb=rotary, return_dict=False)[0]
    save(name, dict(config=config, timesteps=timesteps, grid=[frames, rows, columns]), {
        "in.hidden": hidden, "in.text": words, "in.cosines": rotary[0], "in.sines": rotary[1],
        **with_gradients(model, {"sample": sample}, generator)})


def autoencoder(name, seed, *, frames, side, latents, **config):
    generator = torch.Generator().manual_seed(seed)
    blocks = len(config["block_out_channels"])
    model = randomise(AutoencoderKLCogVideoX(
        down_block_types=["CogVideoXDownBlock3D"] * blocks,
        up_block_types=["CogVideoXUpBlock3D"] * blocks, **config), generator)
    video = torch.rand(1, 3, frames, *side, generator=generator) * 2 - 1
    scale = 2 ** (blocks - 1)
    latent = torch.randn(
        1, config["latent_channels"], latents, side[0] // scale, side[1] // scale,
        generator=generator)
    posterior = model.encode(video).latent_dist
    outputs = {"moments": posterior.parameters,
               "video": model.decode(latent).sample}
    save(name, dict(config=config), {
        "in.video": video, "in.latent": latent, **with_gradients(model, outputs, generator)})


def text_encoder(name, seed, *, tokens, padding, **config):
    generator = torch.Generator().manual_seed(seed)
    config = dict(vocab_size=23, feed_forward_proj="gated-gelu", dropout_rate=0.0, **config)
    model = randomise(T5EncoderModel(T5Config(**config)), generator)
    ids = torch.randint(2, 23, (1, tokens), generator=generator)
    mask = torch.ones(1, tokens, dtype=torch.long)
    if padding:
        ids[:, -padding:], mask[:, -padding:] = 0, 0
    hidden = model(input_ids=ids, attention_mask=mask).last_hidden_state
    save(name, dict(config=config, ids=ids[0].tolist(), padding=padding),
         with_gradients(model, {"hidden": hidden}, generator))


def schedulers(name, seed):
    generator = torch.Generator().manual_seed(seed)
    cases, tensors = [], {}
    for index, config in enumerate([
            dict(timestep_spacing="trailing", rescale_betas_zero_snr=True, snr_shift_scale=1.0),
            dict(timestep_spacing="trailing", rescale_betas_zero_snr=True, snr_shift_scale=3.0),
            dict(timestep_spacing="linspace", rescale_betas_zero_snr=False, snr_shift_scale=3.0,
                 num_train_timesteps=200)]):
        scheduler = CogVideoXDDIMScheduler(
            prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=True,
            beta_schedule="scaled_linear", **config)
        spaced = {}
        for steps in (1, 2, 3, 5, 7, 10, 50):
            scheduler.set_timesteps(steps)
            spaced[str(steps)] = scheduler.timesteps.tolist()
        cases.append(dict(config=dict(
            prediction_type="v_prediction", beta_schedule="scaled_linear", **config),
            timesteps=spaced))
        tensors[f"levels.{index}"] = scheduler.alphas_cumprod
        if config["timestep_spacing"] != "trailing":
            continue
        velocities = torch.randn(5, 1, 2, 3, 4, 5, generator=generator)
        scheduler.set_timesteps(5)
        samples = [torch.randn(1, 2, 3, 4, 5, generator=generator)]
        for step, timestep in enumerate(scheduler.timesteps):
            samples.append(
                scheduler.step(velocities[step], timestep, samples[-1], return_dict=False)[0])
        inverse = DDIMInverseScheduler(
            prediction_type="v_prediction", clip_sample=False, set_alpha_to_one=True,
            timestep_spacing="trailing")
        inverse.set_timesteps(5)
        inverse.alphas_cumprod = scheduler.alphas_cumprod
        inverted = [samples[0]]
        for step, timestep in enumerate(scheduler.timesteps.flip(0)):
            inverted.append(
                inverse.step(velocities[step], timestep, inverted[-1], return_dict=False)[0])
        tensors |= {f"velocities.{index}": velocities, f"samples.{index}": torch.stack(samples),
                    f"inverted.{index}": torch.stack(inverted)}
    save(name, dict(cases=cases), tensors)


def main():
    transformer(
        "transformer-patch-2", 1, batch=2, frames=3, height=6, width=10, text=5,
        timesteps=[999, 39], num_attention_heads=2, attention_head_dim=16, in_channels=3,
        out_channels=3, time_embed_dim=12, text_embed_dim=7, num_layers=2, patch_size=2)
    transformer(
        "transformer-patch-1", 2, batch=2, frames=1, height=5, width=3, text=1,
        timesteps=[0, 500], num_attention_heads=3, attention_head_dim=16, in_channels=5,
        out_channels=2, time_embed_dim=9, text_embed_dim=11, num_layers=1, patch_size=1,
        attention_bias=False, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-3,
        activation_fn="gelu")
    autoencoder(
        "vae-time-4", 3, frames=9, side=(16, 8), latents=3, block_out_channels=[4, 6, 6, 8],
        latent_channels=3, layers_per_block=1, norm_num_groups=2, temporal_compression_ratio=4.0)
    autoencoder(
        "vae-time-2", 4, frames=7, side=(8, 12), latents=2, block_out_channels=[4, 4, 8],
        latent_channels=2, layers_per_block=2, norm_num_groups=2, temporal_compression_ratio=2.0,
        norm_eps=1e-4)
    text_encoder(
        "t5-padded", 5, tokens=11, padding=4, d_model=12, d_kv=5, d_ff=14, num_layers=2,
        num_heads=3, relative_attention_num_buckets=8, relative_attention_max_distance=9)
    text_encoder(
        "t5-long", 6, tokens=150, padding=0, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    schedulers("scheduler", 7)


if __name__ == "__main__":
    main()
