import Foundation
import GnuplotIOStream
import Sandbox

/// A running gnuplot. Ended by ``finish()``, or when it is let go.
final class GnuplotSession {
  private var handle: OpaquePointer?

  /// - Parameters:
  ///   - program: absolute path; where the system has it when nil
  ///   - folder: the one folder that gnuplot can write to
  init(program: String?, timeLimit: Double, folder: String) throws(FigureError) {
    let path = program ?? Self.installed
    let bounds: Confinement.Prepared
    do {
      bounds = try Self.bounds(path, isOwn: program != nil, timeLimit, folder).prepared()
    } catch {
      throw .failed("\(error)")
    }
    let status = bounds.withPlan { merepl_gnuplot_open(path, timeLimit, &$0, &handle) }
    try Self.check(status, "start gnuplot")
  }

  /// Found once, before anything else can come between.
  private static let installed = SystemProgram.find("gnuplot")

  /// It reads fonts, writes into one folder, and starts nothing.
  private static func bounds(
    _ path: String?, isOwn: Bool, _ timeLimit: Double, _ folder: String
  ) -> Confinement {
    var bounds = Confinement(.alone)
    // Another program than the system's may be a script, with an interpreter.
    if let path, FileManager.default.isExecutableFile(atPath: path) {
      bounds.executables = isOwn ? [path, "/bin", "/usr/bin"] : [path]
    }
    bounds.writable = [folder]
    bounds.limits = [
      .memory(4 << 30), .fileSize(256 << 20), .openFiles(256),
      .processorSeconds(Int(timeLimit.rounded(.up)) + 1), .noCoreFile,
    ]
    return bounds
  }

  deinit {
    if let handle { _ = merepl_gnuplot_close(handle) }
  }

  func command(_ text: String) throws(FigureError) {
    try Self.check(merepl_gnuplot_command(handle, text), text)
  }

  /// Sends `[rows, columns]` numbers as the block `$name`.
  func data(_ name: String, _ values: [Double], columns: Int) throws(FigureError) {
    let status = merepl_gnuplot_data(handle, name, values, values.count / columns, columns)
    try Self.check(status, "data \(name)")
  }

  /// Plots a picture into the current panel.
  func pixels(_ frame: Frame) throws(FigureError) {
    let status = merepl_gnuplot_pixels(
      handle, frame.pixels, frame.height, frame.width, frame.magnification)
    try Self.check(status, "a picture")
  }

  /// Waits until everything is drawn.
  func finish() throws(FigureError) {
    guard let open = handle else { return }
    handle = nil
    try Self.check(merepl_gnuplot_close(open), "draw the figure")
  }

  private static func check(
    _ status: merepl_gnuplot_status, _ what: String
  ) throws(FigureError) {
    if status == MEREPL_GNUPLOT_OK { return }
    let message = String(cString: merepl_gnuplot_last_message())
    switch status {
    case MEREPL_GNUPLOT_NOT_FOUND: throw .notInstalled(message)
    case MEREPL_GNUPLOT_REFUSED: throw .refused(what, reason: message)
    case MEREPL_GNUPLOT_TIMED_OUT: throw .timedOut
    default: throw .failed(message)
    }
  }
}

/// Why a figure could not be drawn.
public enum FigureError: Error, Hashable, Sendable, CustomStringConvertible {
  case notInstalled(String)
  /// A command held something that must not reach gnuplot.
  case refused(String, reason: String)
  case timedOut
  case failed(String)
  /// A number that is too large or too small to be shown: what it is.
  case outOfRange(String)

  public var description: String {
    switch self {
    case .notInstalled(let where_):
      "figures need gnuplot, which is not installed (\(where_)); install it with: "
        + "sudo apt-get install gnuplot-nox"
    case .refused(let command, let reason):
      "gnuplot command rejected (\(reason)): \(command.prefix(120))"
    case .timedOut:
      "gnuplot exceeded its time limit and was stopped; draw fewer points or raise the limit"
    case .failed(let message):
      "gnuplot could not draw the figure: \(message.isEmpty ? "no reason given" : message)"
    case .outOfRange(let what): what
    }
  }
}

extension Frame {
  /// How many times to enlarge a picture so that it stays sharp in viewers that smooth it.
  fileprivate var magnification: Int {
    let needed = 256 / max(height, width)
    return min(height, width) == 1 ? max(2, needed) : max(1, needed)
  }
}
