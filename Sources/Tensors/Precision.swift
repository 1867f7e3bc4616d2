import Foundation
import Kernels
import Ranks
import Synchronization

/// How exact products with weights stored as BF16 are.
public enum Precision: String, Sendable, CaseIterable {
  /// Activations stay float32, weights are widened panel by panel, sums are float32: the same bits
  /// on every processor.
  case portable
  /// Activations are rounded to BF16 before a product with BF16 weights and inside of large
  /// attention, sums are float32; with the processor's own BF16 instructions. The same bits on any
  /// number of threads, but not on other processors. Without such instructions nothing is rounded:
  /// the products are those of ``portable``.
  case fast

  /// The mode in use: that of ``using(_:_:)``, else ``processDefault``.
  public static var current: Precision { WorkContext.value(Choice.self) ?? processDefault }

  /// The mode of work that does not choose: `MEREPL_PRECISION`, else ``portable``. It is for the
  /// start of a program; work chooses its own with ``using(_:_:)``.
  public static var processDefault: Precision {
    get { isFast.load(ordering: .relaxed) ? .fast : .portable }
    set { isFast.store(newValue == .fast, ordering: .relaxed) }
  }

  /// Runs `body` in a mode of its own, with all threads that it starts.
  public static func using<Result>(
    _ precision: Precision, _ body: () throws -> Result
  ) rethrows -> Result {
    try WorkContext.with(Choice.self, precision, body)
  }

  /// The mode that a piece of work has chosen.
  private enum Choice: WorkKey {
    static let defaultValue: Precision? = nil
  }

  private static let isFast = Atomic(
    ProcessInfo.processInfo.environment["MEREPL_PRECISION"] == Precision.fast.rawValue)

  /// What multiplies by BF16 weights in this mode here; for records of runs.
  public var products: String {
    guard self == .fast, let instructions = OneDNN.bfloat16Instructions else {
      return "own kernels, float32 panels"
    }
    return "oneDNN \(OneDNN.version), \(instructions)"
  }
}
