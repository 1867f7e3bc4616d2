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
  /// The parameters of the scripts run so far, with the values they had.
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
  /// The label of the row that is being computed, for progress messages.
  public internal(set) var rowLabel: String?

  public private(set) var steps = 0
  private var allocatedBytes = 0
  var evaluationDepth = 0
  private var deadline: ContinuousClock.Instant?

  public init(
    host: any CommandHost, limits: Limits = .standard, cancellation: Cancellation? = nil
  ) {
    self.host = host
    self.limits = limits
    self.cancellation = cancellation
    resetBudget()
  }

  /// An interpreter with the same host and limits and no bindings, to call functions with on
  /// another thread. Its steps count from zero.
  public func fork() -> Interpreter {
    let other = Interpreter(host: host, limits: limits, cancellation: cancellation)
    other.callStack = callStack
    other.openFunctions = openFunctions
    other.evaluationDepth = evaluationDepth
    other.deadline = deadline
    return other
  }

  // MARK: - Limits

  /// Gives the next script or line the full limits.
  func resetBudget() {
    steps = 0
    allocatedBytes = 0
    evaluationDepth = 0
    callStack = []
    openFunctions = []
    openTables = []
    outputs = []
    rowLabel = nil
    deadline = limits.wallTime.map { ContinuousClock.now + $0 }
  }

  /// Counts work, and looks from time to time whether the run should end.
  public func charge(_ count: Int = 1, at span: SourceSpan) throws {
    let before = steps >> 8
    steps += count
    if steps > limits.steps {
      throw failure(.stepLimit, "the script took more than \(limits.steps) steps", at: span)
    }
    if steps >> 8 != before { try checkpoint(at: span) }
  }

  /// Throws when the run was cancelled or its time is up. Long commands call it often.
  public func checkpoint(at span: SourceSpan) throws {
    if cancellation?() == true { throw failure(.cancelled, "interrupted", at: span) }
    if let deadline, ContinuousClock.now > deadline, let limit = limits.wallTime {
      throw failure(.timeLimit, "the script ran longer than \(limit)", at: span)
    }
  }

  /// Whether the run was cancelled, for commands that watch it in their inner loops.
  public var isCancelled: Bool { cancellation?() == true }

  /// Counts the memory of a new value and bounds its size.
  func admit(_ value: Value, at span: SourceSpan) throws -> Value {
    switch value {
    case .string(let text):
      let count = text.utf8.count
      if count > limits.stringBytes {
        throw failure(
          .sizeLimit, "a string of \(count) bytes; \(limits.stringBytes) is the limit", at: span)
      }
      allocatedBytes += count
    case .list(let list):
      try requireCount(list.count, at: span)
      allocatedBytes += 16 * list.count
    case .record(let record):
      try requireCount(record.fields.count, at: span)
      allocatedBytes += 48 * record.fields.count
    case .handle(let handle as any NumericHandle):
      try charge(handle.count / 16, at: span)
      allocatedBytes += handle.byteCount
    case .function: break
    default: return value
    }
    let extent = value.extent
    if extent.depth > limits.valueDepth {
      throw failure(.depthLimit, "values nest more than \(limits.valueDepth) deep", at: span)
    }
    if extent.weight > limits.valueWeight {
      throw failure(
        .sizeLimit, "a value of more than \(limits.valueWeight) inner values", at: span)
    }
    if allocatedBytes > limits.allocatedBytes {
      throw failure(
        .memoryLimit, "the script built more than \(limits.allocatedBytes >> 20) MiB of values",
        at: span)
    }
    return value
  }

  /// Refuses a second output of one name. A session may draw a figure again.
  func noteOutput(_ kind: String, _ name: String, at span: SourceSpan) throws {
    guard !isSession, !outputs.insert("\(kind) \(name)").inserted else { return }
    throw failure(
      .writtenTwice, "\(kind) \(quoted(name)) is written twice", at: span,
      suggestion: "give each a name of its own, such as \"{variable}\" in a loop")
  }

  func requireCount(_ count: Int?, at span: SourceSpan) throws {
    guard let count, count <= limits.listCount else {
      let size = count.map(String.init) ?? "too many"
      throw failure(
        .sizeLimit, "a list of \(size) elements; \(limits.listCount) is the limit", at: span)
    }
  }

  /// Bounds a string before it is built from repeated parts.
  func requireBytes(of part: Int, times count: Int, at span: SourceSpan) throws {
    let (bytes, overflow) = part.multipliedReportingOverflow(by: count)
    if overflow || bytes > limits.stringBytes {
      throw failure(
        .sizeLimit, "a string of more than \(limits.stringBytes) bytes", at: span)
    }
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

  /// Gives an error of the host or of an accessor its place and the open calls.
  func placed(_ error: any Error, in name: String, at span: SourceSpan) -> any Error {
    CallPlace(name: name, span: span, callStack: callStack).placed(error)
  }
}
