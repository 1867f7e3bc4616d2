import PortableKernels

/// The instructions that kernels use. They change the time and never a bit.
public enum Instructions {
  /// The family in use: `avx512`, `avx2`, `neon`, or `plain` for one element at a time.
  public static var family: String { String(cString: portable_family_in_use()) }

  /// The families that this processor can run, the fastest first. It is used unless
  /// ``use(_:)`` says otherwise.
  public static var families: [String] {
    var names: [String] = []
    while let name = portable_family(Int32(names.count)) { names.append(String(cString: name)) }
    return names
  }

  /// Uses another family from now on; call before any other work.
  /// - Returns: whether this processor can
  public static func use(_ family: String) -> Bool { portable_use_family(family) == 0 }
}
