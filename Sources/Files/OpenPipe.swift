import Glibc

/// A pipe that is already open, such as `<(command)` of a shell or `/dev/stdin`: it can be read
/// once. Named pipes are excluded: opening one blocks until another process opens it.
public enum OpenPipe {
  /// A descriptor of the pipe that `path` leads to, the caller's to close; nil for anything else.
  public static func open(_ path: String) -> Int32? {
    guard !path.utf8.contains(0) else { return nil }
    let pipe = Glibc.open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard pipe >= 0 else { return nil }
    // What the system calls it, "pipe:[number]", where a pipe with a name has its path.
    var name = [UInt8](repeating: 0, count: 6)
    let count = name.withUnsafeMutableBytes { buffer in
      readlink(
        "/proc/self/fd/\(pipe)", buffer.baseAddress!.assumingMemoryBound(to: CChar.self),
        buffer.count)
    }
    guard count == name.count, name.elementsEqual("pipe:[".utf8), fcntl(pipe, F_SETFL, 0) == 0
    else {
      close(pipe)
      return nil
    }
    return pipe
  }
}
