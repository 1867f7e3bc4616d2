import COpenBLAS

/// The library behind matrix products, as this process loaded it.
public enum OpenBLAS {
  /// The processor family whose kernels are in use, for instance `Haswell`. Kernels of different
  /// families sum in different orders.
  public static var kernels: String { String(cString: openblas_get_corename()) }

  /// Changes to the kernels of another family. Call before any work: what runs meanwhile may use
  /// either.
  /// - Returns: whether those kernels are in use now
  public static func use(kernels family: String) -> Bool {
    COpenBLAS_choose(family) != 0 && kernels == family
  }

  /// Version and build options.
  public static var version: String { String(cString: openblas_get_config()) }
}
