import Tensors
import Testing

@Suite struct MemoryBudgetTests {
  @Test func whatIsTooMuchIsRefusedWithEstimateAndLimit() {
    #expect(throws: Never.self) { try MemoryBudget.require(1, for: "one byte") }
    let error = #expect(throws: MemoryRefusal.self) {
      try MemoryBudget.require(.max, for: "a hoard")
    }
    #expect("\(error!)".hasPrefix("a hoard needs about 8589934591.9 GiB of memory; "))
    #expect(error?.limit == MemoryBudget.limit)
  }

  @Test func tensorsThatThereAreCount() {
    let tensor = Tensor.zeros([1 << 20])
    #expect(TensorStorage.liveBytes >= 4 << 20)
    #expect(throws: MemoryRefusal.self) {
      try MemoryBudget.require(MemoryBudget.limit, for: "all of it")
    }
    #expect(tensor.count == 1 << 20)
  }

  @Test func productsAndSumsThatFitNoInteger() throws {
    #expect(try CheckedSize.product(3, 4, 5) == 60)
    let error = #expect(throws: SizeOverflow.self) { try CheckedSize.product(.max, 2) }
    #expect("\(error!)" == "the size 9223372036854775807 x 2 does not fit in a 64-bit integer")
    #expect(CheckedSize.saturating(.max, 2) == .max)
    #expect(CheckedSize.saturating(.max, .max, 0) == 0)
    #expect(CheckedSize.sum(.max, 1) == .max)
  }
}
