/// All activations of a model that can be read, in the order in which a pass computes them.
public struct ActivationTable: Sendable {
  public let points: [ActivationPoint]

  public init(_ points: [ActivationPoint]) {
    precondition(
      Set(points.map(\.components)).count == points.count,
      "an address is declared twice: \(points.map(\.address))")
    self.points = points
  }

  public static func + (a: ActivationTable, b: ActivationTable) -> ActivationTable {
    ActivationTable(a.points + b.points)
  }

  /// The same activations in a module of a larger model.
  public func inside(_ module: String) -> ActivationTable {
    ActivationTable(points.map { $0.inside(module) })
  }

  /// `count` blocks of the same activations: `blocks.0.output`, `blocks.1.output`, ...
  public static func stack(
    _ name: String, _ count: Int, of points: [ActivationPoint]
  ) -> ActivationTable {
    ActivationTable(
      (0..<count).flatMap { block in points.map { $0.inside(String(block)).inside(name) } })
  }

  /// An activation that has the width of the model: `[batch, tokens, channels]`.
  public static func states(_ path: String, _ width: Int) -> ActivationTable {
    ActivationTable([ActivationPoint(path, [.batch, .tokens, .channels(width)])])
  }
}

extension ActivationPoint {
  /// What can be read of a self-attention layer: `queries` and `keys` as the scores are computed
  /// from them, and `attention` after softmax.
  /// - Parameters:
  ///   - keyHeads: as many as `heads` if nil
  ///   - selectsQueries: whether a pass can compute `attention` for some queries alone
  public static func selfAttention(
    heads: Int, keyHeads: Int? = nil, headDim: Int, selectsQueries: Bool = false
  ) -> [ActivationPoint] {
    [
      ActivationPoint("queries", [.batch, .queries, .heads(heads), .headDim(headDim)]),
      ActivationPoint("keys", [.batch, .keys, .heads(keyHeads ?? heads), .headDim(headDim)]),
      ActivationPoint(
        "attention", [.batch, .heads(heads), .queries, .keys], selectsQueries: selectsQueries),
    ]
  }

  /// The states after a block: `[batch, tokens, channels]`.
  public static func output(_ width: Int) -> ActivationPoint {
    ActivationPoint("output", [.batch, .tokens, .channels(width)])
  }
}
