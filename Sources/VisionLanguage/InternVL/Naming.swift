extension InternVL {
  /// How the checkpoint file names its parts.
  public enum Naming: String, Sendable, CaseIterable {
    /// `vision_tower...`, `multi_modal_projector...`, `language_model.model...`: the files that the
    /// reference library writes.
    case published
    /// `model.vision_tower...`, `model.language_model...`, `lm_head`: the reference library's own
    /// modules.
    case nested
    /// `vision_model...`, `mlp1...`, `language_model.model...`: the authors' checkpoints, with
    /// queries, keys and values in one layer.
    case original

    /// The naming that a file with these names uses.
    public init(names: some Sequence<String>) {
      var found = Naming.published
      for name in names {
        if name.hasPrefix("vision_model.") { found = .original }
        if name.hasPrefix("model.") { found = .nested }
      }
      self = found
    }

    /// Where the decoder's names begin.
    var decoder: String {
      self == .nested ? "model.language_model" : "language_model.model"
    }

    /// The table of logits where it is not the embedding table.
    var head: String { headScope.isEmpty ? "lm_head.weight" : headScope + ".lm_head.weight" }

    var headScope: String { self == .nested ? "" : "language_model" }

    var tower: String {
      switch self {
      case .published: "vision_tower"
      case .nested: "model.vision_tower"
      case .original: "vision_model"
      }
    }

    /// Names of the projector's normalisation and its two layers.
    var projector: (norm: String, inner: String, output: String) {
      switch self {
      case .published:
        (
          "multi_modal_projector.layer_norm", "multi_modal_projector.linear_1",
          "multi_modal_projector.linear_2"
        )
      case .nested:
        (
          "model.multi_modal_projector.layer_norm", "model.multi_modal_projector.linear_1",
          "model.multi_modal_projector.linear_2"
        )
      case .original: ("mlp1.0", "mlp1.1", "mlp1.3")
      }
    }

    /// Names inside the tower.
    var parts: TowerNames { self == .original ? .original : .library }
  }

  /// Names of the tower's parameters and layers.
  struct TowerNames: Sendable {
    let classToken: String
    let positions: String
    let patches: String
    let layer: String
    let attention: String
    /// One layer for queries, keys and values, or none.
    let joined: String?
    let output: String
    let norms: (String, String)
    let scales: (String, String)

    static let library = TowerNames(
      classToken: "cls_token", positions: "position_embeddings",
      patches: "patch_embeddings.projection", layer: "layer", attention: "attention",
      joined: nil, output: "projection_layer", norms: ("layernorm_before", "layernorm_after"),
      scales: ("lambda_1", "lambda_2"))
    static let original = TowerNames(
      classToken: "class_embedding", positions: "position_embedding", patches: "patch_embedding",
      layer: "layers", attention: "attn", joined: "qkv", output: "proj",
      norms: ("norm1", "norm2"), scales: ("ls1", "ls2"))
  }
}
