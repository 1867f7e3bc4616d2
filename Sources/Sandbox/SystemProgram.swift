import Files
import Glibc

/// A program of the system that merepl starts.
public enum SystemProgram {
  /// Finds a program: first in the system's directories, then along `PATH`, in directories that
  /// are absolute, not in the current directory or `/tmp`, and writable only by their owner, who is
  /// root or the user. So no program from an untrusted directory is started.
  /// - Returns: the path with all links resolved; nil if it is not installed
  public static func find(_ name: String) -> String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? ""
    for folder in systemFolders + path.split(separator: ":").map(String.init) {
      guard let found = RealPath.of("\(folder)/\(name)"), access(found, X_OK) == 0 else { continue }
      if systemFolders.contains(folder) || isSafe(folder) { return found }
    }
    return nil
  }

  /// Replaces this process by a new one of the same program with the same arguments.
  /// - Returns: the system's error number; only where that failed
  public static func startAgain() -> Int32 {
    fflush(nil)
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    return errno
  }

  private static let systemFolders = ["/usr/local/bin", "/usr/bin", "/bin"]

  private static func isSafe(_ folder: String) -> Bool {
    guard folder.hasPrefix("/"), let real = RealPath.of(folder), real != "/tmp",
      !real.hasPrefix("/tmp/"), !real.hasPrefix("/var/tmp")
    else { return false }
    if let here = RealPath.of("."), here != "/", "\(real)/".hasPrefix("\(here)/") { return false }
    var status = stat()
    return stat(real, &status) == 0 && status.st_mode & 0o022 == 0
      && (status.st_uid == 0 || status.st_uid == geteuid())
  }
}
