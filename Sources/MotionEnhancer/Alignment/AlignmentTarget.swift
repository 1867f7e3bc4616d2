import Tensors
import Video

/// The rows that a sample's alignment aims at.
public struct AlignmentTarget: Sendable {
  public let grid: TokenGrid
  /// Bytes of the text that each row belongs to.
  public let spans: [Range<Int>]
  /// `[rows, visionTokens]`
  public let rows: Tensor

  public init(grid: TokenGrid, spans: [Range<Int>], rows: Tensor) {
    precondition(rows.shape == [spans.count, grid.count], "target rows \(rows.shape)")
    self.grid = grid
    self.spans = spans
    self.rows = rows
  }

  /// No rows at all: the sample is fine-tuned without alignment.
  public static func nothing(on grid: TokenGrid) -> AlignmentTarget {
    AlignmentTarget(grid: grid, spans: [], rows: Tensor.zeros([0, grid.count]))
  }

  /// The rows of the selected tokens in the mean map of the selected heads.
  public init(_ prior: MotionPrior, index: Int, heads: HeadSelection, tokens: TokenSelection) {
    let selection = MotionSelection(prior, index: index, heads: heads, tokens: tokens)
    self.init(
      grid: prior.grid, spans: selection.tokens.map { prior.tokens[$0].span },
      rows: selection.target)
  }
}
