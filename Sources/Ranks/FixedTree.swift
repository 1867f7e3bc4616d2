/// Sums of parts in a binary tree that depends on their number alone: (0 + 1) + (2 + 3).
public enum FixedTree {
  /// - Parameters:
  ///   - parts: nil for nothing, which changes no sum
  ///   - add: the sum of its arguments; it may use the memory of the first
  /// - Returns: nil where every part is nil, and for no parts
  public static func sum<Part>(_ parts: [Part?], _ add: (Part, Part) -> Part) -> Part? {
    var level = parts
    while level.count > 1 {
      level = stride(from: 0, to: level.count, by: 2).map { i in
        guard i + 1 < level.count, let right = level[i + 1] else { return level[i] }
        guard let left = level[i] else { return right }
        return add(left, right)
      }
    }
    return level.first ?? nil
  }
}
