import Tensors

/// What counts as attention when a reference stream was attended to as well
/// (motionenhancer.md, "own or joint attention with cross-stream memory").
public enum AttentionScope: String, Sendable, CaseIterable {
  /// The main stream's own text and vision columns, renormalised.
  case own
  /// Softmax over both streams' columns, of which the main stream's are kept.
  case joint
}

/// Queries and keys of every step and layer of one reconstruction, from which any block of any
/// attention map can be computed again. Memory: steps x layers x tokens x width, linear in tokens.
public struct AttentionReplay {
  public struct Record {
    public let step: Int
    public let layer: Int
    /// `[1, tokens, heads, headDim]`
    public let queries: Tensor
    /// `[streams, tokens, heads, headDim]`; the main stream first
    public let keys: Tensor

    public init(step: Int, layer: Int, queries: Tensor, keys: Tensor) {
      self.step = step
      self.layer = layer
      self.queries = queries
      self.keys = keys
    }
  }

  public let textTokens: Int
  public let grid: TokenGrid
  public let heads: Int
  public private(set) var records: [Record] = []
  private let scope: AttentionScope

  public init(textTokens: Int, grid: TokenGrid, heads: Int, scope: AttentionScope) {
    self.textTokens = textTokens
    self.grid = grid
    self.heads = heads
    self.scope = scope
  }

  public mutating func append(_ record: Record) { records.append(record) }

  /// Attention after softmax of a block of rows of one head in one record.
  /// - Parameter rows: of the joint sequence [text; vision]
  /// - Returns: `[rows, textTokens + visionTokens]`
  public func weights(_ record: Record, head: Int, rows: Range<Int>) -> Tensor {
    let tokens = textTokens + grid.count
    func column(_ x: Tensor, _ stream: Int, _ range: Range<Int>) -> Tensor {
      x.slice(0, stream..<stream + 1).slice(1, range).slice(2, head..<head + 1)
    }
    let q = column(record.queries, 0, rows)
    var k = column(record.keys, 0, 0..<tokens)
    if scope == .joint, record.keys.shape[0] > 1 {
      k = Tensor.concatenate([k, column(record.keys, 1, 0..<tokens)], axis: 1)
    }
    return Tensor.attentionWeights(q, k).reshaped([rows.count, -1]).slice(1, 0..<tokens)
  }

  /// The mean of the weights over `records`, rows by rows.
  public func meanWeights(_ records: [Record], head: Int, rows: Range<Int>) -> Tensor {
    var sum = weights(records[0], head: head, rows: rows)
    for record in records.dropFirst() { sum = sum + weights(record, head: head, rows: rows) }
    return sum / Float(records.count)
  }
}
