import Tensors

/// Low-rank adapters on linear layers of a model (Hu et al., 2022): a weight `W [out, in]` is used
/// as `W + scale B A` with `A [rank, in]` and `B [out, rank]`.
///
/// While they are attached the change is computed apart from the weight, which keeps its stored
/// type; ``merge()`` adds it to the weight.
public final class LoRA: Sendable {
  /// One layer with its adapter.
  public struct Layer: Sendable {
    /// The layer's name: that of its weight without `.weight`.
    public let name: String
    public let weight: Parameter
    public let adapter: LowRankAdapter
  }

  public let configuration: LoRAConfiguration
  public let layers: [Layer]

  /// The factors A and B of all layers.
  public var parameters: [Parameter] { layers.flatMap { [$0.adapter.a, $0.adapter.b] } }

  /// Fresh adapters, which change nothing yet: A is uniform, B zero.
  public init(
    _ configuration: LoRAConfiguration, on store: ParameterStore, key: StreamKey
  ) throws {
    self.configuration = configuration
    layers = try store.linearWeights.filter { try configuration.matches($0.layerName) }.map {
      weight in
      let name = weight.layerName
      let rank = try configuration.rank(of: name)
      guard rank > 0 else { throw LoRAError.rank(layer: name, rank) }
      let bound = 1 / Float(weight.shape[1]).squareRoot()
      return try Layer(
        name: name, weight: weight,
        adapter: LowRankAdapter(
          name,
          a: .uniform([rank, weight.shape[1]], in: -bound...bound, key: key.child(name)),
          b: .zeros([weight.shape[0], rank]), scale: configuration.scale(of: name, rank: rank)))
    }
    guard !layers.isEmpty else {
      throw LoRAError.nothingMatches(layers: store.linearWeights.map(\.layerName))
    }
    attach()
  }

  /// Adapters with given factors.
  /// - Parameter factors: the name of each layer, as the model or a wrapper of it calls it, with
  ///   `A [rank, in]` and `B [out, rank]`
  public init(
    _ configuration: LoRAConfiguration, on store: ParameterStore,
    factors: [(layer: String, a: Tensor, b: Tensor)]
  ) throws {
    self.configuration = configuration
    let known = Dictionary(
      store.linearWeights.flatMap { [($0.layerName, $0), (Self.core($0.layerName), $0)] },
      uniquingKeysWith: { first, _ in first })
    layers = try factors.map { name, a, b in
      guard let weight = known[name] ?? known[Self.core(name)] else {
        throw LoRAError.unknownLayer(name, layers: store.linearWeights.map(\.layerName))
      }
      let (outputs, inputs) = (weight.shape[0], weight.shape[1])
      guard a.rank == 2, a.shape[0] > 0, a.shape[1] == inputs else {
        throw LoRAError.shape(
          layer: name, factor: "lora_A.weight", expected: [configuration.rank, inputs],
          found: a.shape)
      }
      guard b.shape == [outputs, a.shape[0]] else {
        throw LoRAError.shape(
          layer: name, factor: "lora_B.weight", expected: [outputs, a.shape[0]], found: b.shape)
      }
      return try Layer(
        name: name, weight: weight,
        adapter: LowRankAdapter(
          name, a: a, b: b, scale: configuration.scale(of: name, rank: a.shape[0])))
    }
    attach()
  }

  private func attach() {
    for layer in layers { layer.weight.adapter = layer.adapter }
  }

  /// Takes the adapters off again.
  public func detach() {
    for layer in layers where layer.weight.adapter === layer.adapter { layer.weight.adapter = nil }
  }

  /// Adds every change to its weight, which becomes float32, and takes the adapters off.
  public func merge() {
    for layer in layers {
      let merged = withoutGradients { layer.weight.tensor }
      layer.weight.adapter = nil
      layer.weight.load(merged)
    }
  }

  /// A layer's name without the wrappers around a language model, which differ between versions
  /// of a library and its checkpoints: `model.language_model.layers.0` and `model.layers.0`.
  private static func core(_ name: String) -> String {
    name.split(separator: ".").drop { $0 == "model" || $0 == "language_model" }
      .joined(separator: ".")
  }
}

/// `scale B A`, applied to the inputs one factor after the other.
public final class LowRankAdapter: WeightAdapter {
  /// `[rank, in]`
  public let a: Parameter
  /// `[out, rank]`
  public let b: Parameter
  public let scale: Float

  init(_ layer: String, a: Tensor, b: Tensor, scale: Float) {
    self.a = Parameter(name: "\(layer).lora_A.weight", a)
    self.b = Parameter(name: "\(layer).lora_B.weight", b)
    self.scale = scale
  }

  public var change: Tensor { b.tensor.matmul(a.tensor) * scale }

  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.linear(a.tensor).linear(b.tensor) * scale
  }
}

extension Parameter {
  /// The name of the layer that this is the weight of.
  fileprivate var layerName: String {
    name.hasSuffix(".weight") ? String(name.dropLast(".weight".count)) : name
  }
}
