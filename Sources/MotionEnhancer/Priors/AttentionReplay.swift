import Tensors
import Video

/// What counts as attention when a reference stream was attended to as well
/// (motionenhancer.md, "own or joint attention with cross-stream memory").
public enum AttentionScope: String, Sendable, CaseIterable {
  /// The main stream's own text and vision columns, renormalised.
  case own
  /// Softmax over both streams' columns, of which the main stream's are kept.
  case joint
}

/// Queries and keys of every step and layer of one reconstruction, from which any block of any
/// attention map can be recomputed: steps x layers x tokens x width, linear in tokens. Data beyond
/// a memory limit is in a temporary file; the location changes no bit.
public struct AttentionReplay: Sendable {
  public struct Record: Sendable {
    public let step: Int
    public let layer: Int
    /// `[heads, tokens, headDim]`
    public fileprivate(set) var queries: Tensor
    /// `[streams, heads, tokens, headDim]`; the main stream first
    public fileprivate(set) var keys: Tensor

    /// - Parameters:
    ///   - queries: of the main stream, `[1, tokens, heads, headDim]`
    ///   - keys: of the main stream and of its reference, `[streams, tokens, heads, headDim]`
    public init(step: Int, layer: Int, queries: Tensor, keys: Tensor) {
      self.step = step
      self.layer = layer
      // Each head's rows lie together, so that one head is read without touching the others.
      self.queries = queries.permuted([0, 2, 1, 3]).reshaped([
        queries.shape[2], queries.shape[1], queries.shape[3],
      ])
      self.keys = keys.permuted([0, 2, 1, 3])
    }

    fileprivate var byteCount: Int { (queries.count + keys.count) * MemoryLayout<Float>.stride }
  }

  public let textTokens: Int
  public let grid: TokenGrid
  public let heads: Int
  public private(set) var records: [Record] = []
  private let scope: AttentionScope
  private let memoryLimit: Int
  private var memory = 0
  private var file: ScratchFile?

  /// 256 MiB.
  public static let defaultMemoryLimit = 1 << 28

  /// - Parameter memoryLimit: bytes of records that may stay in memory
  public init(
    textTokens: Int, grid: TokenGrid, heads: Int, scope: AttentionScope,
    memoryLimit: Int = defaultMemoryLimit
  ) {
    self.textTokens = textTokens
    self.grid = grid
    self.heads = heads
    self.scope = scope
    self.memoryLimit = memoryLimit
  }

  /// - Throws: ``ScratchFileError``
  public mutating func append(_ record: Record) throws {
    var record = record
    // Own attention never looks at the reference.
    if scope == .own { record.keys = record.keys.slice(0, 0..<1) }
    if memory + record.byteCount <= memoryLimit {
      memory += record.byteCount
    } else {
      let file = try file ?? ScratchFile()
      self.file = file
      record.queries = try file.store(record.queries)
      record.keys = try file.store(record.keys)
    }
    records.append(record)
  }

  /// Whether some records are on disk.
  public var usesFile: Bool { file != nil }

  /// Attention after softmax of a block of rows of one head in one record.
  /// - Parameter rows: of the joint sequence [text; vision]
  /// - Returns: `[rows, textTokens + visionTokens]`
  public func weights(_ record: Record, head: Int, rows: Range<Int>) -> Tensor {
    let tokens = textTokens + grid.count
    let width = record.queries.shape[2]
    let q = record.queries.slice(0, head..<head + 1).slice(1, rows)
      .reshaped([1, rows.count, 1, width])
    let streams = scope == .joint ? record.keys.shape[0] : 1
    let k = record.keys.slice(0, 0..<streams).slice(1, head..<head + 1)
      .reshaped([1, streams * tokens, 1, width])
    return Tensor.attentionWeights(q, k).reshaped([rows.count, -1]).slice(1, 0..<tokens)
  }

  /// The mean of the weights over `records`, rows by rows.
  public func meanWeights(_ records: [Record], head: Int, rows: Range<Int>) -> Tensor {
    var sum = weights(records[0], head: head, rows: rows)
    for record in records.dropFirst() { sum = sum + weights(record, head: head, rows: rows) }
    return sum / Float(records.count)
  }

  /// Lets the system have the memory of records on disk back.
  func releasePages() {
    guard usesFile else { return }
    for record in records {
      record.queries.releasePages()
      record.keys.releasePages()
    }
  }
}
