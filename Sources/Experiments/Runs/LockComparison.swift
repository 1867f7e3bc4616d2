/// How well a value was reproduced, best first.
public enum ReproductionGrade: String, Hashable, Sendable, Comparable, CaseIterable,
  CustomStringConvertible
{
  case bitIdentical = "bit-identical"
  case withinTolerance = "within tolerance"
  case sameOrdering = "same ordering only"
  case differs = "differs"
  case notAttempted = "not attempted"

  public var description: String { rawValue }
  private var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
  public static func < (a: Self, b: Self) -> Bool { a.rank < b.rank }
}

/// How far apart two numbers may be and still count as the same.
public struct Tolerance: Hashable, Sendable {
  public let absolute: Double
  public let relative: Double

  public init(absolute: Double = 0, relative: Double = 0) {
    precondition(absolute >= 0 && relative >= 0, "tolerances are not negative")
    self.absolute = absolute
    self.relative = relative
  }

  /// Whether `a` is within tolerance of the expected `b`; never true for a NaN.
  public func accepts(_ a: Double, _ b: Double) -> Bool {
    (a - b).magnitude <= max(absolute, relative * b.magnitude)
  }
}

/// The content of a cell after a run that may have skipped some values.
public enum ObservedContent: Hashable, Sendable {
  /// One value for each seed; nil where it was not attempted.
  case numbers([Double?])
  case text(String)
  /// Nothing of it was attempted.
  case pending

  public init(_ content: Lockfile.Content) {
    switch content {
    case .numbers(let values): self = .numbers(values)
    case .text(let text): self = .text(text)
    }
  }
}

/// A lock compared with what a new run gave.
public struct LockComparison: Hashable, Sendable {
  /// One output cell with its verdict.
  public struct Cell: Hashable, Sendable {
    public let place: Lockfile.Place
    public let expected: Lockfile.Content?
    public let found: ObservedContent?
    public let grade: ReproductionGrade
    /// Values of the cell that were compared.
    public let attempted: Int
    /// Values that the lock has.
    public let total: Int
  }

  /// How a cached result changed.
  public enum ResultChange: Hashable, Sendable {
    /// The same inputs gave different bits: the runs diverged here.
    case diverged(expected: Lockfile.Result, found: Lockfile.Result)
    /// Its inputs differ, because of another change or an edit.
    case otherInputs(expected: Lockfile.Result, found: Lockfile.Result)
    case missing(Lockfile.Result)
    case new(Lockfile.Result)
  }

  /// Sorted by place.
  public let cells: [Cell]
  /// Results that are not bit-identical; those that diverged come first.
  public let results: [ResultChange]

  /// The worst grade of all cells; nil without any cell.
  public var worst: ReproductionGrade? { cells.map(\.grade).max() }
  public func count(_ grade: ReproductionGrade) -> Int {
    cells.count { $0.grade == grade }
  }

  /// - Parameters:
  ///   - expected: the lock
  ///   - found: the lock of the new run; cells it lacks were not attempted
  public init(expected: Lockfile, found: Lockfile, tolerance: Tolerance = Tolerance()) {
    self.init(
      expected: expected, cells: found.cells.mapValues(ObservedContent.init),
      results: found.results, tolerance: tolerance)
  }

  /// - Parameters:
  ///   - expected: the lock
  ///   - cells: the cells of the new run, complete or in part
  ///   - results: its results
  ///   - isPartial: whether missing results are ignored
  public init(
    expected: Lockfile, cells found: [Lockfile.Place: ObservedContent],
    results: Set<Lockfile.Result>, tolerance: Tolerance = Tolerance(), isPartial: Bool = false
  ) {
    cells = Self.grade(expected.cells, found, tolerance)
    let changes = Self.changes(expected.results, results)
    self.results = changes.filter { change in
      if case .missing = change { return !isPartial }
      return true
    }
  }

  // MARK: Cells

  private static func grade(
    _ expected: [Lockfile.Place: Lockfile.Content],
    _ found: [Lockfile.Place: ObservedContent], _ tolerance: Tolerance
  ) -> [Cell] {
    let ordered = sameOrderColumns(expected, found)
    return Set(expected.keys).union(found.keys).sorted().map { place in
      let (a, b) = (expected[place], found[place])
      let (attempted, total) = counts(a, b)
      return Cell(
        place: place, expected: a, found: b,
        grade: grade(a, b, tolerance, ordered.contains(Column(place))), attempted: attempted,
        total: total)
    }
  }

