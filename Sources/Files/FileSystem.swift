import CFiles
import Foundation

/// What concerns all files of a file system.
public enum FileSystem {
  /// Waits until the disk has everything that was written to the file system of a directory.
  public static func sync(_ directory: String) throws(FileFault) {
    let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .system("open", directory, errno) }
    defer { close(descriptor) }
    if cfiles_sync_file_system(descriptor) == 0 { return }
    // Where the call itself is not allowed, the system writes the files in its own time.
    guard errno == ENOSYS || errno == EPERM else { throw .system("write", directory, errno) }
  }
}
