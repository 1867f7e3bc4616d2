/// Compares the tensors of a checkpoint with those that a model expects.
public struct KeyReport: Hashable, Sendable, CustomStringConvertible {
  public struct WrongShape: Hashable, Sendable {
    public let name: String
    public let expected: [Int]
    public let found: [Int]
  }

  public struct WrongType: Hashable, Sendable {
    public let name: String
    public let found: ElementType
  }

  /// Wanted but not stored, in the model's order.
  public private(set) var missing: [String] = []
  /// Stored but not expected, sorted.
  public private(set) var unused: [String] = []
  public private(set) var wrongShape: [WrongShape] = []
  /// Stored as something that no weight is: integers, booleans or 8-bit floats.
  public private(set) var wrongType: [WrongType] = []

  /// Names that a message lists of each kind.
  private static let mostShown = 50

  public var isEmpty: Bool {
    missing.isEmpty && unused.isEmpty && wrongShape.isEmpty && wrongType.isEmpty
  }

  /// - Parameters:
  ///   - expected: the model's tensors, by their names in the model.
  ///   - keys: from a name in the model to the name in the checkpoint.
  ///   - ignored: selects unused names (in the checkpoint) that are not reported.
  public init(
    expected: [(name: String, shape: [Int])], source: some TensorSource,
    keys: KeyMap = KeyMap(), ignored: (String) -> Bool = { _ in false }
  ) {
    var used: Set<String> = []
    for (name, shape) in expected {
      let key = keys(name)
      used.insert(key)
      guard let entry = source.find(key) else {
        missing.append(key)
        continue
      }
      if entry.shape != shape {
        wrongShape.append(WrongShape(name: key, expected: shape, found: entry.shape))
      }
      if !entry.elementType.isWeight {
        wrongType.append(WrongType(name: key, found: entry.elementType))
      }
    }
    unused = source.names.filter { !used.contains($0) && !ignored($0) }
  }

  public var description: String {
    var lines: [String] = []
    func list(_ title: String, _ items: [String]) {
      guard !items.isEmpty else { return }
      lines.append("\(title) (\(items.count)):")
      lines.append(contentsOf: items.prefix(Self.mostShown).map { "  \($0)" })
      if items.count > Self.mostShown {
        lines.append("  and \(items.count - Self.mostShown) more")
      }
    }
    list("missing", missing)
    list("unused", unused)
    list(
      "wrong shape",
      wrongShape.map { "\($0.name): expected \($0.expected), found \($0.found)" })
    list(
      "wrong type",
      wrongType.map {
        "\($0.name): expected one of \(ElementType.weightNames), found "
          + $0.found.rawValue
      })
    return lines.joined(separator: "\n")
  }
}

/// Renames checkpoint keys by complete path components: the rule `model.visual -> visual` turns
/// `model.visual.blocks.0` into `visual.blocks.0` and leaves `model.visually` unchanged.
public struct KeyMap: Sendable {
  private let rules: [(from: [Substring], to: String)]

  /// - Parameter rules: prefix to replacement; the first that matches applies. An empty prefix
  ///   matches every name, and an empty replacement removes the prefix.
  public init(_ rules: KeyValuePairs<String, String> = [:]) {
    self.rules = rules.map { ($0.key.split(separator: "."), $0.value) }
  }

  public func callAsFunction(_ name: String) -> String {
    guard !rules.isEmpty else { return name }
    let components = name.split(separator: ".", omittingEmptySubsequences: false)
    for (from, to) in rules where components.starts(with: from) {
      let rest = components.dropFirst(from.count).joined(separator: ".")
      if to.isEmpty { return rest }
      return rest.isEmpty ? to : "\(to).\(rest)"
    }
    return name
  }
}
