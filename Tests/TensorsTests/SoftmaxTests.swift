import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct SoftmaxTests {
  private static func softmax(_ x: Grid) -> Grid {
    let width = x.shape[1]
    return Grid(x.shape) { index in
      let row = (0..<width).map { exp(x[index[0], $0]) }
      return row[index[1]] / row.reduce(0, +)
    }
  }

  @Test func rowsOfEveryWidth() throws {
    for width in 0...33 {
      try checkOperation(
        "softmax", [draw([2, width], width)], { $0[0].softmax() },
        reference: { Self.softmax($0[0]) })
    }
  }

  @Test func extremeRows() {
    let inf = Float.infinity
    let x = Tensor(
      shape: [4, 3],
      values: [-inf, 0, -inf, -inf, -inf, -inf, 1e30, 0, -1e30, .nan, 0, 0])
    let y = x.softmax().values
    #expect(Array(y[0..<9]) == [0, 1, 0, 0, 0, 0, 1, 0, 0])
    #expect(y[9...].allSatisfy { $0.isNaN })
  }

  /// A row of nothing but NaN and -infinity is not mistaken for a masked one.
  @Test func missingNumbersStayVisible() {
    let x = Tensor(shape: [1, 2], values: [-.infinity, .nan])
    #expect(x.softmax().values.allSatisfy { $0.isNaN })
  }

  @Test func crossEntropies() throws {
    for width in [1, 2, 9, 17] {
      for targets in [[0, width - 1, 0], [-100, width / 2, -100]] {
        try checkOperation(
          "crossEntropy", [draw([3, width], width)], { $0[0].crossEntropy(targets: targets) },
          reference: { x in
            let p = Self.softmax(x[0])
            let kept = targets.enumerated().filter { $0.element != -100 }
            return Grid(kept.reduce(0) { $0 - log(p[$1.offset, $1.element]) } / Double(kept.count))
          })
      }
    }
    #expect(draw([2, 3]).crossEntropy(targets: [-100, -100]).scalar.isNaN)
  }

  @Test func logarithms() throws {
    for width in [1, 5, 8, 21] {
      let x = draw([2, width])
      try compare(
        "logSoftmaxValues", x.logSoftmaxValues(), Self.softmax(Grid(x)).map { log($0) }, 1e-5)
    }
  }
}
