"""Writes the fixtures of Tests/VideoDiffusionTests/Fixtures/*.{json,safetensors}.

Tiny random CogVideoX transformers, causal autoencoders and T5 encoders: outputs, attention maps,
and the gradients of the sum of outputs times cotangents for all parameters; noise levels, timesteps
and sampler steps of the published schedulers.
Run: python Tests/Reference/cogvideox.py
Made with torch 2.15.0, diffusers 0.42.1 and transformers 5.24.0, on the CPU in float32.
"""

import json
import pathlib

import torch
from diffusers import CogVideoXDDIMScheduler, DDIMInverseScheduler
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid
from safetensors.torch import save_file

import cogvideox_models as models

FOLDER = pathlib.Path(__file__).parent.parent / "VideoDiffusionTests" / "Fixtures"


def save(name, description, tensors):
    # A set, in whatever order this run has.
    description.get("config", {}).get("_use_default_values", []).sort()
    (FOLDER / f"{name}.json").write_text(json.dumps(description, indent=1) + "\n")
    save_file({k: v.detach().float().contiguous() for k, v in tensors.items()},
              FOLDER / f"{name}.safetensors")


def write(name, cases, generator, description=None, maps=True):
    """One fixture of a model that is called once or, as its encoder and decoder, twice."""
    tensors, buffers = {}, {}
    for case in cases:
        found = models.outputs(case)
        weights = models.cotangents(found, generator)
        for key, value in models.gradients(case, found, weights).items():
            tensors[f"grad.{key}"] = value
        for (key, output), weight in zip(found.items(), weights.values()):
            prefix = f"{case.component}." if case.component else ""
            tensors |= {f"out.{prefix}{key}": output, f"cotangent.{prefix}{key}": weight}
        tensors |= {f"in.{key}": value for key, value in case.inputs.items()}
        if maps and case.kind != "autoencoder":
            tensors |= {f"attentions.{layer}": weights
                        for layer, weights in enumerate(models.attentions(case))}
    model = cases[0].model
    for key, value in model.state_dict().items():
        if key != "encoder.embed_tokens.weight":  # the same tensor as "shared.weight"
            tensors[f"weight.{key}"] = value
    config = dict(model.config if isinstance(model.config, dict) else model.config.to_dict())
    save(name, dict(config=json.loads(json.dumps(config, default=list)), **(description or {})),
         tensors)


def transformer(name, seed, **options):
    generator = torch.Generator().manual_seed(seed)
    write(name, [models.transformer(generator, **options)], generator)


def autoencoder(name, seed, *, video, latent, tiling=None, **options):
    generator = torch.Generator().manual_seed(seed)
    encoder = models.autoencoder(
        generator, component="encoder", batch=video[0], frames=video[1], height=video[2],
        width=video[3], **options)
    decoder = models.Case("autoencoder", encoder.model, {"z": torch.randn(
        latent[0], encoder.model.config.latent_channels, *latent[1:], generator=generator)},
        "decoder")
    if tiling is None:
        write(name, [encoder, decoder], generator)
        return
    # The reference blends tiles in place, where gradients cannot follow.
    encoder.model.enable_tiling(**tiling)
    with torch.no_grad():
        tensors = {f"weight.{k}": v for k, v in encoder.model.state_dict().items()}
        for case in (encoder, decoder):
            tensors |= {f"in.{k}": v for k, v in case.inputs.items()}
            tensors |= {f"out.{case.component}.{k}": v for k, v in models.outputs(case).items()}
    config = json.loads(json.dumps(dict(encoder.model.config), default=list))
    save(name, dict(config=config, tiling=tiling), tensors)


def text_encoder(name, seed, **options):
    generator = torch.Generator().manual_seed(seed)
    write(name, [models.text_encoder(generator, **options)], generator,
          maps=options["tokens"] < 50)


