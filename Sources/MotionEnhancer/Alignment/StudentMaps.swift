import Tensors
import Video
import VisionLanguage

/// The student's side of the alignment: rows of text tokens, averaged over layers and heads (its
/// heads are not specialised), on the teacher's grid.
public struct StudentMaps: Sendable {
  /// Rows of the sequence whose attention is needed, ascending.
  public let rows: [Int]
  /// The target's rows that are aligned, ascending: those that share a byte with some token.
  public let targetRows: [Int]
  /// Mean of `rows` for each aligned target row, `[targetRows, rows]`.
  private let mixing: Tensor
  private let teacher: TokenGrid

  /// - Parameters:
  ///   - tokens: place in the sequence and UTF-8 span of each text token
  ///   - spans: those of the target's rows in the same text; a row without any overlapping token
  ///     is not aligned; without rows there are no maps
  ///   - binding: place of the row that predicts the answer; all target rows are compared with it
  public init?(
    tokens: [(place: Int, span: Range<Int>)], spans: [Range<Int>], rows kind: AlignedRows,
    binding: Int, teacher: TokenGrid
  ) {
    let all: [[Int]] =
      kind == .binding && !spans.isEmpty
      ? [[binding]] : spans.map { span in tokens.filter { $0.span.overlaps(span) }.map(\.place) }
    targetRows = all.indices.filter { !all[$0].isEmpty }
    let places = targetRows.map { all[$0] }
    let wanted = Set(places.joined()).sorted()
    guard !wanted.isEmpty else { return nil }
    rows = wanted
    self.teacher = teacher
    mixing = Tensor(shape: [places.count, wanted.count]) { out in
      for (row, members) in places.enumerated() {
        for (column, place) in wanted.enumerated() {
          out[row * wanted.count + column] =
            members.contains(place) ? 1 / Float(members.count) : 0
        }
      }
    }
  }

  /// - Parameters:
  ///   - maps: `[layers, heads, rows, visionTokens]`
  ///   - grid: the student's vision grid
  /// - Returns: `[targetRows, S]` on the teacher's grid
  public func callAsFunction(_ maps: Tensor, grid: TokenGrid) -> Tensor {
    let mean = maps.mean(axes: [0, 1])
    let mixed = mixing.matmul(mean)
    return mixed.reshaped([mixing.shape[0], grid.frames, grid.height, grid.width])
      .resized(frames: teacher.frames, height: teacher.height, width: teacher.width)
      .reshaped([mixing.shape[0], teacher.count])
  }
}
