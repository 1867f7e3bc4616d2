import Diagnostics
import Foundation
import Sandbox
import ScriptInterpreter
import Tensors

/// Portable numbers: the same bits on every x86-64 processor with AVX2 and FMA.
///
/// OpenBLAS chooses its kernels for the processor when it is loaded, before any code of ours runs,
/// and kernels of different families round differently. The family is named by a variable of the
/// environment, which OpenBLAS reads again when it is asked to choose again.
public enum PortableMode {
  private static let variable = "OPENBLAS_CORETYPE"
  private static let family = "Haswell"

  /// Fixes the kernels; where this OpenBLAS cannot choose again, starts the program again with the
  /// variable set, once. Call before any other work: nothing done before may survive.
  public static func enter() throws {
    if OpenBLAS.kernels != family, OpenBLAS.use(kernels: family) { return }
    guard ProcessInfo.processInfo.environment[variable] == family else {
      setenv(variable, family, 1)
      let number = SystemProgram.startAgain()
      throw CommandError(
        "cannot restart with \(variable)=\(family): \(String(cString: strerror(number)))",
        suggestion: "set \(variable)=\(family) and run the same command")
    }
    guard OpenBLAS.kernels == family else {
      throw CommandError(
        "this OpenBLAS uses \(OpenBLAS.kernels) kernels although \(variable) requests \(family); "
          + "results would differ in their last bits",
        suggestion: "install libopenblas0-pthread, and check that /proc/cpuinfo lists avx2 and fma")
    }
  }
}
