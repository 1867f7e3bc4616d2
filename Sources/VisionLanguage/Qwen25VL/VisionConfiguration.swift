import Checkpoints
import JSON
import Layers

extension Qwen25VL {
  /// The `vision_config` section.
  public struct VisionConfiguration: Hashable, Sendable {
    public var layers: Int
    public var width: Int
    public var inner: Int
    public var heads: Int
    public var channels: Int
    /// Side of a patch in pixels.
    public var patch: Int
    /// Frames in a patch.
    public var temporalPatch: Int
    /// Side of the square of patches that becomes one token of the decoder.
    public var merge: Int
    /// Side of an attention window in pixels.
    public var window: Int
    /// Layers that attend over complete frames.
    public var fullAttentionLayers: Set<Int>
    /// Width of the merged tokens.
    public var outputWidth: Int
    /// Steps of the temporal position in a second.
    public var tokensPerSecond: Int
    public var activation: Activation
    public var ropeTheta: Double
    public var initializerRange: Float

    public var headDim: Int { width / heads }
    /// Values of one patch.
    public var patchValues: Int { channels * temporalPatch * patch * patch }
    /// Side of an attention window in merged patches.
    var windowCells: Int { window / merge / patch }

    public init(_ json: JSONNode) throws {
      let reader = ConfigurationReader(
        Qwen25VL.className, json, section: "vision_config", null: .absent)
      try reader.refuseNull(
        "depth", "hidden_size", "intermediate_size", "num_heads", "in_channels",
        "patch_size", "temporal_patch_size", "spatial_merge_size", "window_size",
        "out_hidden_size", "tokens_per_second", "hidden_act", "fullatt_block_indexes",
        "initializer_range")
      layers = try reader.size("depth", default: 32, atMost: SizeLimit.layers)
      width = try reader.size("hidden_size", default: 3584)
      inner = try reader.size("intermediate_size", default: 3420)
      heads = try reader.size("num_heads", default: 16)
      channels = try reader.size("in_channels", default: 3)
      patch = try reader.size("patch_size", default: 14, atMost: SizeLimit.side)
      temporalPatch = try reader.size("temporal_patch_size", default: 2, atMost: SizeLimit.side)
      // Its fourth power is a size: values of the cells that are merged.
      merge = try reader.size("spatial_merge_size", default: 2, atMost: 64)
      window = try reader.size("window_size", default: 112)
      outputWidth = try reader.size("out_hidden_size", default: 3584)
      tokensPerSecond = try reader.size("tokens_per_second", default: 4)
      activation = try reader.transformersActivation("hidden_act", default: "silu")
      fullAttentionLayers = Set(
        try json.ints("fullatt_block_indexes", default: [7, 15, 23, 31]))
      initializerRange = try reader.float("initializer_range", default: 0.02)
      let rope = try RotarySettings(
        reader, headDim: width / heads, defaultTheta: 10_000, plainTypes: ["axial", "default"],
        scales: false)
      ropeTheta = rope.theta
      try reader.divides(heads, width, "hidden_size", "a multiple of num_heads (\(heads))")
      try reader.divides(4, width / heads, "hidden_size", "a multiple of 4 for each head")
      guard windowCells > 0 else {
        throw reader.error(
          "window_size", "\(window) pixels are smaller than one merged patch, \(merge * patch)")
      }
      if let layer = fullAttentionLayers.first(where: { $0 < 0 }) {
        throw reader.error("fullatt_block_indexes", "\(layer) is not a layer index")
      }
    }
  }
}
