import Experiments
import MotionAlignment
import ScriptInterpreter
import Tensors

/// How much of a set of targets is one map common to all of them.
enum SpecificEnergy {
  /// 1 - |mean|^2 / mean(|row|^2) over rows that sum to 1.
  static func share(_ targets: [AlignmentTarget]) throws -> Double {
    guard let width = targets.first?.grid.count, targets.contains(where: { !$0.spans.isEmpty })
    else {
      throw CommandError("no clip has a target, so the energy is undefined", code: .invalidValue)
    }
    var mean = [Double](repeating: 0, count: width)
    var energy = 0.0
    var count = 0.0
    for target in targets {
      try checkCancellation()
      for row in 0..<target.rows.shape[0] {
        let values = (0..<width).map { Double(target.rows[row, $0]) }
        let total = max(values.reduce(0, +), 1e-12)
        for (cell, value) in values.enumerated() {
          mean[cell] += value / total
          energy += (value / total) * (value / total)
        }
        count += 1
      }
    }
    let common = mean.reduce(0) { $0 + ($1 / count) * ($1 / count) }
    return 1 - common / (energy / count)
  }
}
