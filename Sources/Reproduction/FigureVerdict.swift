import Experiments
import Files
import Foundation

/// A redrawn figure compared with the existing one.
struct FigureVerdict {
  public let name: String
  let grade: ReproductionGrade

  /// Differences of coordinates, in the drawing's units, that cannot be seen.
  private static let tolerance = Tolerance(absolute: 0.01, relative: 1e-4)

  /// - Parameters:
  ///   - isComplete: whether there was everything to draw it
  ///   - expected: the svg file that is there
  ///   - found: the one that was drawn anew
  init(_ name: String, isComplete: Bool, expected: String, found: String) {
    self.name = name
    guard isComplete, let new = RegularFile.contents(found) else {
      grade = .notAttempted
      return
    }
    guard let old = RegularFile.contents(expected) else {
      // What is there and cannot be read is no figure.
      var status = stat()
      grade = lstat(expected, &status) == 0 ? .differs : .notAttempted
      return
    }
    grade = old == new ? .bitIdentical : Self.grade(old, new)
  }

  private static func grade(_ old: Data, _ new: Data) -> ReproductionGrade {
    let (a, b) = (parts(old), parts(new))
    guard a.text == b.text, a.numbers.count == b.numbers.count,
      zip(b.numbers, a.numbers).allSatisfy(tolerance.accepts)
    else { return .differs }
    return .withinTolerance
  }

  /// The text with every number of its elements' attributes taken out, and these numbers. What is
  /// written between the elements is text to the reader, digits included.
  private static func parts(_ data: Data) -> (text: [UInt8], numbers: [Double]) {
    var text: [UInt8] = []
    var numbers: [Double] = []
    var digits: [UInt8] = []
    var isInside = false
    func flush() {
      if digits.isEmpty { return }
      if let number = Double(String(decoding: digits, as: UTF8.self)) {
        numbers.append(number)
        text.append(UInt8(ascii: "#"))
      } else {
        text += digits
      }
      digits = []
    }
    for byte in data {
      if byte == UInt8(ascii: "<") { isInside = true }
      if byte == UInt8(ascii: ">") { isInside = false }
      if isInside, "0123456789.-".utf8.contains(byte) {
        if byte == UInt8(ascii: "-") { flush() }
        digits.append(byte)
      } else {
        flush()
        text.append(byte)
      }
    }
    flush()
    return (text, numbers)
  }
}
