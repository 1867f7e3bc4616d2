import Glibc
import Synchronization

/// How much memory the program may take. Work whose size a user or a file chooses is estimated and
/// compared with it before it begins: the system's own answer to too much is to kill the program.
public enum MemoryBudget {
  /// The environment's variable: bytes, or a number with K, M, G or T.
  public static let variable = "MEREPL_MEMORY"

  /// The limit in bytes: what ``variable`` says, or three quarters of what the machine has.
  public static var limit: Int { current.load(ordering: .relaxed) }

  /// Of the process, which is what the system ends for taking too much.
  private static let current = Atomic<Int>(chosen ?? machine / 4 * 3)

  /// Lowers the limit, as for what a stranger wrote. It never rises.
  public static func lower(to bytes: Int) {
    _ = current.min(max(0, bytes), ordering: .relaxed)
  }

  /// Refuses work that would need more than is left beside the tensors that there are.
  /// - Parameters:
  ///   - bytes: an estimate of the largest amount at any time
  ///   - work: what needs it, as the subject of a sentence
  public static func require(_ bytes: Int, for work: String) throws(MemoryRefusal) {
    let (sum, overflow) = bytes.addingReportingOverflow(TensorStorage.liveBytes)
    guard !overflow, sum <= limit else {
      throw MemoryRefusal(work: work, bytes: bytes, limit: limit)
    }
  }

  /// What the environment's text says is wrong; nil where it is right or absent.
  public static var fault: String? {
    guard let text = getenv(variable).map({ String(cString: $0) }), chosen == nil else {
      return nil
    }
    return "\(variable) is \"\(text)\"; expected bytes, such as 8G, 512M or 1000000000"
  }

  private static let chosen: Int? = getenv(variable).flatMap { bytes(String(cString: $0)) }

  /// "8G" -> 8 * 2^30; nil where the text is no amount.
  static func bytes(_ text: String) -> Int? {
    let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]
    var digits = text[...]
    if digits.last == "B" || digits.last == "b" { digits = digits.dropLast() }
    var shift = 0
    if let unit = digits.last.flatMap({ units[Character($0.uppercased())] }) {
      shift = unit
      digits = digits.dropLast()
    }
    guard let number = Double(digits), number > 0,
      case let bytes = number * Double(1 << shift), bytes < 0x1p62
    else { return nil }
    return Int(bytes)
  }

  /// Bytes of the machine, or of the group of processes that this one is confined to.
  private static var machine: Int {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let physical = max(1 << 30, pages * sysconf(Int32(_SC_PAGESIZE)))
    guard let file = fopen("/sys/fs/cgroup/memory.max", "re") else { return physical }
    defer { fclose(file) }
    var text = [CChar](repeating: 0, count: 32)
    guard fgets(&text, Int32(text.count), file) != nil else { return physical }
    // "max" where there is no limit.
    let confined = strtol(text, nil, 10)
    return confined > 0 ? min(physical, confined) : physical
  }

  /// The last resort, where no estimate stood before the work: words and a status instead of the
  /// system's signal.
  static func end(wanting bytes: Int) -> Never {
    let refusal = MemoryRefusal(work: "this work", bytes: bytes, limit: limit)
    let text =
      "error: out of memory: \(refusal); tensors use \(MemoryRefusal.text(TensorStorage.liveBytes))"
      + "\n   = help: \(MemoryRefusal.advice)\n"
    text.utf8CString.withUnsafeBytes { _ = write(2, $0.baseAddress, $0.count - 1) }
    _exit(4)
  }
}

/// Work that needs more memory than the program may take.
public struct MemoryRefusal: Error, Hashable, Sendable, CustomStringConvertible {
  public let work: String
  public let bytes: Int
  public let limit: Int

  public static let advice =
    "use a smaller size, or allow more memory with \(MemoryBudget.variable)=16G"

  public var description: String {
    "\(work) needs about \(Self.text(bytes)) of memory; the limit is \(Self.text(limit))"
  }

  /// "1.5 GiB", "20 MiB"
  static func text(_ bytes: Int) -> String {
    if bytes < 1 << 30 { return "\(bytes >> 20) MiB" }
    let whole = bytes / (1 << 30)
    let rest = bytes % (1 << 30) * 10 / (1 << 30)
    return "\(whole).\(rest) GiB"
  }
}
