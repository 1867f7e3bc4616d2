import Tensors
import TestSupport
import Testing

/// The checker itself must fail when there is something to find.
@Suite struct OperationCheckTests {
  private let x = draw([3])

  @Test func acceptsWhatIsRight() throws {
    try checkOperation("squared", [x], { $0[0].squared() }, reference: { $0[0].map { $0 * $0 } })
  }

  @Test func rejectsAWrongValue() {
    #expect(throws: OperationMismatch.self) {
      try checkOperation(
        "value", [x], { $0[0].squared() }, reference: { $0[0].map { $0 * $0 + 1e-3 } })
    }
  }

  @Test func rejectsAWrongShape() {
    #expect(throws: OperationMismatch.self) {
      try checkOperation(
        "shape", [x], { $0[0].squared().reshaped([3, 1]) },
        reference: { $0[0].map { $0 * $0 } })
    }
  }

  @Test func rejectsAWrongGradient() {
    #expect(throws: OperationMismatch.self) {
      try checkOperation(
        "gradient", [x], { $0[0] * $0[0].detached() }, reference: { $0[0].map { $0 * $0 } })
    }
  }

  @Test func rejectsNaN() {
    let bad = Tensor(shape: [1], values: [.nan])
    #expect(throws: OperationMismatch.self) {
      try checkOperation("NaN", [bad], { $0[0] * 1 }, reference: { $0[0] })
    }
  }

  @Test func rejectsBitsThatDependOnRecording() {
    #expect(throws: OperationMismatch.self) {
      try checkOperation(
        "recording", [x],
        { $0[0].gradientNode == nil ? $0[0] * 1.000_001 : $0[0] * 1 }, reference: { $0[0] })
    }
  }
}
