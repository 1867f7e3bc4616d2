import Foundation
import Testing

/// Kernels that are chosen anew while the program runs give the bits of those chosen at its start.
@Suite(.enabled(if: Program.exists, "the program merepl is not beside the tests"))
struct PortableModeTests {
  private static let script = """
    let vdm = model("cogvideox-1.5-5b");
    let priors = extract(vdm, data: dataset("sft-25k", count: 2), steps: 1);
    attention(priors, clip: 1).values
    reconstruction(priors)

    """

  @Test func theBitsDoNotDependOnTheKernelsThatWereLoaded() throws {
    var outputs: Set<String> = []
    for family in ["Haswell", nil, "Sandybridge"] as [String?] {
      let program = try Program()
      let outcome = try program.run(
        "--quiet", input: Self.script, environment: ["OPENBLAS_CORETYPE": family])
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.count > 1000)
      outputs.insert(outcome.output)
    }
    #expect(outputs.count == 1)
  }
}
