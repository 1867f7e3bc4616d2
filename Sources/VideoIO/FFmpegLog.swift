import CFFmpeg
import Foundation

/// Collects what FFmpeg reports while one file is read or written.
///
/// FFmpeg has a single log function for the whole process. Decoders and encoders here run on the
/// thread that calls them (`thread_count` is 1), so the log is told apart by thread: inside
/// `capture`, messages of this thread go to this log, those of others elsewhere. Errors outside any
/// capture go to FFmpeg's own function; warnings tell users of this program nothing and go nowhere.
final class FFmpegLog {
  /// Messages kept word for word; the rest are only counted, as damaged files repeat themselves.
  static let keptMessages = 64

  /// The first messages of level error or worse, each as `source: text`.
  private(set) var messages: [String] = []
  /// Number of messages of level error or worse.
  private(set) var count = 0
  /// The beginning of a line whose end has not come yet.
  private var pending = ""

  /// Adds a message of our own, such as a failed call that FFmpeg did not log.
  func record(_ message: String) {
    count += 1
    if messages.count < Self.keptMessages { messages.append(message) }
  }

  /// Runs `body` with the messages of this thread going to this log.
  func capture<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outer = pthread_getspecific(Self.current)
    pthread_setspecific(Self.current, Unmanaged.passUnretained(self).toOpaque())
    defer { pthread_setspecific(Self.current, outer) }
    return try body()
  }

  /// Makes FFmpeg call `receive`; done once, by `FFmpegLibrary.prepare`.
  static func install() {
    av_log_set_callback { source, level, format, arguments in
      guard let arguments, level <= AV_LOG_ERROR else { return }
      guard let current = pthread_getspecific(FFmpegLog.current) else {
        return av_log_default_callback(source, level, format, arguments)
      }
      var line = [CChar](repeating: 0, count: 1024)
      var prefix: Int32 = 0  // the prefix would hold an address, different in every run
      av_log_format_line2(source, level, format, arguments, &line, Int32(line.count), &prefix)
      let text = line.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
      Unmanaged<FFmpegLog>.fromOpaque(current).takeUnretainedValue()
        .receive(text, from: FFmpegLog.name(of: source))
    }
  }

  /// Joins fragments to lines and records each complete line.
  private func receive(_ text: String, from source: String?) {
    if pending.isEmpty, let source { pending = "\(source): " }
    pending += text
    guard pending.utf8.last == UInt8(ascii: "\n") else { return }
    record(pending.trimmingCharacters(in: .whitespacesAndNewlines))
    pending = ""
  }

  /// The name of an FFmpeg object, such as `h264`, or of its class if it has none of its own.
  ///
  /// Every object that logs has a pointer to its class as its first field.
  private static func name(of source: UnsafeMutableRawPointer?) -> String? {
    guard let source,
      let description = source.load(as: UnsafePointer<AVClass>?.self),
      let name = description.pointee.item_name?(source)
    else { return nil }
    let own = String(cString: name)
    return own == "NULL" ? String(cString: description.pointee.class_name) : own
  }

  /// The thread's slot for the log that is capturing.
  private static let current: pthread_key_t = {
    var key = pthread_key_t()
    let status = pthread_key_create(&key, nil)
    precondition(status == 0, "no thread-specific storage left: \(status)")
    return key
  }()
}
