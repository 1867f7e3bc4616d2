import Video

extension Qwen25VL {
  /// The order of a grid's cells when those of one attention window stand together.
  ///
  /// Windows tile each frame from its top left corner; those at the right and lower border are
  /// cut. Frames, windows and the cells inside a window follow in row-major order.
  struct WindowOrder: Hashable, Sendable {
    /// Old index of the cell at each new place: `[cells]`.
    let cells: [Int]
    /// Cells in each window.
    let windows: [Int]

    /// - Parameter side: side of a window in cells
    init(_ grid: TokenGrid, side: Int) {
      var cells: [Int] = []
      var windows: [Int] = []
      cells.reserveCapacity(grid.count)
      for frame in 0..<grid.frames {
        for top in stride(from: 0, to: grid.height, by: side) {
          for left in stride(from: 0, to: grid.width, by: side) {
            let (bottom, right) = (min(top + side, grid.height), min(left + side, grid.width))
            for row in top..<bottom {
              let start = (frame * grid.height + row) * grid.width
              cells.append(contentsOf: start + left..<start + right)
            }
            windows.append((bottom - top) * (right - left))
          }
        }
      }
      self.cells = cells
      self.windows = windows
    }

    var isIdentity: Bool { cells.enumerated().allSatisfy { $0.offset == $0.element } }

    /// New place of each old cell.
    var inverse: [Int] {
      var places = cells
      for (place, cell) in cells.enumerated() { places[cell] = place }
      return places
    }

    /// Old indices of patches at each new place, where a cell is `unit` consecutive patches.
    func patches(unit: Int) -> [Int] {
      unit == 1 ? cells : cells.flatMap { $0 * unit..<($0 + 1) * unit }
    }
  }

  /// Row and column of every patch in the processor's order, which keeps the patches of one merged
  /// cell together.
  static func patchPlaces(_ grid: TokenGrid, merge: Int) -> [(row: Int, column: Int)] {
    var frame: [(row: Int, column: Int)] = []
    for top in stride(from: 0, to: grid.height, by: merge) {
      for left in stride(from: 0, to: grid.width, by: merge) {
        for row in top..<top + merge {
          for column in left..<left + merge { frame.append((row, column)) }
        }
      }
    }
    return (0..<grid.frames).flatMap { _ in frame }
  }
}
