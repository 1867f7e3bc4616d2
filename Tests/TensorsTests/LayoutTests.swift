import Tensors
import TestSupport
import Testing

@Suite struct LayoutTests {
  private static let orders = [
    [0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0],
  ]

  @Test(arguments: orders) func permutations(_ order: [Int]) throws {
    for shape in shapes(rank: 3, extents: [0, 1, 2, 5]) {
      try checkOperation(
        "permuted \(order)", [draw(shape)], { $0[0].permuted(order) },
        reference: { x in
          Grid(order.map { shape[$0] }) { index in
            var source = [0, 0, 0]
            for (i, axis) in order.enumerated() { source[axis] = index[i] }
            return x[0][source]
          }
        })
    }
  }

  /// Planes larger than the tiles of a transposed copy.
  @Test func largeTransposition() {
    let x = Tensor(shape: [3, 37, 21], values: (0..<3 * 37 * 21).map(Float.init))
    let y = x.transposed(-1, -2)
    #expect(y.shape == [3, 21, 37])
    for b in 0..<3 { for i in 0..<37 { for j in 0..<21 { #expect(y[b, j, i] == x[b, i, j]) } } }
  }

  @Test func slices() throws {
    for axis in [0, 1, -1] {
      for range in [0..<0, 0..<1, 1..<3, 0..<3] {
        try checkOperation(
          "slice \(axis) \(range)", [draw([3, 3, 3])], { $0[0].slice(axis, range) },
          reference: { x in
            let at = axis < 0 ? 2 : axis
            var shape = [3, 3, 3]
            shape[at] = range.count
            return Grid(shape) { index in
              var source = index
              source[at] += range.lowerBound
              return x[0][source]
            }
          })
      }
    }
  }

  @Test func concatenation() throws {
    for axis in [0, 1, -1] {
      let at = axis < 0 ? 2 : axis
      for widths in [[1], [2, 1], [0, 3, 9]] {
        let inputs = widths.enumerated().map { i, width in
          var shape = [2, 2, 3]
          shape[at] = width
          return draw(shape, i)
        }
        try checkOperation(
          "concatenate along \(axis)", inputs, { Tensor.concatenate($0, axis: axis) },
          reference: { x in
            var shape = [2, 2, 3]
            shape[at] = widths.reduce(0, +)
            return Grid(shape) { index in
              var source = index
              var part = 0
              while source[at] >= widths[part] {
                source[at] -= widths[part]
                part += 1
              }
              return x[part][source]
            }
          })
      }
    }
  }

  @Test func splitsAndJoins() throws {
    try checkOperation(
      "split", [draw([2, 6])],
      { Tensor.concatenate($0[0].split(1, into: 3).reversed(), axis: 1) },
      reference: { x in Grid([2, 6]) { x[0][$0[0], (2 - $0[1] / 2) * 2 + $0[1] % 2] } })
  }

  @Test func rowsByIndex() throws {
    for indices in [[], [2], [0, 2, 2, 1]] {
      try checkOperation(
        "rows \(indices)", [draw([3, 2, 2])], { $0[0].rows(indices) },
        reference: { x in
          Grid([indices.count, 2, 2]) { x[0][indices[$0[0]], $0[1], $0[2]] }
        })
    }
  }

  @Test func replacedRows() throws {
    for indices in [[], [1], [2, 0]] {
      try checkOperation(
        "replacingRows \(indices)", [draw([3, 4]), draw([indices.count, 4], 1)],
        { $0[0].replacingRows(indices, with: $0[1]) },
        reference: { x in
          Grid([3, 4]) { index in
            if let row = indices.firstIndex(of: index[0]) { return x[1][row, index[1]] }
            return x[0][index]
          }
        })
    }
  }

  @Test func reshapes() throws {
    try checkOperation(
      "reshaped", [draw([2, 6])], { $0[0].reshaped([3, -1]) },
      reference: { Grid(shape: [3, 4], values: $0[0].values) })
    #expect(draw([0, 3]).reshaped([3, -1]).shape == [3, 0])
    #expect(draw([6]).extent(-1) == 6)
  }
}
