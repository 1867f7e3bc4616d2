import Diagnostics

/// Counts the resources that a run uses and throws when a limit is exceeded.
///
/// Every construct, core command and handle asks the meter before it computes or allocates:
/// checking a limit afterwards would be too late. Errors carry no location; the interpreter adds
/// that of the call.
public final class Meter {
  public let limits: Limits
  private let cancellation: Interpreter.Cancellation?

  public private(set) var steps = 0
  /// Bytes of all values built so far; memory that was given back counts, too.
  public private(set) var bytes = 0
  private(set) var deadline: ContinuousClock.Instant?

  init(limits: Limits, cancellation: Interpreter.Cancellation?) {
    self.limits = limits
    self.cancellation = cancellation
  }

  /// Gives the next script or line the full limits.
  func reset() {
    steps = 0
    bytes = 0
    deadline = limits.wallTime.map { ContinuousClock.now + $0 }
  }

  /// Goes by the clock of another run.
  func share(deadline: ContinuousClock.Instant?) { self.deadline = deadline }

  // MARK: - Work

  /// Counts steps, each worth about a microsecond, and looks from time to time whether the run
  /// should end.
  public func charge(_ count: Int = 1) throws {
    let before = steps >> 8
    let (sum, overflow) = steps.addingReportingOverflow(max(0, count))
    steps = overflow ? .max : sum
    if steps > limits.steps {
      throw LimitReached("limit exceeded: \(limits.steps) steps", code: .stepLimit)
    }
    if steps >> 8 != before { try checkpoint() }
  }

  /// Counts the work on so many elements, of which some go into a step.
  public func charge(_ count: Int, times factor: Int, perStep size: Int = 1) throws {
    let (product, overflow) = count.multipliedReportingOverflow(by: factor)
    try charge(overflow ? .max : product / size)
  }

  /// Throws when the run was cancelled or its time is up. Long commands call it often.
  public func checkpoint() throws {
    if cancellation?() == true { throw LimitReached("interrupted", code: .cancelled) }
    if let deadline, ContinuousClock.now > deadline, let limit = limits.wallTime {
      throw LimitReached("limit exceeded: \(limit) of run time", code: .timeLimit)
    }
  }

  // MARK: - Memory

  /// Counts the bytes of a value that is about to be built.
  public func take(bytes count: Int) throws {
    try require(bytes: count)
    bytes += max(0, count)
  }

  /// The same for elements of one size.
  public func take(_ count: Int, times size: Int) throws {
    try take(bytes: Self.product(count, size))
  }

  /// Whether so many bytes more would be within the limit; counts nothing.
  public func require(bytes count: Int) throws {
    let (sum, overflow) = bytes.addingReportingOverflow(max(0, count))
    if overflow || sum > limits.allocatedBytes {
      throw LimitReached(
        "limit exceeded: \(limits.allocatedBytes >> 20) MiB of values",
        code: .memoryLimit)
    }
  }

  public func require(_ count: Int, times size: Int) throws {
    try require(bytes: Self.product(count, size))
  }

  /// Bounds the length of a list before it is built; nil is a count that fits no integer.
  public func requireCount(_ count: Int?) throws {
    guard let count, count <= limits.listCount else {
      let size = count.map(String.init) ?? "too many"
      throw LimitReached(
        "a list of \(size) elements; the limit is \(limits.listCount)", code: .sizeLimit)
    }
  }

  /// Bounds a string before it is built.
  public func requireString(bytes count: Int) throws {
    if count > limits.stringBytes {
      throw LimitReached(
        "a string of \(count) bytes; the limit is \(limits.stringBytes)", code: .sizeLimit)
    }
  }

  private static func product(_ count: Int, _ size: Int) -> Int {
    let (product, overflow) = count.multipliedReportingOverflow(by: size)
    return overflow ? .max : product
  }
}

/// A limit of a run that was reached. Where, the interpreter knows.
public struct LimitReached: ExitCoded, CustomStringConvertible, Sendable {
  public let message: String
  public let code: DiagnosticCode

  init(_ message: String, code: DiagnosticCode) {
    self.message = message
    self.code = code
  }

  public var exitCode: Int32 { code.exitCode }
  public var description: String { message }
}
