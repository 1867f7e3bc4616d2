import Checkpoints
import JSON
import Layers

/// `T5EncoderModel`'s config.json, with transformers' keys and defaults.
public struct T5Configuration: Sendable {
  public var vocabulary = 32_128
  public var width = 512
  public var headDim = 64
  public var feedForward = 2048
  public var layers = 6
  public var heads = 8
  public var buckets = 32
  public var maxDistance = 128
  public var epsilon: Float = 1e-6
  public var activation = Activation.relu
  /// Whether one linear layer's activation multiplies another's output, as in version 1.1.
  public var isGated = false

  public init() {}

  public init(_ json: JSONNode) throws {
    let reader = ConfigurationReader("T5EncoderModel", json, null: .refused)
    try Self.checkKind(json, reader)
    vocabulary = try reader.size("vocab_size", default: vocabulary, atMost: SizeLimit.vocabulary)
    width = try reader.size("d_model", default: width)
    headDim = try reader.size("d_kv", default: headDim)
    feedForward = try reader.size("d_ff", default: feedForward)
    layers = try reader.size("num_layers", default: layers, atMost: SizeLimit.layers)
    heads = try reader.size("num_heads", default: heads)
    buckets = try reader.size("relative_attention_num_buckets", default: buckets)
    maxDistance = try reader.size("relative_attention_max_distance", default: maxDistance)
    epsilon = try reader.epsilon("layer_norm_epsilon", default: 1e-6)
    try readFeedForward(reader)
    guard buckets >= 4 else {
      throw reader.error(
        "relative_attention_num_buckets", "\(buckets); two directions need at least 4")
    }
    guard maxDistance > buckets / 4 else {
      throw reader.error(
        "relative_attention_max_distance",
        "\(maxDistance); \(buckets) buckets need more than \(buckets / 4)")
    }
  }

  /// `feed_forward_proj` names both the function and the gate; a file may overrule either.
  private mutating func readFeedForward(_ reader: ConfigurationReader) throws {
    let projection = try reader.string("feed_forward_proj", default: "relu")
    let parts = projection.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 1 || (parts.count == 2 && parts[0] == "gated") else {
      throw reader.error(
        "feed_forward_proj", "'\(projection)'; expected an activation or 'gated-' and an activation"
      )
    }
    isGated = try reader.bool("is_gated_act", default: parts[0] == "gated")
    let usual = projection == "gated-gelu" ? "gelu_new" : parts[parts.count - 1]
    let stored = try reader.has("dense_act_fn")
    let name = try reader.string("dense_act_fn", default: usual)
    guard let function = Activation.transformers[name] else {
      let known = Activation.transformers.keys.sorted().joined(separator: ", ")
      throw reader.error(
        stored ? "dense_act_fn" : "feed_forward_proj",
        "activation '\(name)' is not supported; known: \(known)")
    }
    activation = function
  }

  /// Refuses what would be another model. Most other keys of these files describe training,
  /// generation or the decoder.
  private static func checkKind(_ json: JSONNode, _ reader: ConfigurationReader) throws {
    if let kind = try json.find("model_type")?.asString(), kind != "t5" {
      throw reader.error("model_type", "'\(kind)'; expected 't5'")
    }
    if try reader.bool("is_decoder", default: false) {
      throw reader.error("is_decoder", "true; only the bidirectional encoder is supported")
    }
    for key in ["quantization_config", "rope_scaling", "rope_parameters"]
    where try reader.has(key) {
      throw reader.error(key, "not supported; expected an unquantised T5 with relative positions")
    }
  }
}
