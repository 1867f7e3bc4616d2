import CFFmpeg
import Foundation

/// An opened container file.
///
/// Only the named file is ever read: playlists and references inside it that point to other files
/// or to the network are refused, so that a stranger's file is safe to open.
final class InputContainer {
  let path: String
  let context: UnsafeMutablePointer<AVFormatContext>
  private let file: InputFile

  init(path: String, log: FFmpegLog) throws(VideoError) {
    self.path = path
    file = try InputFile(path: path)
    var context = avformat_alloc_context()
    context?.pointee.pb = file.stream
    context?.pointee.io_open = { _, _, _, _, _ in CFFmpeg_AVERROR(EACCES) }
    var status = avformat_open_input(&context, path, nil, nil)
    guard status >= 0, let opened = context else {
      throw VideoError.unreadable(path, "unknown video format", status, log)
    }
    self.context = opened
    status = avformat_find_stream_info(opened, nil)
    if status < 0 {
      throw VideoError.unreadable(path, "cannot analyse its streams", status, log)
    }
  }

  deinit {
    var context = Optional(context)
    avformat_close_input(&context)
  }

  var streamCount: Int { Int(context.pointee.nb_streams) }

  /// - Parameter index: below `streamCount`.
  func stream(_ index: Int) -> UnsafeMutablePointer<AVStream> {
    precondition(index < streamCount, "stream \(index) of \(streamCount)")
    return context.pointee.streams[index]!
  }

  /// Indices of the video streams. The cover of a sound file is none: FFmpeg shows it as a stream
  /// of one frame.
  var videoStreams: [Int] { pictureStreams.filter { !isCover($0) } }

  private var pictureStreams: [Int] {
    (0..<streamCount).filter {
      stream($0).pointee.codecpar.pointee.codec_type == AVMEDIA_TYPE_VIDEO
    }
  }

  private func isCover(_ index: Int) -> Bool {
    stream(index).pointee.disposition & AV_DISPOSITION_ATTACHED_PIC != 0
  }

  /// The stream asked for, or the one FFmpeg ranks first (by disposition, then bit rate).
  func chooseStream(_ wanted: Int?, log: FFmpegLog) throws(VideoError) -> Int {
    let videos = videoStreams
    guard !videos.isEmpty else {
      let problem = log.messages.first.map { " (\($0))" } ?? ""
      let cover = pictureStreams.first.map {
        "; stream \($0) is an attached picture, such as an album cover"
      }
      throw VideoError(
        kind: .noSuchStream, path: path,
        reason: "no video stream among \(streamCount) stream\(streamCount == 1 ? "" : "s")"
          + (cover ?? problem),
        remedy: "use a file with a video stream")
    }
    guard let wanted else {
      let best = bestStream()
      return videos.contains(best) ? best : videos[0]
    }
    guard videos.contains(wanted) else {
      let list = videos.map(String.init).joined(separator: ", ")
      throw VideoError(
        kind: .noSuchStream, path: path, reason: "stream \(wanted) is not a video stream",
        remedy: "choose from \(list)")
    }
    return wanted
  }

  /// FFmpeg's choice with the covers out of its sight: by disposition alone one may come before the
  /// film that it belongs to.
  private func bestStream() -> Int {
    let covers = pictureStreams.filter(isCover)
    for cover in covers {
      stream(cover).pointee.codecpar.pointee.codec_type = AVMEDIA_TYPE_ATTACHMENT
    }
    defer {
      for cover in covers {
        stream(cover).pointee.codecpar.pointee.codec_type = AVMEDIA_TYPE_VIDEO
      }
    }
    return Int(av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nil, 0))
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