  private static func counts(
    _ expected: Lockfile.Content?, _ found: ObservedContent?
  ) -> (attempted: Int, total: Int) {
    var attempted = 0
    if case .numbers(let values)? = found { attempted = values.count { $0 != nil } }
    if case .text? = found { attempted = 1 }
    if case .numbers(let values)? = expected { return (attempted, values.count) }
    return (attempted, expected == nil ? attempted : 1)
  }

  private static func grade(
    _ expected: Lockfile.Content?, _ found: ObservedContent?, _ tolerance: Tolerance,
    _ sameOrder: Bool
  ) -> ReproductionGrade {
    guard let found, found != .pending else { return .notAttempted }
    guard let expected else { return .differs }
    switch (expected, found) {
    case (.text(let a), .text(let b)):
      return a.utf8.elementsEqual(b.utf8) ? .bitIdentical : .differs
    case (.numbers(let a), .numbers(let b)):
      guard a.count == b.count else { return .differs }
      let pairs = zip(a, b).compactMap { a, b in b.map { (a, $0) } }
      if pairs.isEmpty { return a.isEmpty ? .bitIdentical : .notAttempted }
      if pairs.allSatisfy({ $0.bitPattern == $1.bitPattern }) { return .bitIdentical }
      if pairs.allSatisfy({ tolerance.accepts($1, $0) }) { return .withinTolerance }
      return sameOrder ? .sameOrdering : .differs
    default: return .differs
    }
  }

  private struct Column: Hashable {
    let table: String
    let name: String

    init(_ place: Lockfile.Place) {
      table = place.table
      name = place.column
    }
  }

  /// Columns of at least two rows whose rows, sorted by mean, come in the same order in both.
  private static func sameOrderColumns(
    _ a: [Lockfile.Place: Lockfile.Content], _ b: [Lockfile.Place: ObservedContent]
  ) -> Set<Column> {
    var columns: [Column: [(Double, Double)]] = [:]
    for (place, content) in a {
      guard case .numbers(let x) = content, !x.isEmpty,
        case .numbers(let found)? = b[place], found.count == x.count
      else { continue }
      let pairs = zip(x, found).compactMap { x, y in y.map { (x, $0) } }
      if pairs.isEmpty { continue }
      columns[Column(place), default: []].append(
        (Sample(pairs.map(\.0)).mean, Sample(pairs.map(\.1)).mean))
    }
    return Set(columns.filter { $0.value.count > 1 && sameOrder($0.value) }.keys)
  }

  /// Whether two sets of numbers, given as pairs, come in the same order.
  public static func sameOrder(_ pairs: [(Double, Double)]) -> Bool {
    for (index, one) in pairs.enumerated() {
      for other in pairs.dropFirst(index + 1) {
        let same =
          (one.0 < other.0 && one.1 < other.1) || (one.0 > other.0 && one.1 > other.1)
          || (one.0 == other.0 && one.1 == other.1)
        if !same { return false }
      }
    }
    return true
  }

  // MARK: Results

  private static func changes(
    _ expected: Set<Lockfile.Result>, _ found: Set<Lockfile.Result>
  ) -> [ResultChange] {
    var old = expected.subtracting(found).sorted(by: order)
    var diverged: [ResultChange] = []
    var changed: [ResultChange] = []
    var fresh: [Lockfile.Result] = []
    for result in found.subtracting(expected).sorted(by: order) {
      if let index = old.firstIndex(where: {
        $0.key == result.key && $0.command == result.command
      }) {
        let before = old.remove(at: index)
        // Only the label changed: not a difference in results.
        if before.content == result.content { continue }
        diverged.append(.diverged(expected: before, found: result))
      } else {
        fresh.append(result)
      }
    }
    for result in fresh {
      if let index = old.firstIndex(where: {
        $0.command == result.command && $0.label == result.label
      }) {
        changed.append(.otherInputs(expected: old.remove(at: index), found: result))
      } else {
        changed.append(.new(result))
      }
    }
    return diverged + changed + old.map { .missing($0) }
  }

  private static func order(_ a: Lockfile.Result, _ b: Lockfile.Result) -> Bool {
    (a.command, a.label, a.key, a.content) < (b.command, b.label, b.key, b.content)
  }
}
