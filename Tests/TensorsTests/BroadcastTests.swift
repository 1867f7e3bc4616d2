import Tensors
import TestSupport
import Testing

@Suite struct BroadcastTests {
  struct Operator: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Tensor, Tensor) -> Tensor
    let reference: @Sendable (Double, Double) -> Double
  }

  static let operators = [
    Operator(testDescription: "+", apply: { $0 + $1 }, reference: { $0 + $1 }),
    Operator(testDescription: "-", apply: { $0 - $1 }, reference: { $0 - $1 }),
    Operator(testDescription: "*", apply: { $0 * $1 }, reference: { $0 * $1 }),
    Operator(testDescription: "/", apply: { $0 / $1 }, reference: { $0 / $1 }),
  ]

  /// The shape that two shapes broadcast to; nil when they do not.
  private static func meet(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = max(a.count, b.count)
    let x = [Int](repeating: 1, count: rank - a.count) + a
    let y = [Int](repeating: 1, count: rank - b.count) + b
    guard zip(x, y).allSatisfy({ $0 == $1 || $0 == 1 || $1 == 1 }) else { return nil }
    return zip(x, y).map { $0 == 1 ? $1 : $0 }
  }

  private func check(_ op: Operator, _ a: [Int], _ b: [Int]) throws {
    guard let shape = Self.meet(a, b) else { return }
    try checkOperation(
      op.testDescription, [draw(a), drawAwayFromZero(b)], gradientTolerance: 1e-4,
      { op.apply($0[0], $0[1]) },
      reference: { x in
        Grid(shape) { op.reference(x[0][broadcast: $0], x[1][broadcast: $0]) }
      })
  }

  @Test(arguments: operators) func everySmallPairOfShapes(_ op: Operator) throws {
    let small = (0...2).flatMap { shapes(rank: $0, extents: [0, 1, 2, 9]) }
    for a in small { for b in small { try check(op, a, b) } }
  }

  @Test(arguments: operators) func threeAndFourAxes(_ op: Operator) throws {
    for a in shapes(rank: 3, extents: [1, 3]) {
      for b in shapes(rank: 3, extents: [1, 3]) { try check(op, a, b) }
    }
    try check(op, [2, 1, 3, 1], [1, 2, 1, 9])
    try check(op, [2, 3, 1, 5], [3, 2, 5])
  }

  @Test func broadcastTo() throws {
    for shape in shapes(rank: 3, extents: [1, 3]) {
      try checkOperation(
        "broadcast", [draw(shape)], { $0[0].broadcast(to: [2, 3, 3, 3]) },
        reference: { x in Grid([2, 3, 3, 3]) { x[0][broadcast: $0] } })
    }
    #expect(draw([1, 4]).broadcast(to: [0, 4]).shape == [0, 4])
  }

  /// One tensor on both sides gets both contributions.
  @Test func oneTensorTwice() throws {
    try checkOperation(
      "x x + x", [draw([5])], { $0[0] * $0[0] + $0[0] },
      reference: { $0[0].map { $0 * $0 + $0 } })
  }
}
