import Diagnostics
import ScriptChecker
import ScriptSyntax

/// Runs scripts and inputs of the prompt by walking their trees.
///
/// An interpreter belongs to one thread; `fork` makes another one for work in parallel.
public final class Interpreter {
  /// Asked every few hundred steps, and by commands; true ends the run.
  public typealias Cancellation = @Sendable () -> Bool

  public let host: any CommandHost
  public let limits: Limits
  private let cancellation: Cancellation?

  /// Values given to parameters from outside, by name.
  var overrides: [String: ParameterOverride] = [:]
  var declarations: [String: ParameterDeclaration] = [:]
  /// The parameters of the scripts run so far, with their values.
  public internal(set) var parameters: [(name: String, value: Value)] = []

  let globals = Scope(parent: nil)
  /// What was typed, for writing a script from it.
  var log = SessionLog()
  var program: Program?
  /// Whether names may be bound again.
  var isSession = false

  /// The calls that are open, outermost first.
  public internal(set) var callStack: [CallFrame] = []
  /// The code of the functions that are open; none may be entered again.
  var openFunctions: Set<ObjectIdentifier> = []
  /// Tables whose rows are being computed.
  var openTables: [TableBuilder] = []
  /// Names of the tables, figures and claims made so far, and files written, each with its kind.
  private var outputs: Set<String> = []
  /// Whether the evaluation has compared measured numbers one by one, or used a truth value
  /// that may come from that: a claim on it has no interval.
  var comparedSingles = false
  /// The label of the row that is being computed, for progress messages.
  public internal(set) var rowLabel: String?

  /// Counts steps and memory against the limits.
  public let meter: Meter
  var evaluationDepth = 0

  public init(
    host: any CommandHost, limits: Limits = .standard, cancellation: Cancellation? = nil
  ) {
    self.host = host
    self.limits = limits
    self.cancellation = cancellation
    meter = Meter(limits: limits, cancellation: cancellation)
    resetBudget()
  }

  /// An interpreter with the same host and limits and no bindings, to call functions with on
  /// another thread. Its steps count from zero.
  public func fork() -> Interpreter {
    let other = Interpreter(host: host, limits: limits, cancellation: cancellation)
    other.callStack = callStack
    other.openFunctions = openFunctions
    other.evaluationDepth = evaluationDepth
    other.meter.share(deadline: meter.deadline)
    return other
  }

  // MARK: - Limits

  /// Gives the next script or line the full limits.
  func resetBudget() {
    meter.reset()
    evaluationDepth = 0
    callStack = []
    openFunctions = []
    openTables = []
    outputs = []
    comparedSingles = false
    rowLabel = nil
  }

  public var steps: Int { meter.steps }

  /// Counts work, and looks from time to time whether the run should end.
  public func charge(_ count: Int = 1, at span: SourceSpan) throws {
    do {
      try meter.charge(count)
    } catch {
      throw placed(error, at: span)
    }
  }

  /// Throws when the run was cancelled or its time is up. Long commands call it often.
  public func checkpoint(at span: SourceSpan) throws {
    try metering(at: span) { try $0.checkpoint() }
  }

  /// Asks the meter; its errors get their place and the open calls.
  func metering<Result>(at span: SourceSpan, _ body: (Meter) throws -> Result) throws -> Result {
    do {
      return try body(meter)
    } catch {
      throw placed(error, at: span)
    }
  }

  /// Counts the memory of a new value and bounds its size.
  func admit(_ value: Value, at span: SourceSpan) throws -> Value {
    do {
      switch value {
      case .string(let text):
        try meter.requireString(bytes: text.utf8.count)
        try meter.take(bytes: text.utf8.count)
      case .list(let list):
        try meter.requireCount(list.count)
        try meter.take(list.count, times: 16)
      case .record(let record):
        try meter.requireCount(record.fields.count)
        try meter.take(record.fields.count, times: 48)
      case .handle(let handle as any NumericHandle):
        try meter.charge(handle.count / 16)
        try meter.take(bytes: handle.byteCount)
      case .function(let function):
        try meter.take(function.capturedCount, times: 80)
      default: return value
      }
    } catch {
      throw placed(error, at: span)
    }
    let extent = value.extent
    if extent.depth > limits.valueDepth {
      throw failure(
        .depthLimit, "values are nested more than \(limits.valueDepth) levels deep", at: span)
    }
    if extent.weight > limits.valueWeight {
      throw failure(
        .sizeLimit, "limit exceeded: a value with \(limits.valueWeight) inner values", at: span)
    }
    return value
  }

  /// The same for a part that a handle gives out: it is built at that moment, which counts as work.
  func admit(part value: Value, at span: SourceSpan) throws -> Value {
    try charge(1 + value.extent.weight / 16, at: span)
    return try admit(value, at: span)
  }

  /// What `print` and `{}` in strings show of a value, as long as it is no longer than a string may
  /// be behind so many bytes.
  func text(of value: Value, behind used: Int = 0, at span: SourceSpan) throws -> String {
    if case .string(let text) = value {
      try metering(at: span) { try $0.requireString(bytes: used + text.utf8.count) }
      return text
    }
    try charge(value.extent.weight / 2, at: span)
    let room = limits.stringBytes - used
    guard let text = value.description(atMost: room) else {
      throw failure(
        .sizeLimit, "limit exceeded: a string of \(limits.stringBytes) bytes", at: span)
    }
    return text
  }

  /// Refuses a second output of one name. A session may draw a figure again.
  func noteOutput(_ kind: String, _ name: String, at span: SourceSpan) throws {
    guard !isSession, !outputs.insert("\(kind) \(name)").inserted else { return }
    throw failure(
      .writtenTwice, "\(kind) \(quoted(name)) is written twice", at: span,
      suggestion: "give each its own name, such as \"{variable}\" in a loop")
  }

  func requireCount(_ count: Int?, at span: SourceSpan) throws {
    try metering(at: span) { try $0.requireCount(count) }
  }

  // MARK: - Errors

  func failure(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan,
    notes: [Diagnostic.Note] = [], suggestion: String? = nil
  ) -> ScriptError {
    ScriptError(
      Diagnostic(code, message, at: span, notes: notes, suggestion: suggestion),
      callStack: callStack)
  }

  /// Gives a limit that was reached its place and the open calls.
  private func placed(_ error: any Error, at span: SourceSpan) -> any Error {
    guard let limit = error as? LimitReached else { return error }
    return failure(limit.code, limit.message, at: span)
  }

  /// Gives an error of the host or of an accessor its place and the open calls.
  func placed(_ error: any Error, in name: String, at span: SourceSpan) -> any Error {
    CallPlace(name: name, span: span, callStack: callStack).placed(error)
  }
}
