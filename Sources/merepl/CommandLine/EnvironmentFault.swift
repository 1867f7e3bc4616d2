import Foundation
import Tensors

/// Finds invalid values of merepl's environment variables: ignoring them silently would mislead
/// whoever set them.
enum EnvironmentFault {
  /// - Returns: nil where every variable that is set can be used
  static var text: String? {
    let values = ProcessInfo.processInfo.environment
    func fault(_ name: String, _ wanted: String, _ isGood: (String) -> Bool) -> String? {
      guard let value = values[name], !value.isEmpty, !isGood(value) else { return nil }
      return "\(name): expected \(wanted), got \"\(value)\""
    }
    return fault("MEREPL_THREADS", "a number of threads, 1 to 1024") {
      Int($0).map((1...1024).contains) ?? false
    }
      ?? fault("MEREPL_PRECISION", "portable or fast") { Precision(rawValue: $0) != nil }
      ?? fault("MEREPL_INSTRUCTIONS", Instructions.families.joined(separator: " or ")) {
        Instructions.families.contains($0)
      }
      ?? fault("MEREPL_CHECKPOINT_SECONDS", "a number of seconds (0: every step)") {
        Double($0).map { $0 >= 0 && $0.isFinite } ?? false
      }
  }
}
