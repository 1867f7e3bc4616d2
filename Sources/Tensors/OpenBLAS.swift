import COpenBLAS

/// The library behind matrix products, as this process loaded it.
public enum OpenBLAS {
  /// The processor family whose kernels are in use, for instance `Haswell`. Kernels of different
  /// families sum in different orders.
  public static var kernels: String { String(cString: openblas_get_corename()) }

  /// Version and build options.
  public static var version: String { String(cString: openblas_get_config()) }
}
