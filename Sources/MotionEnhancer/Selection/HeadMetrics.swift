import Tensors
import Video

/// The three motion metrics of one head (MotionEnhancer, section 3.2).
public struct HeadMetrics: Hashable, Sendable {
  /// Diagonal Focus Coefficient: squared attention inside the diagonal mask over outside.
  public var focus: Double
  /// Temporal Continuity Score: mean length of runs above the mean attention.
  public var continuity: Double
  /// Diagonal Saliency Ratio: share of diagonal entries at or above the mean attention.
  public var saliency: Double

  public init(focus: Double, continuity: Double, saliency: Double) {
    self.focus = focus
    self.continuity = continuity
    self.saliency = saliency
  }

  /// As a store keeps them, so that a prior scores the same whether it was computed or read.
  var inSinglePrecision: HeadMetrics {
    HeadMetrics(
      focus: Double(Float(focus)), continuity: Double(Float(continuity)),
      saliency: Double(Float(saliency)))
  }
}

/// Computes ``HeadMetrics`` from a vision-to-vision map that arrives in blocks: only sums and the
/// entries of the diagonal band are kept.
public struct HeadMetricsAccumulator {
  private let grid: TokenGrid
  /// Cells this far apart (in rows or columns) still count as the same place; 0 in the paper.
  private let band: Int
  private var sum = 0.0
  private var squares = 0.0
  private var bandSquares = 0.0
  private var bandEntries: [Float] = []
  /// Attention of each cell with itself, `[cells, frames, frames]`.
  private var selfAttention: [Float]

  public init(grid: TokenGrid, band: Int = 0) {
    self.grid = grid
    self.band = band
    selfAttention = [Float](repeating: 0, count: grid.cells * grid.frames * grid.frames)
  }

  /// Adds rows `first...` of the vision-to-vision map.
  /// - Parameters:
  ///   - rows: `[rows, width]`
  ///   - column: of the first vision token in a row
  public mutating func add(_ rows: Tensor, from column: Int, first: Int) {
    let width = rows.shape[1]
    precondition(column + grid.count <= width, "\(grid.count) from \(column) of \(rows.shape)")
    for row in 0..<rows.shape[0] {
      let start = row * width + column
      sum += Double(rows.sum(of: start..<start + grid.count))
      squares += Double(rows.sumOfSquares(of: start..<start + grid.count))
    }
    rows.withElements { elements in
      for row in 0..<rows.shape[0] {
        let start = row * width + column
        addBand(elements.extracting(start..<start + grid.count), row: first + row)
      }
    }
  }

  /// The entries of one row at the places near its own, and those of its cell.
  private mutating func addBand(_ p: Span<Float>, row: Int) {
    let (frame, cell) = (row / grid.cells, row % grid.cells)
    let (y, x) = (cell / grid.width, cell % grid.width)
    for other in 0..<grid.frames {
      for dy in max(0, y - band)...min(grid.height - 1, y + band) {
        for dx in max(0, x - band)...min(grid.width - 1, x + band) {
          let value = p[other * grid.cells + dy * grid.width + dx]
          bandEntries.append(value)
          bandSquares += Double(value) * Double(value)
        }
      }
      selfAttention[(cell * grid.frames + frame) * grid.frames + other] =
        p[other * grid.cells + cell]
    }
  }

  /// The metrics, once every row has been added.
  public func metrics() -> HeadMetrics {
    let entries = Double(grid.count) * Double(grid.count)
    let threshold = Float(sum / entries)
    // The two sums are rounded differently, so their difference is not 0 for a band of everything.
    let isAllBand = bandEntries.count == grid.count * grid.count
    let outside = isAllBand ? 0 : squares - bandSquares
    var continuity = 0.0
    for cell in 0..<grid.cells {
      let start = cell * grid.frames * grid.frames
      let lengths = (0..<grid.frames).flatMap { row in
        Self.runs(
          selfAttention[(start + row * grid.frames)..<(start + (row + 1) * grid.frames)],
          above: threshold)
      }
      if !lengths.isEmpty {
        continuity += Double(lengths.reduce(0, +)) / Double(lengths.count)
      }
    }
    let salient = bandEntries.lazy.filter { $0 >= threshold }.count
    return HeadMetrics(
      focus: outside > 0 ? bandSquares / outside : 0,
      continuity: continuity / Double(grid.cells),
      saliency: Double(salient) / Double(max(bandEntries.count, 1)))
  }

  /// Lengths of the maximal runs of consecutive entries above a threshold.
  static func runs(_ row: some Sequence<Float>, above threshold: Float) -> [Int] {
    var lengths: [Int] = []
    var length = 0
    for value in row {
      if value > threshold {
        length += 1
      } else if length > 0 {
        lengths.append(length)
        length = 0
      }
    }
    if length > 0 { lengths.append(length) }
    return lengths
  }
}

/// Heads ranked by the sum of their standardised metrics.
public enum HeadScores {
  /// One score for each head; a metric without spread adds 0.
  public static func scores(_ metrics: [HeadMetrics]) -> [Double] {
    let parts = [\HeadMetrics.focus, \.continuity, \.saliency].map { path in
      standardised(metrics.map { $0[keyPath: path] })
    }
    return metrics.indices.map { head in parts.reduce(0) { $0 + $1[head] } }
  }

  /// Values minus their mean over their standard deviation; 0 where there is no deviation.
  public static func standardised(_ values: [Double]) -> [Double] {
    let count = Double(max(values.count, 1))
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
    let deviation = variance.squareRoot()
    return values.map { deviation > 1e-12 ? ($0 - mean) / deviation : 0 }
  }

  /// Indices of the best `share` of the values, rounded up, in rising order of index. Ties go to
  /// the lower index.
  public static func best(_ values: [Double], share: Double) -> [Int] {
    let keep = kept(share, of: values.count)
    return values.indices.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(keep).sorted()
  }

  /// How many of `count` a share is, rounded up. The product's own rounding is not an excess:
  /// 7% of 100 are 7, though `0.07 * 100 > 7`.
  public static func kept(_ share: Double, of count: Int) -> Int {
    min(count, max(0, Int((share * Double(count) - 1e-9).rounded(.up))))
  }
}