SCHEDULERS = [
    dict(timestep_spacing="trailing", rescale_betas_zero_snr=True, snr_shift_scale=1.0),
    dict(timestep_spacing="trailing", rescale_betas_zero_snr=True, snr_shift_scale=3.0),
    dict(timestep_spacing="linspace", rescale_betas_zero_snr=False, snr_shift_scale=3.0,
         num_train_timesteps=200),
    dict(timestep_spacing="leading", prediction_type="epsilon", beta_schedule="linear",
         steps_offset=1, set_alpha_to_one=False),
    dict(timestep_spacing="linspace", prediction_type="sample", beta_schedule="squaredcos_cap_v2"),
    dict(timestep_spacing="trailing", num_train_timesteps=6,
         trained_betas=[0.1, 0.2, 0.15, 0.3, 0.4, 0.35]),
]


def schedulers(name, seed):
    generator = torch.Generator().manual_seed(seed)
    cases, tensors = [], {}
    for index, changes in enumerate(SCHEDULERS):
        config = dict(prediction_type="v_prediction", clip_sample=False) | changes
        scheduler = CogVideoXDDIMScheduler(**config)
        total = scheduler.config.num_train_timesteps
        spaced = {}
        for steps in (1, 2, 3, 5, 7, 10, 48, 50, 96):
            if steps <= total:
                scheduler.set_timesteps(steps)
                spaced[str(steps)] = scheduler.timesteps.tolist()
        config["_class_name"] = "CogVideoXDDIMScheduler"
        steps = 3 if total < 10 else 7
        cases.append(dict(config=config, timesteps=spaced, steps=steps))
        tensors[f"levels.{index}"] = scheduler.alphas_cumprod
        tensors |= steps_of(scheduler, index, steps, config, generator)
    save(name, dict(cases=cases), tensors)


def steps_of(scheduler, index, steps, config, generator):
    """Samples on the way down and, where the reference has that spacing, on the way up."""
    scheduler.set_timesteps(steps)
    shape = (1, 2, 3, 2, 1)
    predictions = torch.randn(steps, *shape, generator=generator)
    samples = [torch.randn(shape, generator=generator)]
    for prediction, timestep in zip(predictions, scheduler.timesteps):
        samples.append(scheduler.step(prediction, timestep, samples[-1], return_dict=False)[0])
    found = {f"predictions.{index}": predictions, f"samples.{index}": torch.stack(samples)}
    if config["prediction_type"] == "sample" or config["timestep_spacing"] == "linspace":
        return found
    inverse = DDIMInverseScheduler(
        **{k: v for k, v in config.items() if k not in ("snr_shift_scale", "_class_name")})
    inverse.set_timesteps(steps)
    # This class knows no shift; the levels of the way down are the ones that are meant.
    inverse.alphas_cumprod = scheduler.alphas_cumprod
    inverse.initial_alpha_cumprod = scheduler.final_alpha_cumprod
    inverted = [samples[0]]
    for prediction, timestep in zip(predictions, inverse.timesteps):
        inverted.append(inverse.step(prediction, timestep, inverted[-1], return_dict=False)[0])
    return found | {f"inverted.{index}": torch.stack(inverted)}


def positions(name):
    """Rotary tables as the text-to-video pipeline makes them for latents of other sizes."""
    cases, tensors = [], {}
    for index, (rows, columns, frames) in enumerate([(4, 4, 2), (3, 8, 1), (2, 1, 1), (4, 6, 3)]):
        start, stop = get_resize_crop_region_for_grid((rows, columns), 45, 30)
        tables = get_3d_rotary_pos_embed(16, (start, stop), (rows, columns), frames)
        cases.append(dict(latents=[1, frames, 16, 2 * rows, 2 * columns]))
        tensors |= {f"cosines.{index}": tables[0], f"sines.{index}": tables[1]}
    save(name, dict(cases=cases), tensors)


