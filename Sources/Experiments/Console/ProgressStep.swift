import Foundation
import Synchronization

/// One step of long work; made by ``ProgressDisplay/begin(_:total:unit:)``.
public final class ProgressStep: Sendable {
  public let name: String
  public let total: Int?
  public let unit: String
  private let owner: ProgressDisplay
  private let start: Double
  private let done = Atomic<Int>(0)
  private let note = Mutex("")

  init(owner: ProgressDisplay, name: String, total: Int?, unit: String, start: Double) {
    self.owner = owner
    self.name = name
    self.total = total
    self.unit = unit
    self.start = start
  }

  /// Counts finished units.
  /// - Parameter note: something to show beside the bar, for instance the loss
  public func advance(by count: Int = 1, note: String? = nil) {
    done.add(count, ordering: .relaxed)
    if let note { self.note.withLock { $0 = note } }
    owner.advanced(self)
  }

  /// Ends the step and says so.
  public func end(note: String = "") { owner.ended(self, note: note) }

  // MARK: Texts

  private var count: Int { done.load(ordering: .relaxed) }

  private func rate(at time: Double) -> Double {
    time > start ? Double(count) / (time - start) : 0
  }

  private func figures(at time: Double) -> String {
    var parts: [String] = []
    let rate = rate(at: time)
    if rate > 0 { parts.append("\(Self.short(rate)) \(unit)/s") }
    if let total, rate > 0, count < total {
      parts.append("\(Self.duration(Double(total - count) / rate)) left")
    }
    let note = note.withLock { $0 }
    if !note.isEmpty { parts.append(note) }
    return parts.joined(separator: ", ")
  }

  /// `extract 120/1000 clips, 4.2 clips/s, 3 min 30 s left`
  func line(at time: Double) -> String {
    let counted = total.map { "\(count)/\($0) \(unit)" } ?? "\(count) \(unit)"
    let rest = figures(at: time)
    return "\(name) \(counted)\(rest.isEmpty ? "" : ", " + rest)"
  }

  /// `extract done, 1000 clips in 4 min 2 s`, or `extract stopped after 3 of 1000 clips, 0.4 s`.
  func endLine(at time: Double, note: String) -> String {
    let duration = Self.duration(time - start)
    let tail = note.isEmpty ? "" : ", \(note)"
    if let total, count < total {
      return "\(name) stopped after \(count) of \(total) \(unit), \(duration)\(tail)"
    }
    let counted = count == 1 && unit.hasSuffix("s") ? String(unit.dropLast()) : unit
    let amount = count > 0 ? "\(count) \(counted) in " : ""
    return "\(name) done, \(amount)\(duration)\(tail)"
  }

  /// `extract [=======>      ]  47% 4.2 clips/s, 3 min 30 s left`, never wider than `width`.
  func bar(at time: Double, width: Int, color: Bool) -> String {
    guard let total, total > 0 else { return String(line(at: time).prefix(max(width, 0))) }
    let share = min(1, max(0, Double(count) / Double(total)))
    let percent = "\(Int((share * 100).rounded(.down)))%"
    let padded = String(repeating: " ", count: 4 - percent.count) + percent
    let tail = " \(padded) \(figures(at: time))"
    let cells = min(40, width - name.count - tail.count - 3)
    guard cells >= 5 else { return String("\(name)\(tail)".prefix(max(width, 0))) }
    let filled = Int(share * Double(cells))
    let full = String(repeating: "=", count: filled)
    let head = filled < cells ? ">" : ""
    let empty = String(repeating: " ", count: cells - filled - head.count)
    let shown = color ? "\u{1B}[36m\(full)\(head)\u{1B}[0m" : full + head
    return "\(name) [\(shown)\(empty)]\(tail)"
  }

  /// Three significant digits.
  static func short(_ value: Double) -> String {
    String(format: value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f", value)
  }

  /// Seconds in words: `0.4 s`, `12 s`, `3 min 30 s`, `2 h 5 min`.
  public static func duration(_ seconds: Double) -> String {
    // Estimates come from records, which may say anything.
    guard !seconds.isNaN else { return "an unknown time" }
    if seconds < 9.95 { return String(format: "%.1f s", max(0, seconds)) }
    let whole = Int(min(seconds, 1e9).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
