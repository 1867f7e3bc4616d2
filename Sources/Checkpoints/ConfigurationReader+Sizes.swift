/// The largest values that sizes may have.
public enum SizeLimit {
  /// Larger sizes are mistakes, and their products would not fit into an integer.
  public static let size = 1_000_000
  /// Every layer costs time before the first weight is looked for.
  public static let layers = 10_000
  public static let vocabulary = 100_000_000
  /// Pixels of a patch's side, or patches of a merged cell's: their squares are multiplied again.
  public static let side = 1024
  /// Tokens of a sequence, or of a window in it.
  public static let sequence = 1 << 40
}

extension ConfigurationReader {
  public func size(
    _ key: String, default fallback: Int, atMost limit: Int = SizeLimit.size
  ) throws -> Int {
    try size(int(key, default: fallback), key, atMost: limit)
  }

  /// A number that was read already.
  @discardableResult
  public func size(_ number: Int, _ key: String, atMost limit: Int = SizeLimit.size) throws -> Int {
    guard number >= 1 else { throw error(key, "\(number) is not a positive number") }
    guard number <= limit else { throw error(key, "\(number) is above the limit of \(limit)") }
    return number
  }

  /// A size where null (or 0, as in the reference) means none.
  public func optionalSize(
    _ key: String, zeroIsNone: Bool = false, atMost limit: Int = SizeLimit.size
  ) throws -> Int? {
    guard let number = try json.find(key)?.asInt(), !(zeroIsNone && number == 0) else { return nil }
    return try size(number, key, atMost: limit)
  }

  public func sizes(_ key: String, default fallback: [Int]) throws -> [Int] {
    guard let node = try value(key) else { return fallback }
    let numbers = try node.asArray().map { try size($0.asInt(), key) }
    guard !numbers.isEmpty else { throw error(key, "empty; expected one size for each level") }
    return numbers
  }

  /// A pair such as `image_size`: one number, or height and width.
  public func sides(
    _ key: String, default fallback: Int, atMost limit: Int = SizeLimit.size
  ) throws -> (Int, Int) {
    let numbers: [Int]
    if let single = try? int(key, default: fallback) {
      numbers = [single, single]
    } else {
      numbers = try json.ints(key)
    }
    guard numbers.count == 2, numbers.allSatisfy({ $0 > 0 }) else {
      throw error(key, "\(numbers) is not a positive number or two of them")
    }
    return (try size(numbers[0], key, atMost: limit), try size(numbers[1], key, atMost: limit))
  }

  public func divides(
    _ divisor: Int, _ number: Int, _ key: String, _ requirement: String
  ) throws {
    guard number % divisor == 0 else { throw error(key, "must be \(requirement)") }
  }
}
