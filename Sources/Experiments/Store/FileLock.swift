import Files
import Foundation

/// An exclusive lock between processes, held while a file is open; it ends with the process.
struct FileLock: ~Copyable {
  private let file: Int32
  private let path: String
  private let removesFile: Bool

  /// Waits for the lock on `path`, which is created if needed.
  /// - Parameters:
  ///   - removesFile: delete the file on release, for locks that have a file each
  ///   - onWait: called once when another process holds the lock
  ///   - poll: called every 20 ms while waiting; may throw to give up
  init(
    _ path: String, removesFile: Bool = false, onWait: () -> Void = {},
    poll: () throws -> Void = {}
  ) throws {
    var announced = false
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw FileFault.system("open", path, errno) }
      if try Self.acquire(file, path, &announced, onWait, poll), Self.isCurrent(file, path) {
        self.file = file
        self.path = path
        self.removesFile = removesFile
        return
      }
      close(file)
    }
  }

  /// Takes the lock on `path` if no other process or thread holds it. Release deletes the file.
  init?(ifFree path: String) throws {
    while true {
      let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
      guard file >= 0 else { throw FileFault.system("open", path, errno) }
      if flock(file, LOCK_EX | LOCK_NB) != 0 {
        let number = errno
        close(file)
        if number == EWOULDBLOCK { return nil }
        if number == EINTR { continue }
        throw FileFault.system("lock", path, number)
      }
      if Self.isCurrent(file, path) {
        self.file = file
        self.path = path
        removesFile = true
        return
      }
      close(file)
    }
  }

  deinit {
    if removesFile { unlink(path) }
    close(file)
  }

  /// - Returns: true when the lock is held; on a throw the file is closed
  private static func acquire(
    _ file: Int32, _ path: String, _ announced: inout Bool, _ onWait: () -> Void,
    _ poll: () throws -> Void
  ) throws -> Bool {
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      let number = errno
      guard number == EWOULDBLOCK || number == EINTR else {
        close(file)
        throw FileFault.system("lock", path, number)
      }
      if !announced { onWait() }
      announced = true
      do { try poll() } catch {
        close(file)
        throw error
      }
      usleep(20_000)
    }
    return true
  }

  /// Whether `path` still names the file that was locked: its last holder may have removed it.
  private static func isCurrent(_ file: Int32, _ path: String) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(file, &held) == 0 && stat(path, &named) == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }
}
