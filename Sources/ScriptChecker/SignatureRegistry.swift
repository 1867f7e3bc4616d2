/// All commands and constants that a script may use: those of the language and those of the host.
public struct SignatureRegistry: Sendable {
  /// In the order in which they were added; the language's own come first.
  public private(set) var commands: [CommandSignature] = []
  public private(set) var constants: [ConstantSignature] = []
  /// The types that may be written in `param` and `fn`: the plain ones and every handle that a
  /// signature mentions.
  public private(set) var typeNames = ValueType.plainTypes
  private var commandIndex: [String: Int] = [:]
  private var constantIndex: [String: Int] = [:]

  /// - Parameters:
  ///   - commands: The host's commands; names must be unique and not words of the language.
  ///   - constants: The host's constants.
  public init(commands: [CommandSignature] = [], constants: [ConstantSignature] = []) {
    for command in CoreSignatures.all + commands { add(command) }
    for constant in constants { add(constant) }
  }

  public mutating func add(_ command: CommandSignature) {
    precondition(
      commandIndex[command.name] == nil && constantIndex[command.name] == nil,
      "the command \(command.name) is registered twice")
    commandIndex[command.name] = commands.count
    commands.append(command)
    for parameter in command.parameters { note(parameter.type) }
    note(command.result)
  }

  public mutating func add(_ constant: ConstantSignature) {
    precondition(
      commandIndex[constant.name] == nil && constantIndex[constant.name] == nil,
      "the constant \(constant.name) is registered twice")
    constantIndex[constant.name] = constants.count
    constants.append(constant)
    note(constant.type)
  }

  public func command(_ name: String) -> CommandSignature? {
    commandIndex[name].map { commands[$0] }
  }

  public func constant(_ name: String) -> ConstantSignature? {
    constantIndex[name].map { constants[$0] }
  }

  /// Every name a script may use without binding it, in byte order.
  public var names: [String] {
    (commands.map(\.name) + constants.map(\.name))
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Makes the handles in a type known by name.
  private mutating func note(_ type: ValueType) {
    switch type {
    case .handle(let name): typeNames[name] = type
    case .list(let element): note(element)
    case .either(let members): for member in members { note(member) }
    default: break
    }
  }
}
