import Files
import Foundation
import JSON

/// The machine a run takes place on, as the kernel describes it.
public struct Machine: Hashable, Sendable {
  public let processor: String
  /// Those instruction sets that decide which kernels run.
  public let instructionSets: [String]
  public let processors: Int
  public let memoryBytes: Int
  public let system: String

  public static let current = Machine()

  private init() {
    let text = RegularFile.contents("/proc/cpuinfo") ?? Data()
    let lines = String(decoding: text, as: UTF8.self).split(separator: "\n")
    func field(_ name: String) -> String {
      let line = lines.first { $0.hasPrefix(name) }
      let value = line?.drop { $0 != ":" }.dropFirst() ?? ""
      return value.trimmingCharacters(in: .whitespaces)
    }
    processor = field("model name")
    let flags = Set(field("flags").split(separator: " ").map(String.init))
    instructionSets = ["avx2", "fma", "avx512f", "avx512_bf16", "amx_bf16"].filter(flags.contains)
    processors = ProcessInfo.processInfo.activeProcessorCount
    memoryBytes = Int(ProcessInfo.processInfo.physicalMemory)
    var name = utsname()
    uname(&name)
    let release = withUnsafeBytes(of: name.release) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    system = "\(ProcessInfo.processInfo.operatingSystemVersionString), kernel \(release)"
  }

  public var json: JSONValue {
    [
      "processor": .string(processor),
      "instruction_sets": .array(instructionSets.map { .string($0) }),
      "processors": .int(processors), "memory_bytes": .int(memoryBytes),
      "system": .string(system),
    ]
  }

  /// The most memory this process has held so far, in bytes.
  public static var peakMemory: Int { usage.ru_maxrss * 1024 }

  /// Processor time of this process so far, in seconds.
  public static var cpuTime: Double {
    let usage = Self.usage
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
      + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
  }

  private static var usage: rusage {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage
  }
}
