import Synchronization
import Video

/// Drawn clips of this process, up to a number of bytes: experiments look at the same clips
/// again and again.
final class ClipMemory: Sendable {
  private struct State {
    var clips: [String: Clip] = [:]
    var bytes = 0
  }

  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: in bytes; what comes after is drawn every time
  init(limit: Int = 256 << 20) { self.limit = limit }

  /// The clip called `name`, from memory or from `draw`.
  func clip(_ name: String, draw: () throws -> Clip) rethrows -> Clip {
    if let known = state.withLock({ $0.clips[name] }) { return known }
    let clip = try draw()
    state.withLock { state in
      let size = clip.pixels.count
      guard state.clips[name] == nil, state.bytes + size <= limit else { return }
      state.clips[name] = clip
      state.bytes += size
    }
    return clip
  }
}
