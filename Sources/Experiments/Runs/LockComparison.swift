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

/// A lock compared with what a new run gave.
public struct LockComparison: Hashable, Sendable {
  /// One output cell with its verdict.
  public struct Cell: Hashable, Sendable {
    public let place: Lockfile.Place
    public let expected: Lockfile.Content?
    public let found: Lockfile.Content?
    public let grade: ReproductionGrade
  }

  /// What happened to a cached result.
  public enum ResultChange: Hashable, Sendable {
    /// The same inputs gave other bits: here the runs parted.
    case diverged(expected: Lockfile.Result, found: Lockfile.Result)
    /// Its inputs are other ones: a consequence of another change, or of an edit.
    case otherInputs(expected: Lockfile.Result, found: Lockfile.Result)
    case missing(Lockfile.Result)
    case new(Lockfile.Result)
  }

  /// Sorted by place.
  public let cells: [Cell]
  /// Only results that are not bit-identical; those that diverged come first.
  public let results: [ResultChange]

  /// The worst grade of all cells; nil without any cell.
  public var worst: ReproductionGrade? { cells.map(\.grade).max() }
  /// Whether every cell and every result has the same bits.
  public var isIdentical: Bool {
    results.isEmpty && cells.allSatisfy { $0.grade == .bitIdentical }
  }
  public func count(_ grade: ReproductionGrade) -> Int {
    cells.count { $0.grade == grade }
  }

  /// - Parameters:
  ///   - expected: the lock
  ///   - found: what the new run gave; cells it lacks were not attempted
  public init(expected: Lockfile, found: Lockfile, tolerance: Tolerance = Tolerance()) {
    cells = Self.grade(expected, found, tolerance)
    results = Self.changes(expected, found)
  }

  // MARK: Cells

  private static func grade(
    _ expected: Lockfile, _ found: Lockfile, _ tolerance: Tolerance
  ) -> [Cell] {
    let ordered = sameOrderColumns(expected, found)
    let places = Set(expected.cells.keys).union(found.cells.keys).sorted()
    return places.map { place in
      let a = expected.cells[place]
      let b = found.cells[place]
      let column = Column(place)
      return Cell(
        place: place, expected: a, found: b,
        grade: grade(a, b, tolerance, ordered.contains(column)))
    }
  }

  private static func grade(
    _ expected: Lockfile.Content?, _ found: Lockfile.Content?, _ tolerance: Tolerance,
    _ sameOrder: Bool
  ) -> ReproductionGrade {
    guard let found else { return .notAttempted }
    guard let expected else { return .differs }
    if expected == found { return .bitIdentical }
    guard case .numbers(let a) = expected, case .numbers(let b) = found else { return .differs }
    if a.count == b.count, zip(b, a).allSatisfy(tolerance.accepts) { return .withinTolerance }
    return sameOrder ? .sameOrdering : .differs
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
  private static func sameOrderColumns(_ a: Lockfile, _ b: Lockfile) -> Set<Column> {
    var columns: [Column: [(Double, Double)]] = [:]
    for (place, content) in a.cells {
      guard case .numbers(let x) = content, !x.isEmpty,
        case .numbers(let y)? = b.cells[place], !y.isEmpty
      else { continue }
      columns[Column(place), default: []].append((Sample(x).mean, Sample(y).mean))
    }
    return Set(columns.filter { $0.value.count > 1 && sameOrder($0.value) }.keys)
  }

  private static func sameOrder(_ pairs: [(Double, Double)]) -> Bool {
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

  private static func changes(_ expected: Lockfile, _ found: Lockfile) -> [ResultChange] {
    var old = expected.results.subtracting(found.results).sorted(by: order)
    var diverged: [ResultChange] = []
    var changed: [ResultChange] = []
    var fresh: [Lockfile.Result] = []
    for result in found.results.subtracting(expected.results).sorted(by: order) {
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
