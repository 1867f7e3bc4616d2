import Canonical
import Files
import Foundation
import JSON
import Synchronization

/// The facts about a run that must not be in a lock: when, where, how long, with which versions,
/// from which keys. Written as JSON to `.merepl/runs/`.
public final class RunRecord: Sendable {
  /// Duration and outcome of one step.
  public struct Step: Hashable, Sendable {
    public let name: String
    /// Including everything that had to be computed first.
    public let seconds: Double
    /// `run`, `cached` or `failed`.
    public let outcome: String
    /// Excluding everything that had to be computed first.
    public var ownSeconds: Double
    public var key: ContentHash?
    /// Hash of the result's bits.
    public var content: ContentHash?
    /// The most memory the process had held when the step ended.
    public var peakMemory: Int

    public init(
      name: String, seconds: Double, outcome: String, ownSeconds: Double? = nil,
      key: ContentHash? = nil, content: ContentHash? = nil, peakMemory: Int = Machine.peakMemory
    ) {
      self.name = name
      self.seconds = seconds
      self.outcome = outcome
      self.ownSeconds = ownSeconds ?? seconds
      self.key = key
      self.content = content
      self.peakMemory = peakMemory
    }

    var json: JSONValue {
      JSONValue(
        members: [
          ("name", .string(name)), ("seconds", .double(seconds)),
          ("own_seconds", .double(ownSeconds)), ("outcome", .string(outcome)),
          ("peak_memory_bytes", .int(peakMemory)),
        ] + (key.map { [("key", .string($0.hex))] } ?? [])
          + (content.map { [("content", .string($0.hex))] } ?? []))
    }
  }

  private struct State {
    var steps: [Step] = []
    var keys: [ContentHash: CacheKey] = [:]
    var curves: [LossCurve] = []
    var warnings: [String] = []
    var details: [String: JSONValue] = [:]
  }

  private let begun = Date()
  private let clock = ContinuousClock.now
  private let arguments: [String]
  private let versions: @Sendable () -> [String: String]
  private let source: SourceState?
  private let settings: [String: JSONValue]
  private let state = Mutex(State())

  /// - Parameters:
  ///   - arguments: the command line
  ///   - versions: name and version of each library in use; asked when the record is written
  ///   - settings: threads, precision mode and whatever else a reader should know
  ///   - source: the repository's state, from ``SourceState/current(in:)``
  public init(
    arguments: [String] = CommandLine.arguments,
    versions: @escaping @Sendable () -> [String: String] = { [:] },
    settings: [String: JSONValue] = [:], source: SourceState? = SourceState.current()
  ) {
    self.arguments = arguments
    self.versions = versions
    self.settings = settings
    self.source = source
  }

  // MARK: Gathering

  public func add(_ step: Step) { state.withLock { $0.steps.append(step) } }

  /// Records the key of a result or of one of its inputs.
  public func add(_ key: CacheKey) { state.withLock { $0.keys[key.hash] = key } }

  public func warn(_ text: String) { state.withLock { $0.warnings.append(text) } }

  /// Adds a member of its own to the record, for instance the script or a verdict.
  public func set(_ name: String, _ value: JSONValue) {
    state.withLock { $0.details[name] = value }
  }

  /// Opens a curve and returns its number for ``extend(curve:by:)``.
  public func begin(_ curve: LossCurve) -> Int {
    state.withLock {
      $0.curves.append(curve)
      return $0.curves.count - 1
    }
  }

  public func extend(curve: Int, by losses: [Double]) {
    state.withLock { $0.curves[curve].append(losses) }
  }

  public var steps: [Step] { state.withLock { $0.steps } }
  public var keys: [CacheKey] { state.withLock { $0.keys.values.sorted { $0.hex < $1.hex } } }

  // MARK: Writing

  /// The record so far.
  /// - Parameter exitCode: the exit status of the run
  public func json(exitCode: Int32) -> JSONValue {
    let state = state.withLock { $0 }
    let fixed: [(String, JSONValue)] = [
      ("begun", .string(begun.formatted(.iso8601))), ("seconds", .double(clock.seconds)),
      ("exit_code", .int(Int(exitCode))),
      ("arguments", .array(arguments.map { .string($0) })),
      ("folder", .string(FileManager.default.currentDirectoryPath)),
      ("source", source?.json ?? .null), ("machine", Machine.current.json),
      ("peak_memory_bytes", .int(Machine.peakMemory)),
      ("processor_seconds", .double(Machine.cpuTime)),
      ("versions", Self.object(versions().mapValues { .string($0) })),
      ("settings", Self.object(settings)),
      ("warnings", .array(state.warnings.map { .string($0) })),
    ]
    let gathered: [(String, JSONValue)] = [
      ("steps", .array(state.steps.map(\.json))),
      ("loss_curves", .array(state.curves.map(\.json))),
      ("keys", .array(state.keys.values.sorted { $0.hex < $1.hex }.map(\.json))),
    ]
    return JSONValue(
      members: fixed + state.details.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        + gathered)
  }

  /// Writes the record into `folder`, named by the time the run began and its process.
  /// - Returns: the path of the file
  @discardableResult
  public func write(in folder: String = ".merepl/runs", exitCode: Int32) throws -> String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .standard, timeZone: .gmt)
    let time = begun.formatted(style).filter { $0.isNumber || $0 == "T" }
    let text = try json(exitCode: exitCode).serialized(pretty: true)
    // A clock set back may give a name twice; an earlier record is never replaced.
    var path = "\(folder)/\(time)-\(getpid()).json"
    var number = 2
    while FileManager.default.fileExists(atPath: path) {
      path = "\(folder)/\(time)-\(getpid())-\(number).json"
      number += 1
    }
    let parts = path.split(separator: "/").suffix(2).joined(separator: "/")
    try WholeFile.write(
      Array(text.utf8), below: PathText.folder(of: folder), to: parts)
    return path
  }

  private static func object(_ members: [String: JSONValue]) -> JSONValue {
    JSONValue(members: members.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }
}

extension ContinuousClock.Instant {
  /// Seconds from here to now.
  var seconds: Double {
    let parts = duration(to: .now).components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }
}
