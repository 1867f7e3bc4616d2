import Foundation
import Tensors

/// What is wrong with merepl's variables in the environment: one that means nothing is said, for
/// who set it believes that it works.
enum EnvironmentFault {
  /// - Returns: nil where every variable that is set can be used
  static var text: String? {
    let values = ProcessInfo.processInfo.environment
    func fault(_ name: String, _ wanted: String, _ isGood: (String) -> Bool) -> String? {
      guard let value = values[name], !value.isEmpty, !isGood(value) else { return nil }
      return "\(name) is \"\(value)\"; it is \(wanted)"
    }
    return fault("MEREPL_THREADS", "a number of threads, 1 to 1024") {
      Int($0).map((1...1024).contains) ?? false
    }
      ?? fault("MEREPL_PRECISION", "portable or fast") { Precision(rawValue: $0) != nil }
      ?? fault("MEREPL_CHECKPOINT_SECONDS", "a number of seconds, 0 for every step") {
        Double($0).map { $0 >= 0 && $0.isFinite } ?? false
      }
  }
}
