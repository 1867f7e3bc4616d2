import JSON

/// The losses of a training run by step, for the run record: at most a few hundred points, each the
/// mean over a range of steps.
public struct LossCurve: Hashable, Sendable {
  public let title: String
  /// The names of the losses of a step, in order.
  public let names: [String]
  /// Steps per point; doubles whenever there would be too many points.
  public private(set) var stride = 1
  /// One row of means for each full point.
  public private(set) var points: [[Double]] = []
  public private(set) var steps = 0
  private var sums: [Double] = []
  private var pending = 0

  public static let mostPoints = 400

  public init(title: String, names: [String]) {
    self.title = title
    self.names = names
  }

  /// Adds the losses of the next step.
  public mutating func append(_ losses: [Double]) {
    steps += 1
    pending += 1
    sums = sums.isEmpty ? losses : zip(sums, losses).map { $0 + $1 }
    guard pending == stride else { return }
    points.append(sums.map { $0 / Double(stride) })
    (sums, pending) = ([], 0)
    guard points.count == Self.mostPoints else { return }
    points = (0..<points.count / 2).map { Self.mean(points[2 * $0], points[2 * $0 + 1]) }
    stride *= 2
  }

  private static func mean(_ one: [Double], _ other: [Double]) -> [Double] {
    zip(one, other).map { ($0 + $1) / 2 }
  }

  public var json: JSONValue {
    [
      "title": .string(title), "names": .array(names.map { .string($0) }), "steps": .int(steps),
      "stride": .int(stride),
      "points": .array(points.map { .array($0.map { .double($0) }) }),
    ]
  }
}
