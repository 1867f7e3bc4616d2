import Foundation
import JSON
import Synchronization

/// What is worth knowing about one run and must not be in a lock: when, where, how long, with
/// which versions. Written as JSON under `.merepl/runs/`.
public final class RunRecord: Sendable {
  /// Duration and outcome of one step.
  public struct Step: Hashable, Sendable {
    public let name: String
    public let seconds: Double
    /// `run`, `cached`, `pinned` or `failed`.
    public let outcome: String

    public init(name: String, seconds: Double, outcome: String) {
      self.name = name
      self.seconds = seconds
      self.outcome = outcome
    }
  }

  private let begun = Date()
  private let clock = ContinuousClock.now
  private let arguments: [String]
  private let versions: [String: String]
  private let source: SourceState?
  private let settings: [String: JSONValue]
  private let steps = Mutex<[Step]>([])

  /// - Parameters:
  ///   - arguments: the command line
  ///   - versions: name and version of each library in use
  ///   - settings: threads, precision mode and whatever else a reader should know
  ///   - source: the repository's state, from ``SourceState/current(in:)``
  public init(
    arguments: [String] = CommandLine.arguments, versions: [String: String] = [:],
    settings: [String: JSONValue] = [:], source: SourceState? = SourceState.current()
  ) {
    self.arguments = arguments
    self.versions = versions
    self.settings = settings
    self.source = source
  }

  public func add(_ step: Step) { steps.withLock { $0.append(step) } }

  /// Runs `body` and records how long it took.
  public func step<T>(
    _ name: String, _ body: () throws -> (value: T, cached: Bool)
  ) rethrows -> T {
    let start = ContinuousClock.now
    do {
      let (value, cached) = try body()
      add(Step(name: name, seconds: start.seconds, outcome: cached ? "cached" : "run"))
      return value
    } catch {
      add(Step(name: name, seconds: start.seconds, outcome: "failed"))
      throw error
    }
  }

  /// The record so far.
  /// - Parameter exitCode: with what the run ended
  public func json(exitCode: Int32) -> JSONValue {
    let machine = Machine.current
    let steps = steps.withLock { $0 }.map { step -> JSONValue in
      [
        "name": .string(step.name), "seconds": .double(step.seconds),
        "outcome": .string(step.outcome),
      ]
    }
    return [
      "begun": .string(begun.formatted(.iso8601)), "seconds": .double(clock.seconds),
      "exit_code": .int(Int(exitCode)), "arguments": .array(arguments.map { .string($0) }),
      "folder": .string(FileManager.default.currentDirectoryPath),
      "source": source?.json ?? .null, "machine": machine.json,
      "peak_memory_bytes": .int(Machine.peakMemory), "processor_seconds": .double(Machine.cpuTime),
      "versions": Self.object(versions.mapValues { .string($0) }),
      "settings": Self.object(settings), "steps": .array(steps),
    ]
  }

  /// Writes the record into `folder`, named by the time the run began and its process.
  /// - Returns: the path of the file
  @discardableResult
  public func write(in folder: String = ".merepl/runs", exitCode: Int32) throws -> String {
    let style = Date.ISO8601FormatStyle(dateTimeSeparator: .standard, timeZone: .gmt)
    let time = begun.formatted(style).filter { $0.isNumber || $0 == "T" }
    let path = "\(folder)/\(time)-\(getpid()).json"
    let text = try json(exitCode: exitCode).serialized(pretty: true)
    try DurableFile.write(Data(text.utf8), to: path)
    return path
  }

  private static func object(_ members: [String: JSONValue]) -> JSONValue {
    var result: JSONValue = [:]
    for (name, value) in members.sorted(by: { $0.key < $1.key }) { result.setMember(name, value) }
    return result
  }
}

extension JSONValue {
  /// Adds a member to an object.
  fileprivate mutating func setMember(_ name: String, _ value: JSONValue) {
    guard case .object(var members) = self else { return }
    members[name] = value
    self = .object(members)
  }
}

extension ContinuousClock.Instant {
  /// Seconds from here to now.
  var seconds: Double {
    let parts = duration(to: .now).components
    return Double(parts.seconds) + Double(parts.attoseconds) / 1e18
  }
}
