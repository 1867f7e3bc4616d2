/// How long a result is likely to take, judged by those that were computed before.
public struct ExpectedTime: Sendable {
  private struct Sample: Sendable {
    let key: CacheKey
    let seconds: Double
  }

  private let samples: [String: [Sample]]
  private let exact: [ContentHash: Double]

  /// - Parameter history: earlier runs, oldest first
  public init(_ history: RunHistory) {
    var samples: [String: [Sample]] = [:]
    var exact: [ContentHash: Double] = [:]
    for run in history.runs {
      let keys = Dictionary(((try? run.keys()) ?? []).map { ($0.hash, $0) }) { $1 }
      for step in run.steps where step.outcome == "run" {
        guard let hash = step.key, let key = keys[hash] else { continue }
        samples[key.command, default: []].append(Sample(key: key, seconds: step.ownSeconds))
        exact[hash] = step.ownSeconds
      }
    }
    self.samples = samples
    self.exact = exact
  }

  /// Seconds: those that this very key took, else the median of the earlier results of the command
  /// with the fewest other arguments, in proportion to `steps`. Nil where there is none.
  public func seconds(for key: CacheKey) -> Double? {
    if let known = exact[key.hash] { return known }
    guard let all = samples[key.command], !all.isEmpty else { return nil }
    let measured = all.map { (key.differences(from: $0.key).count, $0) }
    let least = measured.map(\.0).min() ?? 0
    let times = measured.filter { $0.0 == least }.map { _, sample in
      sample.seconds * Self.ratio(key, sample.key)
    }.sorted()
    return times[times.count / 2]
  }

  private static func ratio(_ key: CacheKey, _ other: CacheKey) -> Double {
    func steps(_ key: CacheKey) -> Double? {
      key.arguments.first { $0.name == "steps" }.flatMap { Double($0.shown) }
    }
    guard let one = steps(key), let two = steps(other), two > 0 else { return 1 }
    return one / two
  }
}
