import COpenBLAS
import Glibc

/// A block of floats aligned to a cache line. Written once by the operation that makes it, then
/// only read, except by its sole owner (an optimiser updating a parameter).
public final class TensorStorage: @unchecked Sendable {
  public let pointer: UnsafeMutablePointer<Float>
  public let count: Int

  /// Contents are undefined until written.
  public init(uninitialized count: Int) {
    _ = TensorStorage.runtimeIsPrepared
    self.count = count
    var raw: UnsafeMutableRawPointer?
    let bytes = max(64, count * MemoryLayout<Float>.stride)
    let status = posix_memalign(&raw, 64, bytes)
    precondition(status == 0, "out of memory: a tensor of \(count) floats (\(bytes) bytes)")
    pointer = raw!.bindMemory(to: Float.self, capacity: count)
  }

  deinit { free(pointer) }

  /// Training allocates and frees the same large blocks every step. Kept in the heap they cost
  /// nothing; given back to the system each of their pages faults again. BLAS runs on its caller's
  /// thread: parallelism is over samples and blocks, above.
  private static let runtimeIsPrepared: Bool = {
    mallopt(M_MMAP_THRESHOLD, 1 << 28)
    mallopt(M_TRIM_THRESHOLD, 1 << 29)
    openblas_set_num_threads(1)
    return true
  }()
}
