import CFiles

/// What concerns all files of a file system.
public enum FileSystem {
  /// Waits until the disk has everything that was written to the file system of an open file.
  /// - Returns: 0, or -1 with `errno` set
  public static func sync(_ descriptor: Int32) -> Int32 { cfiles_sync_file_system(descriptor) }
}
