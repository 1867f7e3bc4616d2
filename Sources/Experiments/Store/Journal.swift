import Canonical
import Files
import Foundation

/// The append-only record of a store's contents: one line per change, each with its own checksum,
/// so that a truncated or corrupted line is detected and skipped.
///
/// ```
/// put <key> <entry> <first 8 digits of the SHA-256 of what stands before>
/// ```
struct Journal {
  let path: String
  /// Entry of each key, after all lines read so far.
  private(set) var entries: [ContentHash: ContentHash] = [:]
  /// Lines that were damaged.
  private(set) var damagedLines = 0
  private var offset = 0
  private var inode: UInt = 0

  init(path: String) {
    self.path = path
  }

  static func line(put key: ContentHash, entry: ContentHash) -> String {
    let text = "put \(key.hex) \(entry.hex)"
    return "\(text) \(check(text))\n"
  }

  private static func check(_ text: some StringProtocol) -> Substring {
    ContentHash(of: Data(text.utf8)).hex.prefix(8)
  }

  /// Longer ones are damaged, whatever they hold.
  private static let longestLine = 256

  /// Reads what other processes have appended since the last call. Call with the lock held.
  mutating func refresh() throws(FileFault) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      self = Journal(path: path)
      return
    }
    if UInt(status.st_ino) != inode || Int(status.st_size) < offset {
      self = Journal(path: path)
      inode = UInt(status.st_ino)
    }
    if Int(status.st_size) == offset { return }
    let file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard file >= 0 else { throw .system("open", path, errno) }
    defer { close(file) }
    try read(file)
  }

  /// Applies the lines from ``offset`` on. However long the file has become, as after a power cut
  /// that left zeros behind, one block of it is held at a time.
  private mutating func read(_ file: Int32) throws(FileFault) {
    var block = [UInt8](repeating: 0, count: 1 << 20)
    var line: [UInt8] = []
    var isTooLong = false
    while true {
      let room = block.count
      let count = block.withUnsafeMutableBytes { pread(file, $0.baseAddress!, room, off_t(offset)) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw .system("read", path, errno) }
      if count == 0 { break }
      offset += count
      var rest = block[..<count]
      while let end = Self.lineEnd(in: rest) {
        line += isTooLong ? [] : rest[..<end]
        finish(&line, &isTooLong)
        rest = rest[(end + 1)...]
      }
      isTooLong = isTooLong || line.count + rest.count > Self.longestLine
      line = isTooLong ? [] : line + rest
    }
    if !line.isEmpty || isTooLong { finish(&line, &isTooLong) }
  }

  private mutating func finish(_ line: inout [UInt8], _ isTooLong: inout Bool) {
    if isTooLong || line.count > Self.longestLine {
      damagedLines += 1
    } else if !line.isEmpty {
      apply(line)
    }
    line = []
    isTooLong = false
  }

  private static func lineEnd(in bytes: ArraySlice<UInt8>) -> Int? {
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress,
        let found = memchr(start, Int32(UInt8(ascii: "\n")), buffer.count)
      else { return nil }
      return bytes.startIndex + (UnsafeRawPointer(found) - start)
    }
  }

  private mutating func apply(_ line: [UInt8]) {
    let words = String(decoding: line, as: UTF8.self).split(separator: " ")
    guard words.count == 4, words[0] == "put",
      let key = ContentHash(hex: words[1]), let entry = ContentHash(hex: words[2]),
      words[3] == Self.check(words[0..<3].joined(separator: " "))
    else {
      damagedLines += 1
      return
    }
    entries[key] = entry
  }

  /// Appends a line. Call with the lock held and after ``refresh()``. A torn last line gets its
  /// line end first, so that it cannot swallow the new one.
  mutating func append(put key: ContentHash, entry: ContentHash) throws(FileFault) {
    FaultPoint.journal.reached()
    let torn = offset > 0 && Self.lastByte(of: path) != UInt8(ascii: "\n")
    try WholeFile.append((torn ? "\n" : "") + Self.line(put: key, entry: entry), to: path)
    FaultPoint.journalled.reached()
    try refresh()
  }

  private static func lastByte(of path: String) -> UInt8? {
    guard let handle = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? handle.close() }
    guard let size = try? handle.seekToEnd(), size > 0 else { return nil }
    try? handle.seek(toOffset: size - 1)
    return (try? handle.readToEnd())?.last
  }
}
