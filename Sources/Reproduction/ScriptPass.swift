import Canonical
import Commands
import Experiments
import Files
import ScriptInterpreter
import ScriptSyntax

/// Evaluates a script to see what it asks for: nothing is printed or computed.
public struct ScriptPass {
  public let script: ScriptFile
  let program: Program
  public let session: Session

  public var outcome: ScriptOutcome { session.workspace.outcome }

  /// - Parameters:
  ///   - storeFolder: the store to look into; the usual one when nil
  ///   - figures: a folder to draw the figures into whose results are there; none when nil
  public init(
    _ script: ScriptFile, _ assignments: [Assignment], console: Console,
    storeFolder: String? = nil, figuresInto figures: String? = nil, limits: Limits = .standard
  ) throws {
    self.script = script
    program = try script.load()
    var options = Workspace.Options()
    options.policy = .plan
    options.storeFolder = storeFolder
    options.drawsFigures = figures != nil
    options.outputFolder = figures
    session = try Session(
      console: Console(isQuiet: true, writesJSON: console.writesJSON), options: options,
      limits: limits, isRecorded: false, output: { _ in })
    try session.run(script, program, assignments)
  }
}

/// What running a script, or an input of the prompt, would do now.
public struct ScriptPlan {
  /// A result, and whether it would run.
  public struct Item {
    let step: any ResultStep
    /// Label of the table row that needs it.
    let place: String
    let isCached: Bool
    /// Why it would run; empty for cached results.
    let reason: Reason
    /// How long it should take; nil if nothing similar was computed before.
    let time: ExpectedTime.Estimate?
  }

  enum Reason {
    case cached
    /// Parts in which its key differs from an earlier result's.
    case changed([KeyComparison.Cause])
    case isNew
    /// It was computed before but is no longer cached.
    case lost
    /// An earlier run asked for it but did not finish.
    case unfinished

    var text: String {
      switch self {
      case .cached: "cached"
      case .changed(let causes):
        causes.reduce(into: [String]()) { texts, cause in
          if !texts.contains("\(cause)") { texts.append("\(cause)") }
        }.joined(separator: "; ")
      case .isNew: "it was not computed before"
      case .lost: "its result is no longer cached"
      case .unfinished: "an earlier run did not finish it"
      }
    }
  }

  /// Results that others depend on come first.
  public let items: [Item]
  /// Whether some commands could not be predicted.
  let hasUnknownPart: Bool

  public var pending: [Item] { items.filter { !$0.isCached } }
  /// The sum of what is known; nil when nothing is.
  var time: ExpectedTime.Estimate? {
    let known = pending.compactMap(\.time)
    return known.isEmpty
      ? nil
      : .init(
        seconds: known.reduce(0) { $0 + $1.seconds }, isRough: known.contains(where: \.isRough))
  }

  public init(_ pass: ScriptPass) throws {
    try self.init(pass.outcome.demands, in: pass.session, of: pass.script)
  }

  /// - Parameters:
  ///   - demands: the results that are wanted
  ///   - session: a session that computes nothing, which asked for them
  ///   - script: whose earlier runs to compare with; nil for all runs
  ///   - current: a run that is going on, whose times count, too
  public init(
    _ demands: [ScriptOutcome.Demand], in session: Session, of script: ScriptFile?,
    current: RunRecord? = nil
  ) throws {
    let history = RunHistory(folder: session.runsFolder)
    let store = session.workspace.store
    let times = ExpectedTime(history, current: current)
    let past = PastKeys(history, script: script, store: try store.items().map(\.key))
    let comparison = KeyComparison(
      before: past.all, after: session.record.keys,
      inUse: script == nil ? Self.keys(behind: demands.map(\.step)) : nil)
    hasUnknownPart = session.workspace.outcome.hasUnknownPart
    var items: [Item] = []
    var seen: Set<ContentHash> = []

    func visit(_ step: any ResultStep, _ place: String) throws {
      guard !step.isLoading, seen.insert(step.key.hash).inserted else { return }
      let isCached = try store.contains(step.key)
      if !isCached { for input in step.inputs { try visit(input, place) } }
      items.append(
        Item(
          step: step, place: place, isCached: isCached,
          reason: isCached ? .cached : past.reason(step.key, comparison),
          time: times.estimate(for: step.key)))
    }
    for demand in demands { try visit(demand.step, demand.place) }
    self.items = items
  }
}

extension ScriptPlan {
  /// The keys of results and of all that they are made from.
  static func keys(behind steps: [any ResultStep]) -> Set<ContentHash> {
    var keys: Set<ContentHash> = []
    var waiting = steps
    while let step = waiting.popLast() {
      if keys.insert(step.key.hash).inserted { waiting += step.inputs }
    }
    return keys
  }
}

/// The keys that are known from earlier runs of a script.
private struct PastKeys {
  let all: [CacheKey]
  private let finished: Set<ContentHash>
  private let results: [CacheKey]

  /// - Parameter store: keys of the results in the store
  init(_ history: RunHistory, script: ScriptFile?, store: [CacheKey]) {
    var own = history.runs
    if let script {
      let path = RealPath.of(script.path) ?? script.path
      own.removeAll { (try? $0.json.find("script")?.string("absolute")) != path }
    }
    let keys = own.suffix(20).flatMap { (try? $0.keys()) ?? [] }
    finished = Set(own.flatMap(\.steps).filter { $0.content != nil }.compactMap(\.key))
    // A script is compared with itself alone; at the prompt all earlier work counts.
    results = script == nil ? keys + store : keys
    all = results
  }

  func reason(_ key: CacheKey, _ comparison: KeyComparison) -> ScriptPlan.Reason {
    if finished.contains(key.hash) { return .lost }
    if let earlier = comparison.predecessor(of: key, among: results), !earlier.causes.isEmpty {
      return .changed(earlier.causes)
    }
    return results.contains(key) ? .unfinished : .isNew
  }
}
