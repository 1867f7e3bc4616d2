import Canonical
import Experiments
import Foundation
import Testing

private let contentA = ContentHash(of: Data([1]))
private let contentB = ContentHash(of: Data([2]))

private func key(_ command: String, _ stream: String = "") -> CacheKey {
  CacheKey(command: command, numerics: 1, arguments: [], stream: stream)
}

private func lock(_ values: [String: [Double]], table: String = "T", column: String = "c")
  -> Lockfile
{
  var lock = Lockfile()
  for (row, numbers) in values {
    lock.setCell(table: table, row: row, column: column, .numbers(numbers))
  }
  return lock
}

@Suite struct LockfileTests {
  @Test func textIsSortedAndReadable() throws {
    var lock = Lockfile()
    lock.add(.init(command: "train", label: "", key: key("train"), content: contentA))
    lock.add(.init(command: "extract", label: "5 steps", key: key("extract"), content: contentB))
    lock.setCell(table: "Table 5", row: "k = 5 | all", column: "mb", .numbers([57.25, 0.1]))
    lock.setCell(table: "Table 5", row: "10 steps", column: "mb", .text("a\nb"))
    let expected = """
      merepl lock 2
      arithmetic 2
      cell Table 5 | 10 steps | mb = text a%0Ab
      cell Table 5 | k %3D 5 %7C all | mb = 57.25 0.1 bits 404ca00000000000 3fb999999999999a
      result extract 5%20steps \(key("extract").hash.short) \(contentB)
      result train - \(key("train").hash.short) \(contentA)

      """
    #expect(lock.text == expected)
    #expect(try Lockfile(parsing: expected) == lock)
  }

