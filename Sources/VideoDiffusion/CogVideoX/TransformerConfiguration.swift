import JSON
import Layers

/// `CogVideoXTransformer3DModel`'s config.json, with diffusers' keys and defaults.
public struct CogVideoXConfiguration: Sendable {
  public var heads = 30
  public var headDim = 64
  public var inChannels = 16
  public var outChannels = 16
  public var flipSinToCos = true
  public var freqShift = 0
  public var timeEmbedDim = 512
  public var textEmbedDim = 4096
  public var layers = 30
  public var attentionBias = true
  public var patchSize = 2
  public var maxTextTokens = 226
  public var activation = Activation.geluApproximate
  public var timestepActivation = Activation.silu
  public var normAffine = true
  public var normEpsilon: Float = 1e-5
  public var patchBias = true

  public var width: Int { heads * headDim }

  public init() {}

  public init(_ json: JSONNode) throws {
    heads = try json.int("num_attention_heads", default: heads)
    headDim = try json.int("attention_head_dim", default: headDim)
    inChannels = try json.int("in_channels", default: inChannels)
    outChannels = try json.int("out_channels", default: outChannels)
    flipSinToCos = try json.bool("flip_sin_to_cos", default: flipSinToCos)
    freqShift = try json.int("freq_shift", default: freqShift)
    timeEmbedDim = try json.int("time_embed_dim", default: timeEmbedDim)
    textEmbedDim = try json.int("text_embed_dim", default: textEmbedDim)
    layers = try json.int("num_layers", default: layers)
    attentionBias = try json.bool("attention_bias", default: attentionBias)
    patchSize = try json.int("patch_size", default: patchSize)
    maxTextTokens = try json.int("max_text_seq_length", default: maxTextTokens)
    activation = try Self.activation(json, "activation_fn", default: activation)
    timestepActivation = try Self.activation(
      json, "timestep_activation_fn", default: timestepActivation)
    normAffine = try json.bool("norm_elementwise_affine", default: normAffine)
    normEpsilon = Float(try json.double("norm_eps", default: Double(normEpsilon)))
    patchBias = try json.bool("patch_bias", default: patchBias)
    try validate(json)
  }

  private static func activation(
    _ json: JSONNode, _ key: String, default value: Activation
  ) throws -> Activation {
    let name = try json.string(key, default: value.rawValue)
    guard let activation = Activation(rawValue: name) else {
      let known = Activation.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigurationError(
        model: "CogVideoX", key: key, reason: "unknown activation '\(name)'; known: \(known)")
    }
    return activation
  }

  private func validate(_ json: JSONNode) throws {
    func fail(_ key: String, _ reason: String) -> ConfigurationError {
      ConfigurationError(model: "CogVideoX", key: key, reason: reason)
    }
    for (key, value) in [
      ("num_attention_heads", heads), ("num_layers", layers), ("patch_size", patchSize),
      ("in_channels", inChannels), ("out_channels", outChannels),
    ] where value < 1 {
      throw fail(key, "\(value) is not a positive number")
    }
    if headDim < 16 || headDim % 16 != 0 {
      throw fail(
        "attention_head_dim", "\(headDim) is not a multiple of 16, which 3D rotary positions need")
    }
    guard try json.bool("use_rotary_positional_embeddings", default: false) else {
      throw fail(
        "use_rotary_positional_embeddings",
        "false: sine-cosine positions (CogVideoX 2B) are not built; use a rotary configuration")
    }
    if try json.find("patch_size_t").map({ $0.value != .null }) ?? false {
      throw fail("patch_size_t", "patches over time (CogVideoX 1.5) are not built")
    }
    if try json.find("ofs_embed_dim").map({ $0.value != .null }) ?? false {
      throw fail("ofs_embed_dim", "offset embeddings (image-to-video 1.5) are not built")
    }
  }
}
