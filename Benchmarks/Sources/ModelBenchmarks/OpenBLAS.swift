import COpenBLAS

/// A library beside which products are measured, with the kernels that it chooses itself.
enum OpenBLAS {
  /// Version and kernels, such as `0.3.21 SkylakeX`.
  static var version: String {
    let words = String(cString: openblas_get_config()).split(separator: " ")
    let number = words.first { $0.first?.isNumber == true } ?? "unknown"
    return "\(number) \(String(cString: openblas_get_corename()))"
  }

  /// `out = x w^T` on one thread.
  /// - Parameters:
  ///   - x: `[rows, width]`
  ///   - w: `[outputs, width]`
  ///   - out: `[rows, outputs]`
  static func multiply(
    _ x: [Float], _ w: [Float], into out: inout [Float], rows: Int, width: Int, outputs: Int
  ) {
    openblas_set_num_threads(1)
    x.withUnsafeBufferPointer { x in
      w.withUnsafeBufferPointer { w in
        out.withUnsafeMutableBufferPointer { out in
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(outputs), Int32(width), 1,
            x.baseAddress, Int32(width), w.baseAddress, Int32(width), 0, out.baseAddress,
            Int32(outputs))
        }
      }
    }
  }
}
