"""Fine-tuning steps of the mini vision-language model with alignment of its attention."""

import json

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from transformers import Qwen2_5_VLConfig, Qwen2_5_VLForConditionalGeneration
from transformers.models.qwen2_5_vl import modeling_qwen2_5_vl as qwen


def distribution(rows):
    return rows / (rows.sum(-1, keepdim=True) + 1e-12)


class LanguageTraining:
    """Language loss plus three times 1 - cosine of the centred maps, over one batch.

    `tuned` does the same with all attention windows of the tower in one call and with positions
    computed once; transformers loops over windows and finds positions in every step.
    """

    checked_steps = 3

    def __init__(self, data, inputs, tuned):
        config = Qwen2_5_VLConfig(**json.loads(
            (data / "models" / "qwen2.5-vl-mini" / "config.json").read_text()))
        # Attention maps are needed of the decoder alone.
        config._attn_implementation = "eager"
        config.text_config._attn_implementation = "eager"
        config.vision_config._attn_implementation = "sdpa"
        self.model = Qwen2_5_VLForConditionalGeneration._from_config(config)
        report = self.model.load_state_dict(load_file(inputs / "vlm.safetensors"), strict=False)
        assert not report.unexpected_keys and report.missing_keys == ["lm_head.weight"], report
        self.model.train()
        if tuned:
            for block in self.model.model.visual.blocks:
                block.attn.forward = WindowedAttention(block.attn)
        self.prepare(config, load_file(inputs / "vlm-inputs.safetensors"), tuned)
        tower = [p for n, p in self.model.named_parameters()
                 if "visual." in n and ".merger." not in n]
        others = [p for n, p in self.model.named_parameters()
                  if not ("visual." in n and ".merger." not in n)]
        self.parameters = others + tower
        self.optimiser = torch.optim.AdamW(
            [{"params": others, "lr": 1e-3}, {"params": tower, "lr": 2e-4}],
            weight_decay=0.1, fused=True)

    def prepare(self, config, inputs, tuned):
        tokens = inputs["tokens"]
        self.batch = len(tokens)
        grid = inputs["grid"].expand(self.batch, 3)
        seconds = inputs["seconds"].expand(self.batch)
        types = 2 * (tokens == config.video_token_id).int()
        self.arguments = dict(
            input_ids=tokens, labels=inputs["labels"], pixel_values_videos=inputs["patches"],
            video_grid_thw=grid)
        if tuned:
            self.arguments["position_ids"] = self.model.model.get_rope_index(
                tokens, types, video_grid_thw=grid, second_per_grid_ts=seconds)[0]
        else:
            self.arguments |= dict(mm_token_type_ids=types, second_per_grid_ts=seconds)
        self.binding = int(inputs["binding"][0])
        assert (inputs["binding"] == self.binding).all()
        self.columns = (tokens[0] == config.video_token_id).nonzero().flatten()
        self.grid, self.teacher_grid = inputs["grid"].tolist(), inputs["teacher-grid"].tolist()
        targets = inputs["targets"]
        teacher = distribution(targets.mean(1)) - distribution(targets).mean((0, 1))
        self.teacher = teacher - teacher.mean(-1, keepdim=True)

    def alignment(self, attentions):
        """`[batch, heads, queries, keys]` by layer -> the loss."""
        rows = torch.stack([a[:, :, self.binding] for a in attentions]).mean((0, 2))
        maps = rows[:, self.columns].view(-1, 1, *self.grid)
        student = distribution(F.interpolate(
            maps, size=self.teacher_grid, mode="trilinear", align_corners=False).flatten(1))
        student = student - student.mean(-1, keepdim=True)
        norms = [(x.square().sum(-1) + 1e-12).sqrt() for x in (student, self.teacher)]
        return 1 - ((student * self.teacher).sum(-1) / (norms[0] * norms[1])).mean()

    def step(self):
        output = self.model(**self.arguments, output_attentions=True, use_cache=False)
        aligned = self.alignment(output.attentions)
        self.optimiser.zero_grad()
        (output.loss + 3 * aligned).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimiser.step()
        return output.loss.item(), aligned.item()

    def values(self):
        language, aligned = zip(*[self.step() for _ in range(self.checked_steps)])
        return {"VLM language loss by step": list(language),
                "VLM alignment loss by step": list(aligned)}


class WindowedAttention:
    """The tower's attention with all windows, which are of one size here, in one call."""

    def __init__(self, attention):
        self.attention = attention

    def __call__(self, hidden_states, cu_seqlens, position_embeddings, **_):
        attention = self.attention
        tokens, windows = len(hidden_states), len(cu_seqlens) - 1
        q, k, v = attention.qkv(hidden_states).view(tokens, 3, attention.num_heads, -1).unbind(1)
        q, k = qwen.apply_rotary_pos_emb_vision(q, k, *position_embeddings)
        q, k, v = (x.unflatten(0, (windows, -1)).transpose(1, 2) for x in (q, k, v))
        mixed = F.scaled_dot_product_attention(q, k, v)  # [windows, heads, tokens, headDim]
        return attention.proj(mixed.transpose(1, 2).reshape(tokens, -1))
