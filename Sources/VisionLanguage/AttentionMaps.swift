import Capture
import Tensors

extension VisionLanguageModel {
  /// A pass over a sample together with the attention weights of all layers:
  /// `[layers, heads, queries, keys]`. The pass is the same, bit for bit, as without them.
  public func attentionMaps(
    _ input: PreparedInput, features: Tensor? = nil
  ) throws -> (pass: ForwardPass, maps: Tensor) {
    var maps: [Tensor] = []
    let probe = Probe(try TextToVisionAttention.selection(of: self)) {
      maps.append($1)
    }
    let pass = try forward(input, features: features, probe: probe)
    return (pass, Tensor.concatenate(maps, axis: 0))
  }
}

/// Attention of text rows over the vision tokens in every layer, with the history that gradients
/// need: what alignment losses are trained through.
public final class TextToVisionAttention {
  private let rows: [Int]
  private let selection: ActivationSelection
  /// Vision tokens in the sequence, as runs.
  private let columns: [Range<Int>]
  private var layers: [Tensor] = []

  /// The attention of all layers of a model. Select once for all its samples.
  public static func selection(of model: some VisionLanguageModel) throws -> ActivationSelection {
    try ActivationSelection("layers.*.attention", of: model.activations)
  }

  /// - Parameters:
  ///   - rows: of the sequence, in the order in which they are wanted
  ///   - selection: what ``selection(of:)`` gave; selected here if nil
  public init(
    _ model: some VisionLanguageModel, _ input: PreparedInput, rows: [Int],
    selection: ActivationSelection? = nil
  ) throws {
    self.rows = rows
    columns = try model.layout(of: input).runs.map(\.columns)
    guard !columns.isEmpty else {
      throw VisionLanguageError.empty("the list of vision tokens to align with")
    }
    self.selection = try (selection ?? Self.selection(of: model)).with(queries: rows)
  }

  /// For the pass over the same sample.
  public var probe: Probe {
    Probe(selection) { _, weights in
      let parts = self.columns.map { weights.slice(3, $0) }
      self.layers.append(parts.count == 1 ? parts[0] : Tensor.concatenate(parts, axis: 3))
    }
  }

  /// After the pass: `[layers, heads, rows, vision tokens]`, after a softmax over all visible keys.
  public var maps: Tensor { Tensor.concatenate(layers, axis: 0) }
}
