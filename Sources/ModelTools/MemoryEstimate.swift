import Diagnostics
import Ranks
import Tensors

/// What commands ask before they take memory whose amount their arguments decide.
public enum MemoryEstimate {
  /// Refuses work that would need more than is left: status 4, with the estimate and the limit.
  /// - Parameter work: what needs it, as the subject of a sentence
  public static func require(_ bytes: Int, for work: String, suggestion: String? = nil) throws {
    do {
      try MemoryBudget.require(bytes, for: work)
    } catch {
      throw CommandError(
        error.description, code: .memoryLimit, suggestion: suggestion ?? MemoryRefusal.advice)
    }
  }

  /// Results of all indices in order, in parallel. The first one is made alone and tells what all
  /// of them will take.
  public static func map<T: Sendable>(
    _ count: Int, for work: String, _ body: @Sendable (Int) throws -> T
  ) throws -> [T] {
    guard count > 0 else { return [] }
    let before = TensorStorage.liveBytes
    let first = try body(0)
    try require(
      CheckedSize.saturating(max(0, TensorStorage.liveBytes - before), count), for: work,
      suggestion: "use fewer clips, or allow more memory with \(MemoryBudget.variable)=16G")
    return [first] + (try Workers.map(count - 1) { try body($0 + 1) })
  }
}

extension MemoryRefusal: ExitCoded {
  public var exitCode: Int32 { 4 }
}
