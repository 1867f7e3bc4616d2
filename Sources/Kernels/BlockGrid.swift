/// A coarse grid and the finer one in which each of its cells is a block.
public struct BlockGrid: Sendable {
  public let coarse: [Int]
  private let block: [Int]
  public var fine: [Int] { zip(coarse, block).map { $0 * $1 } }

  public init(coarse: [Int], _ frames: Int, _ height: Int, _ width: Int) {
    precondition(
      frames > 0 && height > 0 && width > 0, "block of \(frames) x \(height) x \(width)")
    self.coarse = coarse
    block = [frames, height, width]
  }

  /// The coarse row above each fine row, over all grids.
  private func forEachRow(_ grids: Int, _ body: (_ coarse: Int, _ fine: Int) -> Void) {
    let (fine, width) = (fine, coarse[2])
    var row = 0
    for grid in 0..<grids {
      for t in 0..<fine[0] {
        for y in 0..<fine[1] {
          let above = (grid * coarse[0] + t / block[0]) * coarse[1] + y / block[1]
          body(above * width, row * fine[2])
          row += 1
        }
      }
    }
  }

  /// Each cell's value times `scale` into all of its block.
  public func spread(
    _ x: TensorStorage, into out: TensorStorage, grids: Int, scale: Float
  ) {
    let (x, out) = (x.pointer, out.pointer)
    let times = block[2]
    forEachRow(grids) { above, row in
      for i in 0..<coarse[2] {
        let value = x[above + i] * scale
        for j in 0..<times { out[row + i * times + j] = value }
      }
    }
  }

  /// Adds the sum of each block times `scale` to its cell.
  public func collect(
    _ x: TensorStorage, addingTo sum: TensorStorage, grids: Int, scale: Float
  ) {
    let (x, sum) = (x.pointer, sum.pointer)
    let times = block[2]
    forEachRow(grids) { above, row in
      for i in 0..<coarse[2] {
        var value: Float = 0
        for j in 0..<times { value += x[row + i * times + j] }
        sum[above + i] += value * scale
      }
    }
  }
}
