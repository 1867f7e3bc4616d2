import CFFmpeg
import Files
import Foundation

/// An opened container file.
///
/// Only the named file is ever read: playlists and references inside it that point to other files
/// or to the network are refused, so that a stranger's file is safe to open.
final class InputContainer {
  let path: String
  let context: UnsafeMutablePointer<AVFormatContext>
  /// The open file; ours to close, since we handed it to the container.
  private var source: UnsafeMutablePointer<AVIOContext>?

  init(path: String, log: FFmpegLog) throws(VideoError) {
    self.path = path
    try Self.checkReadable(path)
    ReadFiles.note(path)
    var status = avio_open2(&source, "file:" + path, AVIO_FLAG_READ, nil, nil)
    guard status >= 0, let source else {
      throw VideoError.unreadable(path, "opening it failed", status, log)
    }
    var context = avformat_alloc_context()
    context?.pointee.pb = source
    context?.pointee.io_open = { _, _, _, _, _ in CFFmpeg_AVERROR(EACCES) }
    status = avformat_open_input(&context, path, nil, nil)
    guard status >= 0, let opened = context else {
      avio_closep(&self.source)
      throw VideoError.unreadable(path, "no known video format", status, log)
    }
    self.context = opened
    status = avformat_find_stream_info(opened, nil)
    if status < 0 {
      throw VideoError.unreadable(path, "its streams cannot be analysed", status, log)
    }
  }

  deinit {
    var context = Optional(context)
    avformat_close_input(&context)
    avio_closep(&source)
  }

  var streamCount: Int { Int(context.pointee.nb_streams) }

  /// - Parameter index: below `streamCount`.
  func stream(_ index: Int) -> UnsafeMutablePointer<AVStream> {
    precondition(index < streamCount, "stream \(index) of \(streamCount)")
    return context.pointee.streams[index]!
  }

  /// Indices of the video streams.
  var videoStreams: [Int] {
    (0..<streamCount).filter {
      stream($0).pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
    }
  }

  /// The stream asked for, or the one FFmpeg ranks first (by disposition, then bit rate).
  func chooseStream(_ wanted: Int?, log: FFmpegLog) throws(VideoError) -> Int {
    let videos = videoStreams
    guard !videos.isEmpty else {
      let problem = log.messages.first.map { " (\($0))" } ?? ""
      throw VideoError(
        kind: .noSuchStream, path: path,
        reason: "no video among its \(streamCount) stream\(streamCount == 1 ? "" : "s")\(problem)",
        remedy: "give a file with moving pictures")
    }
    guard let wanted else {
      let best = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0)
      return best >= 0 ? Int(best) : videos[0]
    }
    guard videos.contains(wanted) else {
      let list = videos.map(String.init).joined(separator: ", ")
      throw VideoError(
        kind: .noSuchStream, path: path, reason: "stream \(wanted) is not a video stream",
        remedy: "choose among \(list)")
    }
    return wanted
  }

  private static func checkReadable(_ path: String) throws(VideoError) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw VideoError(
        kind: .missing, path: path, reason: String(cString: strerror(errno)),
        remedy: "check the path")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw VideoError(
        kind: .missing, path: path, reason: "it is a folder", remedy: "name a video file in it")
    }
    guard access(path, R_OK) == 0 else {
      throw VideoError(
        kind: .missing, path: path, reason: String(cString: strerror(errno)),
        remedy: "make the file readable")
    }
  }
}

extension VideoError {
  /// A file that FFmpeg rejects, in its own words and with what it logged first.
  static func unreadable(
    _ path: String, _ problem: String, _ status: Int32, _ log: FFmpegLog
  ) -> VideoError {
    let detail = log.messages.first.map { "; \($0)" } ?? ""
    return VideoError(
      kind: .unreadable, path: path,
      reason: "\(problem) (\(FFmpegLibrary.message(status)))\(detail)",
      remedy: "check that the file is a complete video")
  }
}
