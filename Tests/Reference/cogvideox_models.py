"""Random configurations, weights and inputs of the models of CogVideoX, and what the reference
libraries make of them. cogvideox.py writes fixtures with it, fuzz_cogvideox.py compares programs.

Made with torch 2.15.0, diffusers 0.42.1 and transformers 5.24.0, on the CPU in float32.
"""

import copy
import dataclasses

import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXTransformer3DModel
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from transformers import T5Config, T5EncoderModel


@dataclasses.dataclass
class Case:
    """A model with inputs under the reference's names, and how to call it on them."""
    kind: str
    model: torch.nn.Module
    inputs: dict
    component: str | None = None
    tiling: dict | None = None


def randomise(model, generator, log_scale=0.0):
    """Values under which every parameter matters; returns the model with its weights."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            if parameter.dim() == 1:
                parameter.copy_(0.2 * noise + ("norm" in name and name.endswith("weight")))
            else:
                parameter.copy_(noise * 2**log_scale / parameter[0].numel() ** 0.5)
        for buffer in model.buffers():
            buffer.add_(0.1 * torch.randn(buffer.shape, generator=generator))
    return model.eval()


def transformer(generator, *, batch, frames, height, width, text, timesteps, rotary="grid",
                **config):
    config = {"use_rotary_positional_embeddings": True} | config
    model = CogVideoXTransformer3DModel(**config)
    if not config.get("use_learned_positional_embeddings"):
        # Computed tables are not stored, so they stay what they are.
        tables = {name: buffer.clone() for name, buffer in model.named_buffers()}
        randomise(model, generator)
        for name, buffer in model.named_buffers():
            buffer.copy_(tables[name])
    else:
        randomise(model, generator)
    inputs = {
        "hidden_states": torch.randn(
            batch, frames, model.config.in_channels, height, width, generator=generator),
        "encoder_hidden_states": torch.randn(
            batch, text, model.config.text_embed_dim, generator=generator),
        "timestep": torch.tensor(timesteps),
    }
    if model.config.ofs_embed_dim:
        inputs["ofs"] = torch.rand(len(timesteps), generator=generator) * 4
    grid = (height // model.config.patch_size, width // model.config.patch_size)
    steps = frames // (model.config.patch_size_t or 1)
    if rotary == "grid":
        cosines, sines = get_3d_rotary_pos_embed(
            model.config.attention_head_dim, ((0, 0), grid), grid, steps)
    elif rotary == "random":
        shape = (steps * grid[0] * grid[1], model.config.attention_head_dim)
        cosines, sines = (torch.randn(shape, generator=generator) for _ in range(2))
    if rotary:
        inputs |= {"image_rotary_emb.cos": cosines, "image_rotary_emb.sin": sines}
    return Case("transformer", model, inputs)


def autoencoder(generator, *, component, batch, frames, height, width, tiling=None, **config):
    """`height` and `width` are of the input of the component; `tiling` holds the arguments of
    enable_tiling."""
    blocks = len(config["block_out_channels"])
    model = randomise(AutoencoderKLCogVideoX(
        down_block_types=["CogVideoXDownBlock3D"] * blocks,
        up_block_types=["CogVideoXUpBlock3D"] * blocks, **config), generator)
    if tiling:
        model.enable_tiling(**tiling)
    if component == "encoder":
        x = torch.rand(
            batch, model.config.in_channels, frames, height, width, generator=generator) * 2 - 1
    else:
        x = torch.randn(
            batch, model.config.latent_channels, frames, height, width, generator=generator)
    return Case("autoencoder", model, {"x" if component == "encoder" else "z": x}, component, tiling)


def text_encoder(generator, *, lengths, tokens, left=False, **config):
    """`lengths` are of the texts; what follows (or precedes) them is padding."""
    config = dict(dropout_rate=0.0, **config)
    model = randomise(T5EncoderModel._from_config(
        T5Config(**config), attn_implementation="eager"), generator)
    ids = torch.randint(0, config["vocab_size"], (len(lengths), tokens), generator=generator)
    inputs = {"input_ids": ids}
    if any(length < tokens for length in lengths):
        mask = torch.tensor([[1] * n + [0] * (tokens - n) for n in lengths])
        inputs["attention_mask"] = mask.flip(1) if left else mask
    return Case("text", model, inputs)


def outputs(case):
    """The tensors that the component gives, by the reference's names, with their histories."""
    model, inputs = case.model, case.inputs
    if case.kind == "transformer":
        rotary = None
        if "image_rotary_emb.cos" in inputs:
            rotary = (inputs["image_rotary_emb.cos"], inputs["image_rotary_emb.sin"])
        return {"sample": model(
            inputs["hidden_states"], encoder_hidden_states=inputs["encoder_hidden_states"],
            timestep=inputs["timestep"], ofs=inputs.get("ofs"), image_rotary_emb=rotary,
            return_dict=False)[0]}
    if case.component == "encoder":
        posterior = model.encode(inputs["x"]).latent_dist
        return {"latent.mean": posterior.mean, "latent.logvar": posterior.logvar}
    if case.component == "decoder":
        return {"sample": model.decode(inputs["z"]).sample}
    return {"last_hidden_state": model(
        input_ids=inputs["input_ids"],
        attention_mask=inputs.get("attention_mask")).last_hidden_state}


def attentions(case):
    """For each layer `[batch, heads, queries, keys]` after softmax."""
    if case.kind == "text":
        return model_attentions_of_text(case)
    maps = []
    original = torch.nn.functional.scaled_dot_product_attention

    def watched(query, key, value, **options):
        maps.append((query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5).softmax(-1))
        return original(query, key, value, **options)

    torch.nn.functional.scaled_dot_product_attention = watched
    try:
        with torch.no_grad():
            outputs(case)
    finally:
        torch.nn.functional.scaled_dot_product_attention = original
    return maps


def model_attentions_of_text(case):
    with torch.no_grad():
        return list(case.model(
            input_ids=case.inputs["input_ids"],
            attention_mask=case.inputs.get("attention_mask"),
            output_attentions=True).attentions)


def cotangents(found, generator):
    """Random weights of the outputs, by the name that each has among the inputs."""
    single = len(found) == 1
    return {("cotangent" if single else f"cotangent.{name}"):
            torch.randn(output.shape, generator=generator) for name, output in found.items()}


def gradients(case, found, weights):
    """Of the sum of the outputs times their weights, by the names in the checkpoint."""
    case.model.zero_grad()
    sum((output * weight).sum() for output, weight in zip(found.values(), weights.values())
        ).backward()
    return {name: parameter.grad for name, parameter in case.model.named_parameters()
            if parameter.grad is not None}


def exact_gradients(case, weights):
    """The same in double precision, as far as the reference's own casts allow."""
    double = Case(case.kind, copy.deepcopy(case.model).double(), {
        name: value.double() if value.is_floating_point() else value
        for name, value in case.inputs.items()}, case.component)
    return gradients(double, outputs(double), {k: v.double() for k, v in weights.items()})