  /// A lock names the arithmetic that it was computed with; the first had no line.
  @Test func arithmeticIsKept() throws {
    #expect(try Lockfile(parsing: "merepl lock 2\n\(Self.cell)").arithmetic == 1)
    let third = "merepl lock 2\narithmetic 3\n\(Self.cell)"
    #expect(try Lockfile(parsing: third).arithmetic == 3)
    #expect(try Lockfile(parsing: third).text == third)
    for line in [
      "arithmetic 1", "arithmetic 02", "arithmetic +2", "arithmetic", "arithmetic 2\narithmetic 2",
    ] {
      #expect(throws: StoreError.self) {
        try Lockfile(parsing: "merepl lock 2\n\(line)\n\(Self.cell)")
      }
    }
  }

  static let result = "result a b 0123456789abcdef \(contentA)\n"
  static let cell = "cell a | b | c = 1.0 bits 3ff0000000000000\n"

  @Test(arguments: [
    "", "merepl lock 1\n", "merepl lock 2\nnonsense\n", "merepl lock 2\n\n",
    "merepl lock 2\nresult a b c d\n", "merepl lock 2\ncell a | b = 1.0 bits 3ff0000000000000\n",
    "merepl lock 2\ncell a | b | c = 1.0 bits 3ff\n",
    // The readable value was edited, the bits were not.
    "merepl lock 2\ncell a | b | c = 2.0 bits 3ff0000000000000\n",
    "merepl lock 2\ncell a | b | %zz = 1.0 bits 3ff0000000000000\n",
    // One place twice, in one spelling or two.
    "merepl lock 2\n" + cell + cell,
    "merepl lock 2\n" + cell + "cell a | b | c = 2.0 bits 4000000000000000\n",
    "merepl lock 2\ncell %61 | b | c = 2.0 bits 4000000000000000\n" + cell,
    "merepl lock 2\ncell %61 | b | c = 1.0 bits 3ff0000000000000\n",
    // Another order, other spaces, other digits, no end of the last line.
    "merepl lock 2\n" + result + cell, "merepl lock 2\n" + cell + " \n",
    "merepl lock 2\ncell a | b | c = 1.0  bits 3ff0000000000000\n",
    "merepl lock 2\ncell a | b | c = 1.0 bits 3FF0000000000000\n",
    "merepl lock 2\ncell a | b | c = 0.0 bits +000000000000000\n",
    "merepl lock 2\ncell a | b | c = -0.0 bits 0000000000000000\n",
    String(("merepl lock 2\n" + cell).dropLast()),
    // A line end of another kind in one place alone.
    "merepl lock 2\r\n" + cell,
  ])
  func whatWouldBeWrittenOtherwiseIsRefused(_ text: String) {
    #expect(throws: StoreError.self) { try Lockfile(parsing: text) }
  }

  /// Names that look like a part of the format, or that change what stands beside them.
  @Test(arguments: [
    "-", "", " ", "\u{301}x", "a | b", "a = b", "%", "\r\n", "\u{feff}", "帧", "bits",
  ])
  func everyNameIsReadAsItWasWritten(_ name: String) throws {
    var lock = Lockfile()
    lock.setCell(table: name, row: name, column: name, .numbers([1]))
    lock.set(.claim(name), .text(name))
    lock.set(.checkpoint("data/\(name)"), .text("x"))
    lock.add(.init(command: "c", label: name, key: key(name), content: contentA))
    #expect(try Lockfile(parsing: lock.text) == lock, "\(lock.text)")
    let windows = lock.text.replacing("\n", with: "\r\n")
    #expect(try Lockfile(parsing: windows) == lock)
  }

  @Test func tablesAndClaimsOfOneNameStayApart() throws {
    var lock = Lockfile()
    lock.setCell(table: "claims", row: "half", column: "verdict", .numbers([2]))
    lock.set(.claim("half"), .text("supported"))
    #expect(lock.cells.count == 2)
    #expect(try Lockfile(parsing: lock.text) == lock)
  }

  @Test func fileIsReplacedAndReadBack() throws {
    let path = NSTemporaryDirectory() + "merepl-\(UUID().uuidString).lock"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let one = lock(["a": [1, .nan, -0.0, .infinity, Double.leastNonzeroMagnitude]])
    try lock(["b": [2]]).write(to: path)
    try one.write(to: path)
    #expect(try Lockfile(contentsOfFile: path) == one)
    #expect(throws: StoreError.self) { try Lockfile(contentsOfFile: path + ".none") }
  }

  @Test func everyGrade() {
    let expected = lock(["a": [1], "b": [2], "c": [3], "d": [4]])
    let found = lock(["a": [1], "b": [2.05], "c": [3.5]])
    let comparison = LockComparison(
      expected: expected, found: found, tolerance: Tolerance(absolute: 0.1))
    #expect(
      comparison.cells.map(\.grade) == [
        .bitIdentical, .withinTolerance, .sameOrdering, .notAttempted,
      ])
    #expect(comparison.worst == .notAttempted)
    let swapped = LockComparison(expected: expected, found: lock(["a": [2], "b": [1]]))
    #expect(swapped.cells.map(\.grade) == [.differs, .differs, .notAttempted, .notAttempted])
    #expect(LockComparison(expected: expected, found: expected).worst == .bitIdentical)
  }

  @Test func oneRowHasNoOrdering() {
    let comparison = LockComparison(expected: lock(["a": [1]]), found: lock(["a": [2]]))
    #expect(comparison.cells.map(\.grade) == [.differs])
  }

  @Test func nanIsNeverWithinTolerance() {
    let comparison = LockComparison(
      expected: lock(["a": [1]]), found: lock(["a": [.nan]]),
      tolerance: Tolerance(absolute: 1e9, relative: 1))
    #expect(comparison.cells.map(\.grade) == [.differs])
  }

  @Test func divergenceIsToldFromItsConsequences() {
    var expected = Lockfile()
    var found = Lockfile()
    expected.add(.init(command: "extract", label: "", key: key("extract"), content: contentA))
    found.add(.init(command: "extract", label: "", key: key("extract"), content: contentB))
    expected.add(.init(command: "tune", label: "x", key: key("tune", "1"), content: contentA))
    found.add(.init(command: "tune", label: "x", key: key("tune", "2"), content: contentB))
    expected.add(.init(command: "score", label: "s", key: key("score"), content: contentA))
    found.add(.init(command: "draw", label: "d", key: key("draw"), content: contentA))
    let kinds = LockComparison(expected: expected, found: found).results.map { change in
      switch change {
      case .diverged(let before, _): "diverged \(before.command)"
      case .otherInputs(let before, _): "inputs \(before.command)"
      case .missing(let result): "missing \(result.command)"
      case .new(let result): "new \(result.command)"
      }
    }
    #expect(kinds == ["diverged extract", "new draw", "inputs tune", "missing score"])
  }
}
