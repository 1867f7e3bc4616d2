/// Which linear layers get an adapter, of what rank and with what weight, as the library PEFT
/// describes it.
public struct LoRAConfiguration: Sendable {
  /// A choice among names of layers.
  public enum Names: Sendable {
    /// Layers of this name, or whose name ends with it after a dot.
    case suffixes([String])
    /// Layers whose whole name the regular expression matches.
    case expression(String)
    /// Every linear layer but the one that makes logits.
    case allLinear
  }

  /// An expression for the end of a name, and the value for layers that it matches.
  public typealias Pattern<Value: Sendable> = (name: String, value: Value)

  public var rank = 8
  /// The change is multiplied by alpha / rank.
  public var alpha: Double = 8
  public var targets: Names
  public var excluded: Names?
  public var rankPatterns: [Pattern<Int>] = []
  public var alphaPatterns: [Pattern<Double>] = []
  /// Whether the change is multiplied by alpha / sqrt(rank) instead (Kalajdzievski, 2023).
  public var isRankStabilised = false

  public init(rank: Int = 8, alpha: Double = 8, targets: Names) {
    self.rank = rank
    self.alpha = alpha
    self.targets = targets
  }

  /// Whether a layer gets an adapter.
  func matches(_ layer: String) throws -> Bool {
    if let excluded, try excluded.contain(layer) { return false }
    return try targets.contain(layer)
  }

  func rank(of layer: String) throws -> Int {
    try rankPatterns.first { try Self.isEnd($0.name, of: layer) }?.value ?? rank
  }

  /// What the change of a layer is multiplied by.
  public func scale(of layer: String, rank: Int) throws -> Float {
    let alpha = try alphaPatterns.first { try Self.isEnd($0.name, of: layer) }?.value ?? alpha
    return Float(alpha / (isRankStabilised ? Double(rank).squareRoot() : Double(rank)))
  }

  private static func isEnd(_ pattern: String, of layer: String) throws -> Bool {
    try Names.expression("(.*\\.)?(\(pattern))").contain(layer)
  }
}

extension LoRAConfiguration.Names {
  func contain(_ layer: String) throws -> Bool {
    switch self {
    case .allLinear: return layer.split(separator: ".").last != "lm_head"
    case .suffixes(let names):
      return names.contains { layer == $0 || layer.hasSuffix(".\($0)") }
    case .expression(let text):
      do {
        return try Regex(text).wholeMatch(in: layer) != nil
      } catch {
        throw LoRAError.expression(text, reason: "\(error)")
      }
    }
  }
}

/// Why an adapter cannot be made.
public enum LoRAError: Error, CustomStringConvertible, Sendable {
  case expression(String, reason: String)
  case nothingMatches(layers: [String])
  case rank(layer: String, Int)
  /// A layer that the model does not have.
  case unknownLayer(String, layers: [String])
  case shape(layer: String, factor: String, expected: [Int], found: [Int])
  /// A tensor in an adapter's file that is no factor of a linear layer.
  case unknownKey(String, file: String)
  /// One factor without the other.
  case missingKey(String, file: String)

  public var description: String {
    switch self {
    case .expression(let text, let reason):
      "\"\(text)\" is not a regular expression: \(reason)"
    case .nothingMatches(let layers):
      "the targets match no linear layer; the model has " + Self.list(layers)
    case .rank(let layer, let rank): "\(layer): rank must be positive, got \(rank)"
    case .unknownLayer(let layer, let layers):
      "the model has no linear layer \(layer); it has " + Self.list(layers)
    case .shape(let layer, let factor, let expected, let found):
      "\(layer).\(factor): expected shape \(expected), found \(found)"
    case .unknownKey(let key, let file):
      "\(file): \"\(key)\" is not a LoRA factor of a linear layer; expected "
        + "base_model.model.<layer>.lora_A.weight and .lora_B.weight"
    case .missingKey(let key, let file): "\(file): \"\(key)\" is missing"
    }
  }

  private static func list(_ layers: [String]) -> String {
    layers.prefix(8).joined(separator: ", ") + (layers.count > 8 ? ", ..." : "")
  }
}
