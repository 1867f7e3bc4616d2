import Foundation

/// How many processors other programs keep busy while this one measures. Times taken beside other
/// work mean nothing, and nothing else in them says so.
struct MachineLoad {
  /// Others' mean use beyond which a run is not judged.
  static let limit = 0.1

  private let busy: Double  // seconds of all processors since the start of the machine
  private let own: Double  // seconds of this process and of its children
  private let clock: Double  // seconds

  /// The state of now.
  init() throws {
    let text = FileManager.default.contents(atPath: "/proc/stat") ?? Data()
    let line = String(decoding: text, as: UTF8.self).prefix { $0 != "\n" }
    // cpu user nice system idle iowait irq softirq steal ..., in ticks
    let ticks = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
    guard ticks.count == 8 else { throw BenchmarkError("/proc/stat begins with '\(line)'") }
    let idle = ticks[3] + ticks[4]
    busy = (ticks.reduce(0, +) - idle) / Double(sysconf(Int32(_SC_CLK_TCK)))
    own = Self.usage(RUSAGE_SELF) + Self.usage(RUSAGE_CHILDREN)
    clock = ProcessInfo.processInfo.systemUptime
  }

  /// Processors that others kept busy since then, on average.
  func others() throws -> Double {
    let now = try MachineLoad()
    return max(0, (now.busy - busy) - (now.own - own)) / max(now.clock - clock, 1e-9)
  }

  private static func usage(_ who: __rusage_who) -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(who.rawValue), &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }
}