def main():
    # Sums of several threads differ from run to run in the last bit.
    torch.set_num_threads(1)
    positions("positions")
    transformer(
        "transformer-rotary", 1, batch=2, frames=3, height=6, width=10, text=5,
        timesteps=[999, 39], num_attention_heads=2, attention_head_dim=16, in_channels=3,
        out_channels=3, time_embed_dim=12, text_embed_dim=7, num_layers=2, patch_size=2)
    transformer(
        "transformer-odd", 2, batch=2, frames=1, height=5, width=3, text=1,
        timesteps=[0, 500], num_attention_heads=1, attention_head_dim=16, in_channels=5,
        out_channels=2, time_embed_dim=9, text_embed_dim=11, num_layers=1, patch_size=1,
        attention_bias=False, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-3,
        activation_fn="gelu")
    transformer(
        "transformer-sines", 3, batch=2, frames=3, height=5, width=7, text=4, rotary=None,
        timesteps=[250], num_attention_heads=4, attention_head_dim=4, in_channels=2,
        out_channels=4, time_embed_dim=6, text_embed_dim=5, num_layers=2, patch_size=2,
        max_text_seq_length=4, use_rotary_positional_embeddings=False, activation_fn="geglu",
        timestep_activation_fn="gelu", sample_height=9, sample_width=6, sample_frames=5,
        spatial_interpolation_scale=1.5, temporal_interpolation_scale=0.75)
    transformer(
        "transformer-learned", 4, batch=1, frames=2, height=4, width=6, text=3,
        timesteps=[17], num_attention_heads=1, attention_head_dim=16, in_channels=4,
        out_channels=3, time_embed_dim=5, text_embed_dim=6, num_layers=1, patch_size=2,
        max_text_seq_length=3, use_learned_positional_embeddings=True, activation_fn="swiglu",
        norm_elementwise_affine=False, patch_bias=False, sample_height=4, sample_width=6,
        sample_frames=3, temporal_compression_ratio=2, timestep_activation_fn="relu")
    transformer(
        "transformer-blocks", 5, batch=2, frames=4, height=4, width=6, text=2, rotary="random",
        timesteps=[712, 3], num_attention_heads=3, attention_head_dim=6, in_channels=3,
        out_channels=2, time_embed_dim=7, ofs_embed_dim=7, text_embed_dim=4, num_layers=2,
        patch_size=2, patch_size_t=2, patch_bias=False, activation_fn="geglu-approximate",
        timestep_activation_fn="mish", attention_bias=False)
    autoencoder(
        "vae-time-4", 6, video=(1, 17, 8, 12), latent=(1, 5, 2, 3), block_out_channels=[4, 6, 6],
        latent_channels=3, layers_per_block=1, norm_num_groups=2, temporal_compression_ratio=4.0)
    autoencoder(
        "vae-quant", 7, video=(2, 10, 5, 6), latent=(2, 4, 2, 3), block_out_channels=[4, 2],
        latent_channels=3, layers_per_block=2, norm_num_groups=2, temporal_compression_ratio=2,
        norm_eps=1e-4, act_fn="mish", use_quant_conv=True, use_post_quant_conv=True)
    autoencoder(
        "vae-flat", 8, video=(1, 3, 3, 2), latent=(1, 3, 1, 2), block_out_channels=[6],
        latent_channels=1, layers_per_block=1, norm_num_groups=3, temporal_compression_ratio=1,
        act_fn="relu", in_channels=1, out_channels=2)
    autoencoder(
        "vae-tiles", 9, video=(1, 9, 26, 20), latent=(1, 3, 7, 11), block_out_channels=[4, 4],
        latent_channels=2, layers_per_block=1, norm_num_groups=1, temporal_compression_ratio=4,
        tiling=dict(
            tile_sample_min_height=12, tile_sample_min_width=10, tile_overlap_factor_height=0.34,
            tile_overlap_factor_width=0.25))
    text_encoder(
        "t5-gated", 10, lengths=[11, 7], tokens=11, vocab_size=23, feed_forward_proj="gated-gelu",
        d_model=12, d_kv=5, d_ff=14, num_layers=2, num_heads=3,
        relative_attention_num_buckets=8, relative_attention_max_distance=9)
    text_encoder(
        "t5-plain", 11, lengths=[3, 6], tokens=6, left=True, vocab_size=9,
        feed_forward_proj="relu", d_model=8, d_kv=3, d_ff=6, num_layers=2, num_heads=2,
        relative_attention_num_buckets=5, layer_norm_epsilon=1e-3)
    text_encoder(
        "t5-long", 12, lengths=[150], tokens=150, vocab_size=23, feed_forward_proj="gated-silu",
        d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)
    schedulers("scheduler", 13)


if __name__ == "__main__":
    main()
