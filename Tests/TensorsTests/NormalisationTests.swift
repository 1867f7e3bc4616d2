import Tensors
import TestSupport
import Testing

@Suite struct NormalisationTests {
  private static let epsilon = 1e-2

  /// Each row of `x [rows, width]` over its deviation.
  private static func rows(_ x: Grid, centred: Bool) -> Grid {
    let width = x.shape[1]
    return Grid(x.shape) { index in
      let row = (0..<width).map { x[index[0], $0] }
      let mean = centred ? row.reduce(0, +) / Double(width) : 0
      let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
      return (row[index[1]] - mean) / (variance + epsilon).squareRoot()
    }
  }

  @Test func layerNormOfEveryWidth() throws {
    for width in [1, 2, 7, 8, 9, 16, 33] {
      let x = draw([3, width], width)
      let (w, b) = (draw([width], 1), draw([width], 2))
      let epsilon = Float(Self.epsilon)
      try checkOperation(
        "layerNorm", [x, w, b], { $0[0].layerNorm($0[1], $0[2], epsilon: epsilon) },
        reference: { x in
          let n = Self.rows(x[0], centred: true)
          return Grid(n.shape) { n[$0] * x[1][$0[1]] + x[2][$0[1]] }
        })
      try checkOperation(
        "layerNorm without bias", [x, w], { $0[0].layerNorm($0[1], epsilon: epsilon) },
        reference: { x in
          let n = Self.rows(x[0], centred: true)
          return Grid(n.shape) { n[$0] * x[1][$0[1]] }
        })
      try checkOperation(
        "plain layerNorm", [x], { $0[0].layerNorm(epsilon: epsilon) },
        reference: { Self.rows($0[0], centred: true) })
      try checkOperation(
        "rmsNorm", [x, w], { $0[0].rmsNorm($0[1], epsilon: epsilon) },
        reference: { x in
          let n = Self.rows(x[0], centred: false)
          return Grid(n.shape) { n[$0] * x[1][$0[1]] }
        })
    }
  }

  /// A weight, a bias and a gate for each group of rows.
  @Test func groupsOfRows() throws {
    let groups = RowGroups([2, 0, 3, 1])
    let group = [0, 0, 2, 2, 2, 3]
    for width in [3, 8, 19] {
      let (x, z) = (draw([2, 3, width], 1), draw([2, 3, width], 2))
      let (w, b) = (draw([4, width], 3), draw([4, width], 4))
      func row(_ index: [Int]) -> Int { index[0] * 3 + index[1] }
      try checkOperation(
        "layerNorm by groups", [x, w, b],
        { $0[0].layerNorm($0[1], $0[2], groups: groups, epsilon: Float(Self.epsilon)) },
        reference: { x in
          let flat = Grid([6, width]) { x[0][$0[0] / 3, $0[0] % 3, $0[1]] }
          let n = Self.rows(flat, centred: true)
          return Grid(x[0].shape) {
            let at = group[row($0)]
            return n[row($0), $0[2]] * x[1][at, $0[2]] + x[2][at, $0[2]]
          }
        })
      try checkOperation(
        "gated sum", [x, z, w], { $0[0].adding($0[1], gates: $0[2], groups: groups) },
        reference: { x in
          Grid(x[0].shape) { x[0][$0] + x[2][group[row($0)], $0[2]] * x[1][$0] }
        })
    }
  }

  @Test func emptyRows() throws {
    for shape in [[0, 4], [3, 0]] {
      try checkOperation(
        "layerNorm", [draw(shape), draw([shape[1]], 1), draw([shape[1]], 2)],
        { $0[0].layerNorm($0[1], $0[2], epsilon: 1e-5) }, reference: { $0[0] })
    }
  }

  @Test(arguments: [1, 2, 4]) func groupNorms(groups: Int) throws {
    for shape in [[2, 4, 3], [1, 4, 2, 3, 2], [2, 4], [1, 4, 9], [0, 4, 2]] {
      let plane = shape[2...].reduce(1, *)
      let perGroup = 4 / groups
      try checkOperation(
        "groupNorm \(groups)", [draw(shape), draw([4], 1), draw([4], 2)],
        { $0[0].groupNorm(groups: groups, $0[1], $0[2], epsilon: Float(Self.epsilon)) },
        reference: { x in
          let flat = Grid(shape: [shape[0] * groups, perGroup * plane], values: x[0].values)
          let n = Grid(
            shape: [shape[0], 4, plane], values: Self.rows(flat, centred: true).values)
          let y = Grid(n.shape) { n[$0] * x[1][$0[1]] + x[2][$0[1]] }
          return Grid(shape: shape, values: y.values)
        })
    }
  }

  /// A large common offset does not drown the differences.
  @Test func offsetsCancel() {
    let x = Tensor(shape: [1, 4], values: [10_000, 10_001, 10_002, 10_003])
    let y = x.layerNorm(epsilon: 0).values
    for (a, b) in zip(y, [-1.341_641, -0.447_214, 0.447_214, 1.341_641] as [Float]) {
      #expect(abs(a - b) < 1e-4)
    }
  }
}
