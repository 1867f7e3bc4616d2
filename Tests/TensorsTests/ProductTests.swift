import Tensors
import TestSupport
import Testing

@Suite struct ProductTests {
  @Test func linearLayers() throws {
    for s in shapes(rank: 3, extents: [0, 1, 2, 9]) {
      let (rows, width, out) = (s[0], s[1], s[2])
      func product(_ x: [Grid], _ index: [Int]) -> Double {
        (0..<width).reduce(0) { $0 + x[0][index[0], $1] * x[1][index[1], $1] }
      }
      try checkOperation(
        "linear", [draw([rows, width]), draw([out, width], 1)], { $0[0].linear($0[1]) },
        reference: { x in Grid([rows, out]) { product(x, $0) } })
      try checkOperation(
        "linear with bias", [draw([rows, width]), draw([out, width], 1), draw([out], 2)],
        { $0[0].linear($0[1], $0[2]) },
        reference: { x in Grid([rows, out]) { product(x, $0) + x[2][$0[1]] } })
    }
  }

  @Test func linearOfOneAndThreeAxes() throws {
    for lead in [[], [2, 3]] {
      try checkOperation(
        "linear", [draw(lead + [4]), draw([5, 4], 1)], { $0[0].linear($0[1]) },
        reference: { x in
          Grid(lead + [5]) { index in
            (0..<4).reduce(0) { $0 + x[0][index.dropLast() + [$1]] * x[1][index[lead.count], $1] }
          }
        })
    }
  }

  /// - Parameters:
  ///   - batch: leading axes of the left side
  ///   - shared: whether the right side has none
  private func checkMatmul(
    _ batch: [Int], _ m: Int, _ k: Int, _ n: Int, shared: Bool, transposed: Bool
  ) throws {
    let lead = shared ? [] : batch
    let right = lead + (transposed ? [n, k] : [k, n])
    try checkOperation(
      "matmul\(transposed ? " transposed" : "")", [draw(batch + [m, k]), draw(right, 1)],
      { $0[0].matmul($0[1], transposed: transposed) },
      reference: { x in
        Grid(batch + [m, n]) { index in
          let page = Array(index.dropLast(2))
          let (i, j) = (index[batch.count], index[batch.count + 1])
          return (0..<k).reduce(0) { sum, l in
            let at = (shared ? [] : page) + (transposed ? [j, l] : [l, j])
            return sum + x[0][page + [i, l]] * x[1][at]
          }
        }
      })
  }

  @Test(arguments: [false, true]) func matrixProducts(transposed: Bool) throws {
    for s in shapes(rank: 3, extents: [0, 1, 2, 9]) {
      try checkMatmul([], s[0], s[1], s[2], shared: true, transposed: transposed)
    }
  }

  @Test(arguments: [false, true]) func batches(transposed: Bool) throws {
    for batch in [[2], [2, 3], [1, 1], [0, 2]] {
      for shared in [false, true] {
        try checkMatmul(batch, 2, 3, 4, shared: shared, transposed: transposed)
      }
    }
  }
}
