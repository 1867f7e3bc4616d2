import Glibc

/// The system's `write`, until all bytes are out.
enum ByteOutput {
  /// - Returns: 0, or the system's error number
  static func write(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
    var done = 0
    while done < bytes.count {
      let count = Glibc.write(file, bytes.baseAddress! + done, bytes.count - done)
      if count < 0 && errno == EINTR { continue }
      if count < 0 { return errno }
      done += count
    }
    return 0
  }

  /// The same in two parts where a test wants to end the process between them.
  static func writeInHalves(_ bytes: UnsafeRawBufferPointer, to file: Int32) -> Int32 {
    guard FaultPoint.isArmed else { return write(bytes, to: file) }
    let middle = bytes.count / 2
    let failure = write(.init(rebasing: bytes[..<middle]), to: file)
    if failure != 0 { return failure }
    FaultPoint.halfWritten.reached()
    return write(.init(rebasing: bytes[middle...]), to: file)
  }
}
