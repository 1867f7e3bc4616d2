import Canonical
import Foundation

/// Estimates how long a result will take, from results computed before.
public struct ExpectedTime: Sendable {
  /// Seconds, and how far to trust them.
  public struct Estimate: Hashable, Sendable, CustomStringConvertible {
    public let seconds: Double
    /// Whether it is based only on results with much less or much more work.
    public let isRough: Bool

    public init(seconds: Double, isRough: Bool) {
      self.seconds = seconds
      self.isRough = isRough
    }

    /// `about 2 min 3 s`, `very roughly 5 h 2 min`
    public var description: String {
      (isRough ? "very roughly " : "about ") + ProgressStep.duration(seconds)
    }
  }

  private struct Sample: Sendable {
    let key: CacheKey
    let seconds: Double
  }

  private let samples: [String: [Sample]]
  private let exact: [ContentHash: Double]

  /// Results within this factor of the work are comparable. Beyond it, costs that do not grow with
  /// the work distort the estimate.
  public static let nearFactor = 4.0

  /// - Parameters:
  ///   - history: earlier runs, oldest first
  ///   - current: a run that is going on
  public init(_ history: RunHistory, current: RunRecord? = nil) {
    var samples: [String: [Sample]] = [:]
    var exact: [ContentHash: Double] = [:]
    func add(_ steps: [RunRecord.Step], _ known: [CacheKey]) {
      let keys = Dictionary(known.map { ($0.hash, $0) }) { $1 }
      for step in steps where step.outcome == "run" {
        guard let hash = step.key, let key = keys[hash] else { continue }
        samples[key.command, default: []].append(Sample(key: key, seconds: step.ownSeconds))
        exact[hash] = step.ownSeconds
      }
    }
    for run in history.runs { add(run.steps, (try? run.keys()) ?? []) }
    if let current { add(current.steps, current.keys) }
    self.samples = samples
    self.exact = exact
  }

  /// The time that this key took, otherwise the median over the command's results with comparable
  /// work and the fewest differing arguments, scaled by the work. Nil if there is none.
  public func estimate(for key: CacheKey) -> Estimate? {
    if let known = exact[key.hash] { return Estimate(seconds: known, isRough: false) }
    guard let all = samples[key.command], !all.isEmpty else { return nil }
    let measured = all.map { sample in
      let ratio = Self.work(key) / Self.work(sample.key)
      let distance = abs(log(ratio))
      return (
        seconds: sample.seconds * ratio, isFar: distance > log(Self.nearFactor) + 1e-9,
        distance: distance, differences: key.differences(from: sample.key).count
      )
    }
    let near = measured.filter { !$0.isFar }
    if near.isEmpty {
      let best = measured.min { ($0.distance, $0.differences) < ($1.distance, $1.differences) }
      return best.map { Estimate(seconds: $0.seconds, isRough: true) }
    }
    let least = near.map(\.differences).min() ?? 0
    let times = near.filter { $0.differences == least }.map(\.seconds).sorted()
    return Estimate(seconds: times[times.count / 2], isRough: false)
  }

  /// Steps times clips, as far as the arguments say; for trainings, steps alone.
  private static func work(_ key: CacheKey) -> Double {
    let arguments = Dictionary(key.arguments.map { ($0.name, $0.shown) }) { $1 }
    let steps = arguments["steps"].flatMap(Double.init) ?? 1
    if arguments["batch"] != nil { return max(steps, 1) }
    let clips = key.arguments.lazy.compactMap { argument in
      argument.shown.firstMatch(of: /([0-9]+) clips?/).flatMap { Double($0.1) }
    }.first
    return max(steps, 1) * max(clips ?? 1, 1)
  }
}
