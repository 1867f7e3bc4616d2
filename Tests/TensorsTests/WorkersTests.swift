import Tensors
import Testing

/// One suite, one at a time: the number of threads is a setting of the process.
@Suite(.serialized) struct WorkersTests {
  private struct Failure: Error, Equatable { let index: Int }

  private func withThreads<T>(_ count: Int, _ body: () throws -> T) rethrows -> T {
    let before = Workers.count
    Workers.count = count
    defer { Workers.count = before }
    return try body()
  }

  /// A step of training with everything that could depend on the split.
  private func step() throws -> [UInt32] {
    let w = Parameter(name: "w", draw([16, 16]))
    let parts = try Workers.map(9) { i in
      let gradients = Gradients()
      let x = draw([5, 16], i).linear(w.tensor).geluTanh().reshaped([1, 5, 2, 8])
      gradients.backward(from: Tensor.attention(x, x, x).squared().sum())
      return gradients[w]!
    }
    return parts.flatMap(bits)
  }

  @Test func threadsChangeNoBit() throws {
    let one = try withThreads(1) { try step() }
    for threads in [2, 7] {
      let several = try withThreads(threads) { try step() }
      #expect(several == one)
    }
  }

  @Test(arguments: [1, 2, 7]) func resultsComeInOrder(threads: Int) throws {
    let squares = try withThreads(threads) { try Workers.map(100) { $0 * $0 } }
    #expect(squares == (0..<100).map { $0 * $0 })
    let none = try withThreads(threads) { try Workers.map(0) { $0 } }
    #expect(none == [])
  }

  @Test(arguments: [1, 2, 7]) func theFirstErrorIsThrown(threads: Int) {
    #expect(throws: Failure(index: 3)) {
      try withThreads(threads) {
        try Workers.map(20) { if $0 >= 3 { throw Failure(index: $0) } }
      }
    }
  }

  @Test func workersInheritTheRecordingSwitch() throws {
    let p = Parameter(name: "p", .zeros([1]))
    let recorded = try Workers.map(4) { _ in p.tensor.gradientNode != nil }
    #expect(recorded == [true, true, true, true])
    let silent = try withoutGradients {
      try Workers.map(4) { _ in p.tensor.gradientNode != nil }
    }
    #expect(silent == [false, false, false, false])
  }

  @Test func callsMayNest() throws {
    let sums = try withThreads(2) {
      try Workers.map(4) { i in try Workers.map(4) { $0 * i }.reduce(0, +) }
    }
    #expect(sums == [0, 6, 12, 18])
  }
}
