import Ranks
import Tensors
import Testing

@Suite struct WorkersTests {
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
    let one = try Workers.using(1) { try step() }
    for threads in [2, 7] {
      let several = try Workers.using(threads) { try step() }
      #expect(several == one)
    }
  }

  /// Each task has its own number of threads, precision and recording, while the other works.
  @Test func twoTasksWithSettingsOfTheirOwn() async throws {
    let wanted = try Workers.using(1) { try step() }
    let p = Parameter(name: "p", .zeros([1]))
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for (threads, precision) in [(1, Precision.fast), (2, .portable), (7, .fast)] {
        group.addTask {
          try Workers.using(threads) {
            try Precision.using(precision) {
              try (0..<20).allSatisfy { round in
                let isSame = try step() == wanted
                let seen = try withoutGradients {
                  try Workers.map(9) { _ in
                    (Precision.current, p.tensor.gradientNode == nil)
                  }
                }
                return isSame && Workers.count == threads && p.tensor.gradientNode != nil
                  && seen.allSatisfy { $0 == (precision, true) }
              }
            }
          }
        }
      }
      for try await isSame in group { #expect(isSame) }
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
}
