/// What a script may use up. Reaching a limit ends the run with exit code 4.
public struct Limits: Sendable, Hashable {
  /// Evaluated expressions and statements; commands of the language count by the work they do.
  public var steps: Int
  /// Calls inside calls.
  public var callDepth: Int
  /// Expressions inside expressions, over all calls that are open.
  public var evaluationDepth: Int
  /// Values inside values.
  public var valueDepth: Int
  /// Values in one value, inner ones included.
  public var valueWeight: Int
  public var stringBytes: Int
  public var listCount: Int
  /// Bytes of strings, lists and records built during the run.
  public var allocatedBytes: Int
  public var wallTime: Duration?
  /// Bytes that commands of the host may take to work with; nil for what the machine allows.
  public var commandBytes: Int?
  /// Bytes of all files that the run writes, those of the store left out.
  public var writtenBytes: Int

  public init(
    steps: Int = 10_000_000, callDepth: Int = 64, evaluationDepth: Int = 1000,
    valueDepth: Int = 100, valueWeight: Int = 4_000_000, stringBytes: Int = 1 << 20,
    listCount: Int = 1_000_000, allocatedBytes: Int = 512 << 20, wallTime: Duration? = nil,
    commandBytes: Int? = nil, writtenBytes: Int = 16 << 30
  ) {
    self.steps = steps
    self.callDepth = callDepth
    self.evaluationDepth = evaluationDepth
    self.valueDepth = valueDepth
    self.valueWeight = valueWeight
    self.stringBytes = stringBytes
    self.listCount = listCount
    self.allocatedBytes = allocatedBytes
    self.wallTime = wallTime
    self.commandBytes = commandBytes
    self.writtenBytes = writtenBytes
  }

  /// For one's own scripts.
  public static let standard = Limits()

  /// For scripts of strangers.
  public static let untrusted = Limits(
    steps: 1_000_000, listCount: 100_000, allocatedBytes: 64 << 20, wallTime: .seconds(600),
    commandBytes: 2 << 30, writtenBytes: 512 << 20)
}
