import Tensors
import TestSupport
import Testing

@Suite struct ReductionTests {
  @Test func sumsOfEveryLength() throws {
    for length in 0...70 {
      try checkOperation(
        "sum", [draw([length])], { $0[0].sum() },
        reference: { Grid($0[0].values.reduce(0, +)) })
    }
  }

  @Test func meansOfEveryLength() throws {
    for length in 1...33 {
      try checkOperation(
        "mean", [draw([length])], { $0[0].mean() },
        reference: { Grid($0[0].values.reduce(0, +) / Double(length)) })
    }
    #expect(draw([0]).mean().scalar.isNaN)
  }

  @Test(arguments: [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2], [-1], [-2], []])
  func sumsAndMeansOverAxes(_ axes: [Int]) throws {
    let summed = Set(axes.map { $0 < 0 ? $0 + 3 : $0 })
    for shape in shapes(rank: 3, extents: [1, 2, 9]) {
      for keeping in [true, false] {
        let kept = (0..<3).map { summed.contains($0) ? 1 : shape[$0] }
        let final = keeping ? kept : (0..<3).filter { !summed.contains($0) }.map { shape[$0] }
        func reference(_ x: Grid) -> Grid {
          var sums = Grid(shape: kept, values: [Double](repeating: 0, count: kept.product))
          _ = Grid(shape) { index in
            let at = (0..<3).map { summed.contains($0) ? 0 : index[$0] }
            let offset = (at[0] * kept[1] + at[1]) * kept[2] + at[2]
            sums.values[offset] += x[index]
            return 0
          }
          return Grid(shape: final, values: sums.values)
        }
        try checkOperation(
          "sum over \(axes)", [draw(shape)],
          { $0[0].sum(axes: axes, keepingAxes: keeping) }, reference: { reference($0[0]) })
        let size = Double(shape.product / kept.product)
        try checkOperation(
          "mean over \(axes)", [draw(shape)],
          { $0[0].mean(axes: axes, keepingAxes: keeping) },
          reference: { reference($0[0]).map { $0 / size } })
      }
    }
  }

  @Test func norms() throws {
    for length in 1...33 {
      try checkOperation(
        "norm", [draw([length])], { $0[0].norm() },
        reference: { Grid($0[0].values.reduce(0) { $0 + $1 * $1 }.squareRoot()) })
    }
    let zero = Parameter(name: "zero", .zeros([3]))
    let gradients = Gradients()
    gradients.backward(from: zero.tensor.norm())
    #expect(gradients[zero]?.values == [0, 0, 0])
  }

  @Test func argmaxTakesTheFirst() {
    let x = Tensor(shape: [3, 3], values: [1, 3, 3, -1, -2, -3, 0, 0, 0])
    #expect(x.argmax() == [1, 0, 0])
  }
}
