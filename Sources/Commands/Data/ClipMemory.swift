import Synchronization
import Video

/// Decoded clips of this process, up to a number of bytes: experiments look at the same clips
/// again and again.
final class ClipMemory: Sendable {
  private struct State {
    var clips: [String: Clip] = [:]
    var bytes = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: in bytes; what comes after is decoded every time
  init(limit: Int = 256 << 20) { self.limit = limit }

  /// The clip under `path`, from memory or from `decode`.
  func clip(_ path: String, decode: () throws -> Clip) rethrows -> Clip {
    if let known = state.withLock({ $0.clips[path] }) { return known }
    let clip = try decode()
    state.withLock { state in
      let size = clip.pixels.count
      guard state.clips[path] == nil, state.bytes + size <= limit else { return }
      state.clips[path] = clip
      state.bytes += size
    }
    return clip
  }
}
