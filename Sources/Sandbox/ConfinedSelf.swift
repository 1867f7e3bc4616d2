import ConfinedProcess
import Files
import Glibc

/// What a confined process knows about its parent, through environment variables that the parent
/// sets.
public enum ConfinedSelf {
  /// Seconds that it may take; being set says that the process is confined.
  public static let secondsVariable = "MEREPL_CONFINED"
  /// The folder of the project.
  public static let rootVariable = "MEREPL_CONFINED_ROOT"
  /// Where the lock goes, for the folder of the script cannot be written.
  public static let lockVariable = "MEREPL_CONFINED_LOCK"

  /// Seconds that this process may take; nil for one that is not confined.
  public static let seconds: Int? = {
    guard confined_process_is_bound() != 0, let text = variable(secondsVariable) else {
      return nil
    }
    return Int(text)
  }()

  public static var isConfined: Bool { seconds != nil }
  public static var root: String? { isConfined ? variable(rootVariable) : nil }
  public static var lockPlace: String? { isConfined ? variable(lockVariable) : nil }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  /// The folders of the libraries that this process uses, which one like it needs, too.
  public static var libraryFolders: [String] {
    guard let file = fopen("/proc/self/maps", "re") else { return [] }
    defer { fclose(file) }
    var folders: Set<String> = []
    var line: UnsafeMutablePointer<CChar>?
    var room = 0
    defer { free(line) }
    while getline(&line, &room, file) > 0, let text = line {
      let words = String(cString: text).split(separator: "/", maxSplits: 1)
      guard words.count == 2, words[1].contains(".so"), let end = words[1].lastIndex(of: "/")
      else { continue }
      folders.insert("/" + words[1][..<end])
    }
    return folders.sorted()
  }

  /// This program's file.
  public static var program: String? { RealPath.of("/proc/self/exe") }

  /// Processes and threads that the user runs now; RLIMIT_NPROC counts them all.
  public static var userTasks: Int {
    guard let folder = opendir("/proc") else { return 0 }
    defer { closedir(folder) }
    var count = 0
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      var status = stat()
      guard Int(name) != nil, stat("/proc/\(name)", &status) == 0, status.st_uid == getuid(),
        stat("/proc/\(name)/task", &status) == 0
      else { continue }
      // A folder of folders has two links and one for each.
      count += max(1, Int(status.st_nlink) - 2)
    }
    return count
  }
}
