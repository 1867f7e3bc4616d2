import Diagnostics
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
}

extension MemoryRefusal: ExitCoded {
  public var exitCode: Int32 { 4 }
}
