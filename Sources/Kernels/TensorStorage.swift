import Glibc
import PortableKernels
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
  private let copies = Mutex(Copies())

  /// The same numbers in forms that some kernels read.
  private struct Copies: ~Copyable {
    var widened: TensorStorage?
    /// In panels of so many rows, as the right side of a product, as stored and transposed.
    var panels: (k: Int, storage: TensorStorage)?
    var transposedPanels: (k: Int, storage: TensorStorage)?
  }

  /// Contents are undefined until written.
  public init(uninitialized count: Int) {
    _ = TensorStorage.runtimeIsPrepared
    self.count = count
    element = .float32
    owner = nil
    let (wanted, overflow) = count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride)
    let size = overflow ? .max : max(64, wanted)
    let held = Self.live.wrappingAdd(overflow ? 0 : size, ordering: .relaxed).newValue
    guard !overflow, held <= MemoryBudget.limit, let memory = portable_allocate(size) else {
      MemoryBudget.end(wanting: size)
    }
    bytes = memory
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
    let size = max(64, count * MemoryLayout<Float>.stride)
    portable_release(bytes, size)
    Self.live.wrappingSubtract(size, ordering: .relaxed)
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
    return copies.withLock { copies in
      if let copy = copies.widened { return copy.pointer }
      let made = TensorStorage(uninitialized: count)
      widen(0..<count, into: made.pointer)
      copies.widened = made
      return made.pointer
    }
  }

  /// Bytes of memory beyond the stored elements that reading them as float32 has cost.
  public var widenedByteCount: Int {
    copies.withLock { $0.widened == nil ? 0 : count * MemoryLayout<Float>.stride }
  }

  /// Elements of the largest storage that is kept in panels. Packing a larger one takes little of
  /// the time of its product.
  private static let mostKept = 1 << 20

  /// This weight in panels, as the right side `[k, n]` of a product; it is stored as `[n, k]` where
  /// it is transposed. Made once and kept; nil for what is stored in another type, or large.
  func panels(transposed: Bool, k: Int, n: Int) -> TensorStorage? {
    guard element == .float32, count <= Self.mostKept else { return nil }
    return copies.withLock { copies in
      if let made = transposed ? copies.transposedPanels : copies.panels, made.k == k {
        return made.storage
      }
      let made = TensorStorage(uninitialized: MatrixProduct.Side.packedCount(k: k, n: n))
      MatrixProduct.Side(pointer, transposed ? k : n, isTransposed: transposed)
        .pack(k: k, n: n, into: made.pointer)
      if transposed { copies.transposedPanels = (k, made) } else { copies.panels = (k, made) }
      return made
    }
  }

  /// Drops what was derived from the elements. Their sole owner calls it when they have changed.
  public func dropCopies() { copies.withLock { $0 = Copies() } }

  /// Writes some elements as float32.
  func widen(_ range: Range<Int>, into out: UnsafeMutablePointer<Float>) {
    element.widen(bytes + range.lowerBound * element.byteCount, range.count, into: out)
  }

  /// Tells the system that the memory of a mapped file may be taken back: the pages are read again
  /// when they are next needed. Storage with bytes of its own stays.
  public func releasePages() {
    guard owner != nil else { return }
    copies.withLock { copies in
      copies.panels = nil
      copies.transposedPanels = nil
    }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    // A page that other tensors share stays.
    let first = (Int(bitPattern: bytes) + page - 1) / page * page
    let end = (Int(bitPattern: bytes) + count * element.byteCount) / page * page
    guard end > first, let start = UnsafeMutableRawPointer(bitPattern: first) else { return }
    madvise(start, end - first, MADV_DONTNEED)
  }

  /// Training allocates and frees the same large blocks every step. Kept in the heap they cost
  /// nothing; given back to the system each of their pages faults again.
  private static let runtimeIsPrepared: Bool = {
    mallopt(M_MMAP_THRESHOLD, 1 << 28)
    mallopt(M_TRIM_THRESHOLD, 1 << 29)
    return true
  }()

  /// Gives freed heap memory back to the system; for the end of a stage that needed far more than
  /// the next one.
  public static func trimHeap() {
    portable_trim()
    malloc_trim(0)
  }
}
