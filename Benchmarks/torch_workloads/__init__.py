"""The benchmarks' workloads in PyTorch, diffusers and transformers."""
