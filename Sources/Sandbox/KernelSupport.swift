import ConfinedProcess
import Glibc

/// What this kernel has to hold programs within bounds.
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

  /// What is missing, and what that means; empty where all is here.
  public var gaps: [String] {
    var gaps: [String] = []
    if landlock == 0 {
      gaps.append(
        "no Landlock (Linux 5.13 or later, among the modules of lsm=): nothing but merepl's own "
          + "checks keeps it from other files")
    } else if landlock < 3 {
      gaps.append("an old Landlock: files that it may write may be cut off, too (Linux 6.2)")
    }
    if !hasSeccomp {
      gaps.append("no seccomp: it may ask the kernel for anything, networks included")
    }
    return gaps
  }
}
