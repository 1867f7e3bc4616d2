import COpenBLAS
import Glibc
import Synchronization

/// A block of numbers. Written once by the operation that makes it, then only read, except by its
/// sole owner (an optimiser updating a parameter).
///
/// Operations make float32, aligned to a cache line. The weights of a checkpoint may stay where the
/// mapped file has them, in the type they are stored in: see ``init(borrowing:_:count:owner:)``.
public final class TensorStorage: @unchecked Sendable {
  public let count: Int
  public let element: StoredElement
  /// The elements as they are stored; read only unless this storage was made uninitialised.
  let bytes: UnsafeMutableRawPointer
  /// What keeps borrowed bytes alive; nil where this storage has its own.
  private let owner: (any AnyObject & Sendable)?
  private let widened = Mutex<TensorStorage?>(nil)

  /// Contents are undefined until written.
  public init(uninitialized count: Int) {
    _ = TensorStorage.runtimeIsPrepared
    self.count = count
    element = .float32
    owner = nil
    var raw: UnsafeMutableRawPointer?
    let (wanted, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    let size = overflow ? .max : max(64, wanted)
    let held = Self.live.wrappingAdd(overflow ? 0 : size, ordering: .relaxed).newValue
    if overflow || held > MemoryBudget.limit || posix_memalign(&raw, 64, size) != 0 {
      MemoryBudget.end(wanting: size)
    }
    bytes = raw!
    bytes.bindMemory(to: Float.self, capacity: count)
  }

  /// Numbers that lie elsewhere, such as in a mapped file, for reading only.
  /// - Parameters:
  ///   - bytes: `count` elements, aligned to their size
  ///   - owner: keeps the bytes where they are for as long as it lives
  public init(
    borrowing bytes: UnsafeRawPointer, _ element: StoredElement, count: Int,
    owner: any AnyObject & Sendable
  ) {
    precondition(
      Int(bitPattern: bytes) % element.byteCount == 0, "borrowed \(element) are not aligned")
    _ = TensorStorage.runtimeIsPrepared
    self.bytes = UnsafeMutableRawPointer(mutating: bytes)
    self.element = element
    self.count = count
    self.owner = owner
  }

  deinit {
    guard owner == nil else { return }
    free(bytes)
    Self.live.wrappingSubtract(max(64, count * MemoryLayout<Float>.stride), ordering: .relaxed)
  }

  /// The memory budget is the process's, so what it counts has to be, too: the system ends the
  /// process and not a task for taking too much.
  private static let live = Atomic<Int>(0)

  /// Bytes that all storage of its own takes at this moment.
  public static var liveBytes: Int { live.load(ordering: .relaxed) }

  /// The elements as float32. Of another type a float32 copy is made once and kept, which costs
  /// its memory: products, convolutions and lookups of rows read ``bytes`` instead.
  var pointer: UnsafeMutablePointer<Float> {
    if element == .float32 { return bytes.assumingMemoryBound(to: Float.self) }
    return widened.withLock { copy in
      if let copy { return copy.pointer }
      let made = TensorStorage(uninitialized: count)
      widen(0..<count, into: made.pointer)
      copy = made
      return made.pointer
    }
  }

  /// Bytes of memory beyond the stored elements that reading them as float32 has cost.
  public var widenedByteCount: Int {
    widened.withLock { $0 == nil ? 0 : count * MemoryLayout<Float>.stride }
  }

  /// Writes some elements as float32.
  func widen(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    element.widen(bytes + range.lowerBound * element.byteCount, range.count, into: out)
  }

  /// Tells the system that the memory of a mapped file may be taken back: the pages are read again
  /// when they are next needed. Storage with bytes of its own stays.
  public func releasePages() {
    guard owner != nil else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    // A page that other tensors share stays.
    let first = (Int(bitPattern: bytes) + page - 1) / page * page
    let end = (Int(bitPattern: bytes) + count * element.byteCount) / page * page
    guard end > first, let start = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(start, end - first, MADV_DONTNEED)
  }

  /// Training allocates and frees the same large blocks every step. Kept in the heap they cost
  /// nothing; given back to the system each of their pages faults again. BLAS runs on its caller's
  /// thread: parallelism is over samples and blocks, above.
  private static let runtimeIsPrepared: Bool = {
    mallopt(M_MMAP_THRESHOLD, 1 << 28)
    mallopt(M_TRIM_THRESHOLD, 1 << 29)
    openblas_set_num_threads(1)
    return true
  }()

  /// Gives freed heap memory back to the system; for the end of a stage that needed far more than
  /// the next one.
  public static func trimHeap() { malloc_trim(0) }
}
