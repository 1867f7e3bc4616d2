import Experiments
import Reporting

/// Shows a training run's losses while it goes on, smoothed over the last steps, and keeps them for
/// the record.
final class LossMeter {
  private let step: ProgressStep
  private let record: RunRecord?
  private let curve: Int
  private let names: [String]
  private var means: [Double] = []

  init(_ workspace: Workspace, _ title: String, _ steps: Int, _ names: [String]) {
    step = workspace.progress.begin(title, total: steps)
    record = workspace.record
    curve = record?.begin(LossCurve(title: title, names: names)) ?? 0
    self.names = names
  }

  func step(_ index: Int, _ measured: [Double]) {
    record?.extend(curve: curve, by: measured)
    means =
      means.isEmpty ? measured : zip(means, measured).map { 0.98 * $0 + 0.02 * $1 }
    let note = zip(names, means).map { "\($0) \(NumberText.fixed($1, digits: 3))" }
    step.advance(note: note.joined(separator: ", "))
  }

  func end() { step.end() }
}
