/// Copies a strided view of a tensor into row-major order.
public struct StridedCopy: Sendable {
  private var shape: [Int] = []
  private var strides: [Int] = []
  private let count: Int

  /// Axes of extent 1 are left out, and neighbours that are contiguous in the source are merged.
  public init(shape: [Int], strides: [Int]) {
    count = shape.product
    for axis in shape.indices where shape[axis] != 1 {
      if let last = self.shape.indices.last,
        self.strides[last] == strides[axis] * shape[axis]
      {
        self.shape[last] *= shape[axis]
        self.strides[last] = strides[axis]
      } else {
        self.shape.append(shape[axis])
        self.strides.append(strides[axis])
      }
    }
  }

  public func copy(_ x: TensorStorage, to out: TensorStorage) {
    if count == 0 { return }
    let (x, out) = (UnsafePointer(x.pointer), out.pointer)
    guard let last = shape.indices.last else {
      out[0] = x[0]
      return
    }
    let targets = shape.rowMajorStrides
    if strides[last] == 1 {
      let run = shape[last]
      forEach(axesOtherThan: [last], targets) { source, target in
        (out + target).update(from: x + source, count: run)
      }
      return
    }
    // The source is contiguous along one of the other axes: transpose planes of these two.
    let row = strides.firstIndex(of: 1) ?? last
    let plane = Plane(
      rows: row == last ? 1 : shape[row], columns: shape[last], sourceStep: strides[last],
      targetStep: targets[row])
    forEach(axesOtherThan: [row, last], targets) { source, target in
      plane.transpose(x + source, to: out + target)
    }
  }

  /// The offsets of all positions along the axes that are not excluded.
  private func forEach(
    axesOtherThan excluded: [Int], _ targets: [Int], _ body: (_ source: Int, _ target: Int) -> Void
  ) {
    let axes = shape.indices.filter { !excluded.contains($0) }
    var index = [Int](repeating: 0, count: axes.count)
    var (source, target) = (0, 0)
    while true {
      body(source, target)
      var i = axes.count - 1
      while i >= 0 {
        let axis = axes[i]
        index[i] += 1
        source += strides[axis]
        target += targets[axis]
        if index[i] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        target -= targets[axis] * shape[axis]
        index[i] = 0
        i -= 1
      }
      if i < 0 { return }
    }
  }
}

/// `out[r targetStep + c] = x[r + c sourceStep]`, tile by tile, so that both sides use the cache
/// lines that they touch.
private struct Plane {
  let rows: Int
  let columns: Int
  let sourceStep: Int
  let targetStep: Int
  private static let tile = 16

  func transpose(_ x: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>) {
    for row in stride(from: 0, to: rows, by: Plane.tile) {
      for column in stride(from: 0, to: columns, by: Plane.tile) {
        let lastColumn = min(columns, column + Plane.tile)
        for r in row..<min(rows, row + Plane.tile) {
          for c in column..<lastColumn {
            out[r &* targetStep &+ c] = x[r &+ c &* sourceStep]
          }
        }
      }
    }
  }
}
