import ConfinedProcess
import Glibc

/// The confinement features of this kernel.
public struct KernelSupport: Hashable, Sendable {
  /// The version of Landlock's interface; 0 for none.
  public let landlock: Int
  public let hasSeccomp: Bool

  public static let current = KernelSupport(
    landlock: Int(confined_process_landlock()), hasSeccomp: confined_process_has_seccomp() != 0,
    without: getenv("MEREPL_SANDBOX_WITHOUT").map { String(cString: $0) } ?? "")

  /// - Parameter without: names of what is to be taken for missing, for tests of that
  public init(landlock: Int, hasSeccomp: Bool, without: String) {
    self.landlock = without.contains("landlock") ? 0 : landlock
    self.hasSeccomp = hasSeccomp && !without.contains("seccomp")
  }

  /// Missing features and their consequences; empty if nothing is missing.
  public var gaps: [String] {
    var gaps: [String] = []
    if landlock == 0 {
      gaps.append(
        "no Landlock (needs Linux 5.13 or later, enabled with lsm=): only merepl's own checks "
          + "protect other files")
    } else if landlock < 3 {
      gaps.append("an old Landlock: it can truncate files that it may write (fixed in Linux 6.2)")
    }
    if !hasSeccomp {
      gaps.append("no seccomp: system calls are not restricted, including network access")
    }
    return gaps
  }
}
