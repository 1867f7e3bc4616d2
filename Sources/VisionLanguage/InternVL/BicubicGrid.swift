import Tensors

/// Weights of bicubic interpolation of a square grid, with pixel centres at half integers and the
/// border repeated, as a matrix: `[height * width, side * side]`.
func bicubicGrid(from side: Int, height: Int, width: Int) -> Tensor {
  let rows = bicubicTaps(from: side, to: height)
  let columns = bicubicTaps(from: side, to: width)
  return Tensor(shape: [height * width, side * side]) { out in
    for (y, row) in rows.enumerated() {
      for (x, column) in columns.enumerated() {
        let line = (y * width + x) * side * side
        for v in 0..<side {
          for u in 0..<side { out[line + v * side + u] = row[v] * column[u] }
        }
      }
    }
  }
}

/// Weights of each old place for each new one along an axis: `[extent][side]`. Cubic convolution
/// (Keys, 1981) with a = -0.75.
private func bicubicTaps(from side: Int, to extent: Int) -> [[Float]] {
  let scale = Float(side) / Float(extent)
  let a: Float = -0.75
  func near(_ x: Float) -> Float { ((a + 2) * x - (a + 3)) * x * x + 1 }
  func far(_ x: Float) -> Float { ((a * x - 5 * a) * x + 8 * a) * x - 4 * a }
  return (0..<extent).map { i in
    let place = scale * (Float(i) + 0.5) - 0.5
    let low = place.rounded(.down)
    let t = place - low
    var weights = [Float](repeating: 0, count: side)
    for (offset, weight) in [far(t + 1), near(t), near(1 - t), far(2 - t)].enumerated() {
      weights[min(max(Int(low) - 1 + offset, 0), side - 1)] += weight
    }
    return weights
  }
}
