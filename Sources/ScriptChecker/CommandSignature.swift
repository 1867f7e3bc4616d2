import ScriptSyntax

/// One parameter of a command.
public struct ParameterSignature: Sendable, Hashable {
  /// What a command does with the path that it is given.
  public enum PathUse: String, Sendable, Hashable {
    case reads
    case writes
    /// Writes below `out/` and nowhere else.
    case writesOutput

    public var isWritten: Bool { self != .reads }
  }

  public let name: String
  public let type: ValueType
  public let summary: String
  /// "frames", "pixels", "samples": shown by `help`.
  public let unit: String?
  /// What is used when the argument is left out; nil makes it required.
  public let defaultValue: Literal?
  public let domain: Domain?
  /// What completion offers where other texts are allowed, too.
  public let offers: [String]
  /// Whether the value is a path that the command reads or writes.
  public let path: PathUse?

  public init(
    _ name: String, _ type: ValueType, _ summary: String = "", unit: String? = nil,
    default defaultValue: Literal? = nil, in domain: Domain? = nil, offers: [String] = [],
    path: PathUse? = nil
  ) {
    self.name = name
    self.type = type
    self.summary = summary
    self.unit = unit
    self.defaultValue = defaultValue
    self.domain = domain
    self.offers = offers
    self.path = path
  }

  public var isRequired: Bool { defaultValue == nil }

  /// The words to complete with: those that are allowed, or those that are offered.
  public var words: [String] { domain.map(\.words) ?? offers }

  /// The type with the unit, for messages: `float in frames per second`.
  public var wanted: String { unit.map { "\(type) in \($0)" } ?? "\(type)" }

  /// `steps: int = 20 in 1..100`
  public var declaration: String {
    var text = "\(name): \(type)"
    if let defaultValue { text += " = \(defaultValue)" }
    if let domain { text += " \(domain.clause)" }
    return text
  }
}

/// Everything the checker, `help`, completion and the documentation know about a command.
public struct CommandSignature: Sendable, Hashable {
  /// What a call costs; expensive results are worth caching.
  public enum Cost: String, Sendable, Hashable {
    case cheap
    case expensive
  }

  public let name: String
  public let summary: String
  /// The heading that `help` lists the command under.
  public let topic: String
  /// Parameters that are given by position, usually one.
  public let positional: [ParameterSignature]
  /// Parameters that are given by name.
  public let named: [ParameterSignature]
  /// Positional parameters, then named ones, in their order.
  public let parameters: [ParameterSignature]
  /// The same as a call sees them.
  public let slots: [ParameterSlot]
  public let result: ValueType
  public let cost: Cost
  /// Raised whenever the command's numbers change; part of every cache key.
  public let numericsVersion: Int
  /// Whether the result depends on the script's seed: clips are drawn with it, and the key of every
  /// cached result contains it.
  public var readsSeed: Bool {
    if draws || cost == .expensive { return true }
    if case .handle(let name) = result { return ["dataset", "targets", "heads"].contains(name) }
    return false
  }
  /// Whether the command draws random numbers from streams below the script's seed.
  public let draws: Bool
  /// One line of script that shows the command.
  public let example: String

  public init(
    _ name: String, _ summary: String, topic: String = "commands",
    positional: [ParameterSignature] = [], named: [ParameterSignature] = [],
    result: ValueType = .none, cost: Cost = .cheap, numericsVersion: Int = 1, draws: Bool = false,
    example: String
  ) {
    self.name = name
    self.summary = summary
    self.topic = topic
    self.positional = positional
    self.named = named
    parameters = positional + named
    slots =
      positional.map { ParameterSlot(name: $0.name, isRequired: $0.isRequired, isPositional: true) }
      + named.map { ParameterSlot(name: $0.name, isRequired: $0.isRequired, isPositional: false) }
    self.result = result
    self.cost = cost
    self.numericsVersion = numericsVersion
    self.draws = draws
    self.example = example
  }

  public func parameter(_ name: String) -> ParameterSignature? {
    parameters.first { $0.name == name }
  }

  /// `extract(model: model, data: dataset, steps: int = 20 in 1..100) -> prior`
  public var declaration: String {
    let arguments = parameters.map(\.declaration).joined(separator: ", ")
    return "\(name)(\(arguments)) -> \(result)"
  }
}

/// A value that the host offers under a fixed name, such as a benchmark.
public struct ConstantSignature: Sendable, Hashable {
  public let name: String
  public let type: ValueType
  public let summary: String

  public init(_ name: String, _ type: ValueType, _ summary: String) {
    self.name = name
    self.type = type
    self.summary = summary
  }
}
